import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { codeOf } from '../errors.ts'
import { FORBIDDEN_CODES, systemPath } from './file-system.ts'

/** A part of a path that is closed to this process, with its owner and mode (inode(7)). */
export interface ClosedPart extends Pick<Stats, 'mode' | 'uid' | 'gid'> {
  /** A byte string. */
  readonly path: string
}

/**
 * The first part of an absolute path, a byte string, that this process may not pass or read; undefined when it may, or
 * when that cannot be told any more.
 */
export function findClosedPart(path: string): ClosedPart | undefined {
  const names = path.split('/').filter(name => name !== '')
  const parts = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
  return parts.map(part => closedPart(part, part === parts.at(-1))).find(closed => closed !== undefined)
}

function closedPart(path: string, isLast: boolean): ClosedPart | undefined {
  const name = systemPath(path)
  try {
    const stats = statSync(name, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    const { mode, uid, gid } = stats
    return isOpen(name, isLast ? constants.R_OK : constants.X_OK) ? undefined : { path, mode, uid, gid }
  } catch {
    // It lies below a part that is closed, which tells why, or has become something else: no reason to fail.
    return undefined
  }
}

function isOpen(name: string | Buffer, access: number): boolean {
  try {
    accessSync(name, access)
    return true
  } catch (error) {
    if (!FORBIDDEN_CODES.has(codeOf(error))) throw error
    return false
  }
}
