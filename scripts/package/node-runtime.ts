import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Architecture } from './architectures.ts'
import { runTool } from './tools.ts'

/** The part of package-lock.json that is needed here. */
interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>>
}

/**
 * The folder of the npm package with the Node that package-lock.json pins, for an architecture: the one that is
 * installed when it is this machine's, otherwise fetched into `folder`.
 *
 * Throws an Error when what the registry sends is not what package-lock.json pins.
 */
export function nodeRuntime(architecture: Architecture, root: string, folder: string): string {
  const name = `node-linux-${architecture}`
  if (architecture === process.arch) return join(root, 'node_modules', name)

  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const entry = lock.packages[`node_modules/${name}`]
  if (entry === undefined) throw new Error(`Expected ${name} in package-lock.json: run npm install`)

  const archive = join(folder, `${name}-${entry.version}.tgz`)
  runTool('npm', ['pack', `${name}@${entry.version}`, '--silent', `--pack-destination=${folder}`], {
    folder: root,
  })
  const got = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (got !== entry.integrity)
    throw new Error(`Expected ${name}@${entry.version} to be ${entry.integrity}, got ${got}`)

  const unpacked = join(folder, name)
  mkdirSync(unpacked)
  runTool('tar', ['-xzf', archive, '--strip-components=1', '-C', unpacked])
  return unpacked
}
