import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { type InstalledFile, settle, writeFiles } from './files.ts'
import type { Parts } from './parts.ts'
import { runTool } from './tools.ts'

const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'LICENSE']
const SCRIPTS = ['install.sh', 'uninstall.sh']

/** Writes the archive with the files and the scripts that install them anywhere, and gives its path. */
export function makeArchive({ root, release, architecture, files, work, output }: Parts): string {
  const name = `webserver-${release.version}-linux-${architecture}`
  const contents: InstalledFile[] = [
    ...files.map(file => ({ ...file, path: `files/${file.path}` })),
    ...DOCUMENTS.map(path => ({ path, copyOf: join(root, path) })),
    ...SCRIPTS.map(path => ({ path, copyOf: join(root, 'scripts', path), mode: 0o755 }) as const),
  ]
  writeFiles(contents, join(work, name))
  settle(join(work, name), release.date)

  const path = join(output, `${name}.tar.gz`)
  const order = ['--sort=name', '--format=gnu', '--owner=root:0', '--group=root:0']
  runTool('tar', [...order, '--use-compress-program=gzip -9n', '-cf', `${path}.new`, '-C', work, name])
  renameSync(`${path}.new`, path)
  return path
}
