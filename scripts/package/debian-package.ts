import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ARCHITECTURES } from './architectures.ts'
import { debianChangelog } from './changelog.ts'
import { controlFile } from './control.ts'
import { type InstalledFile, settle, writeFiles } from './files.ts'
import { dependenciesOf } from './libraries.ts'
import type { Parts } from './parts.ts'
import { runTool } from './tools.ts'

/** Where the parts that only Debian has stand, from the root of the checkout. */
const DEBIAN = 'scripts/package/debian'
const MAINTAINER_SCRIPTS = ['postinst', 'prerm', 'postrm'] as const
/** What makes the system user, wherever systemd itself is not the init system. */
const SYSUSERS = 'systemd | systemd-standalone-sysusers | systemd-sysusers'

/** Writes the Debian package with the files and what dpkg wants to know of them, and gives its path. */
export function makeDebianPackage(parts: Parts): string {
  const { root, release, architecture, work, output } = parts
  const { debian } = ARCHITECTURES[architecture]
  const changelog = debianChangelog(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), release)
  const files: InstalledFile[] = [
    ...parts.files,
    { path: 'usr/share/doc/webserver/changelog.gz', content: gzipSync(changelog, { level: 9 }) },
    { path: 'usr/share/lintian/overrides/webserver', copyOf: join(root, DEBIAN, 'lintian-overrides') },
  ]
  const folder = join(work, 'debian')
  writeFiles(files, folder)
  // Where configuration of the administrator's own goes.
  mkdirSync(join(folder, 'etc/webserver/conf.d'))

  const dependencies = dependenciesOf(
    runTool('readelf', ['--wide', '--dynamic', '--version-info', parts.binary]),
  )
  const control: InstalledFile[] = [
    {
      path: 'DEBIAN/control',
      content: controlFile({
        ...release,
        architecture: debian,
        dependencies: [...dependencies, SYSUSERS],
        size: files.reduce((sum, { path }) => sum + lstatSync(join(folder, path)).size, 0),
      }),
    },
    { path: 'DEBIAN/conffiles', content: list(files.filter(isConfiguration).map(({ path }) => `/${path}`)) },
    { path: 'DEBIAN/md5sums', content: list(files.flatMap(file => checksum(folder, file))) },
    ...MAINTAINER_SCRIPTS.map(
      name => ({ path: `DEBIAN/${name}`, copyOf: join(root, DEBIAN, name), mode: 0o755 }) as const,
    ),
  ]
  writeFiles(control, folder)
  settle(folder, release.date)

  const path = join(output, `webserver_${release.version}_${debian}.deb`)
  // Every dpkg can unpack xz.
  runTool('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', folder, `${path}.new`], {
    environment: { SOURCE_DATE_EPOCH: String(release.date.getTime() / 1000) },
  })
  renameSync(`${path}.new`, path)
  return path
}

function isConfiguration({ path }: InstalledFile): boolean {
  return path.startsWith('etc/')
}

/** As deb-md5sums(5) has it, which leaves out links and configuration. */
function checksum(folder: string, file: InstalledFile): string[] {
  if ('linkTo' in file || isConfiguration(file)) return []
  const sum = createHash('md5')
    .update(readFileSync(join(folder, file.path)))
    .digest('hex')
  return [`${sum}  ${file.path}`]
}

function list(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}
