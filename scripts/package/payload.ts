import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { InstalledFile } from './files.ts'
import { installedConfiguration, installedFirstPage } from './installed-texts.ts'
import { instanceUnit } from './instance-unit.ts'

export interface Made {
  /** The path of the binary. */
  readonly binary: string
  /** The folder with the manual pages in man1 and so on. */
  readonly manual: string
  readonly copyright: string
  readonly billOfMaterials: string
}

/** Everything an installation has, whatever brings it there. */
export function payload(root: string, { binary, manual, copyright, billOfMaterials }: Made): InstalledFile[] {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const units = globSync('systemd/*.{service,socket,target}', { cwd: root }).sort()
  const pages = globSync('man*/*', { cwd: manual }).sort()
  const frontEnds = globSync('etc/examples/front-ends/*', { cwd: root }).sort()
  return [
    { path: 'etc/webserver/webserver.conf', content: installedConfiguration(read('etc/webserver.conf')) },
    { path: 'usr/sbin/webserver', copyOf: binary, mode: 0o755 },
    { path: 'usr/bin/webserverctl', linkTo: '../sbin/webserver' },
    ...units.map(unit => ({ path: `usr/lib/systemd/system/${basename(unit)}`, content: read(unit) })),
    {
      path: 'usr/lib/systemd/system/webserver@.service',
      content: instanceUnit(read('systemd/webserver.service')),
    },
    { path: 'usr/lib/sysusers.d/webserver.conf', content: read('systemd/webserver.sysusers') },
    ...pages.map(page => ({
      path: `usr/share/man/${page}.gz`,
      content: gzipSync(readFileSync(join(manual, page)), { level: 9 }),
    })),
    {
      path: 'usr/share/webserver/first-pages',
      copyOf: join(root, 'scripts/package/first-pages'),
      mode: 0o755,
    },
    { path: 'usr/share/webserver/webserver.cdx.json', content: billOfMaterials },
    { path: 'usr/share/webserver/www/index.html', content: installedFirstPage(read('var/www/index.html')) },
    { path: 'usr/share/webserver/www/404.html', content: read('var/www/404.html') },
    { path: 'usr/share/doc/webserver/copyright', content: copyright },
    {
      path: 'usr/share/doc/webserver/examples/no-capability.conf',
      content: read('systemd/webserver.service.d/no-capability.conf'),
    },
    { path: 'usr/share/doc/webserver/examples/logrotate', content: read('scripts/package/logrotate') },
    ...frontEnds.map(file => ({
      path: `usr/share/doc/webserver/examples/front-ends/${basename(file)}`,
      content: read(file),
    })),
  ]
}
