import { join } from 'node:path'
import type { Architecture } from './architectures.ts'
import type { Release } from './changelog.ts'
import { type InstalledFile, settle, writeFiles } from './files.ts'
import { runTool } from './tools.ts'

const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'LICENSE']

/** Writes the archive with these files and the scripts that install them anywhere, and gives its path. */
export function makeArchive(
  root: string,
  payload: readonly InstalledFile[],
  architecture: Architecture,
  { version, date }: Release,
  work: string,
): string {
  const name = `webserver-${version}-linux-${architecture}`
  const files: InstalledFile[] = [
    ...payload.map(file => ({ ...file, path: `files/${file.path}` })),
    ...DOCUMENTS.map(document => ({ path: document, copyOf: join(root, document) })),
    ...['install.sh', 'uninstall.sh'].map(
      script => ({ path: script, copyOf: join(root, 'scripts', script), mode: 0o755 }) as const,
    ),
  ]
  writeFiles(files, join(work, name))
  settle(join(work, name), date)

  const output = join(root, 'dist', `${name}.tar.gz`)
  const order = ['--sort=name', '--format=gnu', '--owner=root:0', '--group=root:0']
  runTool('tar', [...order, '--use-compress-program=gzip -9n', '-cf', output, '-C', work, name])
  return output
}
