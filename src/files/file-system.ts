import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { codeOf } from '../errors.ts'

/** The codes of errors that mean there is no such file. */
export const ABSENT_CODES: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'ENXIO',
  'ENODEV',
  'EINVAL',
])
export const FORBIDDEN_CODES: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** A byte string as the file system takes it. */
export function systemPath(path: string): string | Buffer {
  return /^[\0-\x7f]*$/.test(path) ? path : Buffer.from(path, 'latin1')
}

/** Identifies a file for as long as it exists, or is open. */
export type FileIdentity = Pick<Stats, 'dev' | 'ino'>

export function isSameIdentity(one: FileIdentity, other: FileIdentity): boolean {
  return one.ino === other.ino && one.dev === other.dev
}

/** Linux's flag to refer to a file without opening it, which blocks on no FIFO and needs no permission: open(2). */
export const O_PATH = 0o10000000

/** What the kernel appends to the place of a file whose name was taken from it: proc_pid_fd(5). */
const DELETED = ' (deleted)'

/**
 * The path of an open file, as a byte string; undefined when its name was taken from it meanwhile, because it
 * was removed or another took its place.
 */
export function pathOf(descriptor: number, identity: FileIdentity): string | undefined {
  const place = readlinkSync(`/proc/self/fd/${descriptor}`, 'latin1')
  // A file may also be called so.
  return !place.endsWith(DELETED) || isNamed(place, identity, lstatSync) ? place : undefined
}

/** Whether this is what a path leads to, links followed. */
export function isAt(path: string, identity: FileIdentity): boolean {
  return isNamed(path, identity, statSync)
}

function isNamed(path: string, identity: FileIdentity, look: typeof statSync): boolean {
  try {
    const named = look(systemPath(path), { throwIfNoEntry: false })
    return named !== undefined && isSameIdentity(named, identity)
  } catch (error) {
    if (ABSENT_CODES.has(codeOf(error)) || FORBIDDEN_CODES.has(codeOf(error))) return false
    throw error
  }
}

/** How often a name is looked at that leads elsewhere each time, so that looking ends. */
const MOST_LOOKS = 100

/**
 * Looks again as long as the opened file has lost its name before its path was known: what is published by a
 * rename must not be refused for a moment.
 */
export function lookUntilSettled<Seen>(look: () => Seen | 'moved', otherwise: Seen): Seen {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const seen = look()
    if (seen !== 'moved') return seen
  }
  return otherwise
}
