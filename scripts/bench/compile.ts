import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Folder } from '../../test/support/folder.ts'

/** Compiles a program of this folder into another one, and gives its path. */
export function compile(name: 'load' | 'constant', folder: Folder): string {
  const program = folder.resolve(name)
  const source = join(import.meta.dirname, `${name}.c`)
  const { status, stderr, error } = spawnSync('cc', ['-O2', '-o', program, source], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Cannot compile ${source}: ${error?.message ?? stderr}`)
  return program
}
