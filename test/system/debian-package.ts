/**
 * The Debian package that the system tests install. Run as a program, it makes it anew when something that goes into it
 * has changed.
 */
import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const PACKAGE = `dist/webserver_*_${process.arch === 'arm64' ? 'arm64' : 'amd64'}.deb`
/** What goes into the package. */
const SOURCES =
  '{package*.json,CHANGELOG.md,README.md,scripts/{package,manual}.ts,scripts/*.sh,{src,scripts/package,scripts/manual,systemd,etc,var/www}/**/*}'

/** Its path. Throws an Error when there is none, or an old one. */
export function debianPackage(): string {
  const made = newest(PACKAGE)
  if (made === undefined || made.time < (newest(SOURCES)?.time ?? 0))
    throw new Error('Expected a package newer than its sources in dist/: run "npm run package"')
  return made.path
}

function newest(pattern: string): { readonly path: string; readonly time: number } | undefined {
  return globSync(pattern, { cwd: ROOT })
    .map(name => join(ROOT, name))
    .map(path => ({ path, time: statSync(path).mtimeMs }))
    .sort((one, other) => other.time - one.time)[0]
}

function makePackage(): void {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts/package.ts')], { stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

if (import.meta.main) {
  try {
    debianPackage()
  } catch {
    makePackage()
  }
}
