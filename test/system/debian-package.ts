import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Program } from '../support/program.ts'

const ROOT = join(import.meta.dirname, '../..')
const PACKAGE = 'dist/webserver_*_amd64.deb'
/** What goes into the package. */
const SOURCES = '{src,scripts/package,scripts/manual,systemd,etc,var/www}/**/*.*'

/** The path of the Debian package of this checkout, made anew when something that goes into it has changed. */
export async function debianPackage(): Promise<string> {
  const made = newest(PACKAGE)
  if (made !== undefined && made.time > (newest(SOURCES)?.time ?? 0)) return made.path
  await using program = new Program(process.execPath, [join(ROOT, 'scripts/package.ts')])
  const code = await program.ended
  const path = newest(PACKAGE)?.path
  if (code !== 0 || path === undefined) throw new Error(`Cannot make the package: ${program.stderr}`)
  return path
}

function newest(pattern: string): { readonly path: string; readonly time: number } | undefined {
  return globSync(pattern, { cwd: ROOT })
    .map(name => join(ROOT, name))
    .map(path => ({ path, time: statSync(path).mtimeMs }))
    .sort((one, other) => other.time - one.time)[0]
}
