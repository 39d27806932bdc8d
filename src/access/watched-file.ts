import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { reasonOf } from '../errors.ts'

/** A file that cannot be used now, and why. */
export interface FileFault {
  readonly kind: 'fault'
  readonly why: string
}

export interface FileContents<Contents> {
  readonly kind: 'contents'
  readonly contents: Contents
}

/** The most that is read of a file. */
const LARGEST = 4 * 1024 * 1024
/** For how long a file is believed to be as it was seen, in milliseconds. */
const FRESH_FOR = 100
/** The times of a file that was changed so shortly ago may not tell of the next change, in milliseconds. */
const YOUNG = 1000

interface Seen<Contents> {
  readonly at: number
  /** Tells its versions apart; undefined for one that has to be read again. */
  readonly version: string | undefined
  readonly found: FileContents<Contents> | FileFault
}

/** A file of the administrator's that is read again when it has changed, and is never more than 100 ms old. */
export class WatchedFile<Contents> {
  readonly path: string
  readonly #read: (text: string) => Contents
  #seen: Seen<Contents> | undefined

  /** @param read Understands a byte string. */
  constructor(path: string, read: (text: string) => Contents) {
    this.path = path
    this.#read = read
  }

  /** @param now Milliseconds since the epoch. */
  at(now: number): FileContents<Contents> | FileFault {
    const seen = this.#seen
    // A clock that was set back shows nothing fresh.
    if (seen !== undefined && now >= seen.at && now < seen.at + FRESH_FOR) return seen.found
    this.#seen = this.#look(now, seen)
    return this.#seen.found
  }

  #look(now: number, before: Seen<Contents> | undefined): Seen<Contents> {
    try {
      const version = versionOf(statSync(this.path), now)
      if (before !== undefined && version !== undefined && version === before.version)
        return { ...before, at: now }
      const { text, stats } = readBounded(this.path)
      const found = { kind: 'contents', contents: this.#read(text) } as const
      return { at: now, version: versionOf(stats, now), found }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return { at: now, version: undefined, found: { kind: 'fault', why: reasonOf(error) } }
    }
  }
}

function versionOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats, now: number): string | undefined {
  return now - ctimeMs < YOUNG ? undefined : [dev, ino, size, mtimeMs, ctimeMs].join(' ')
}

/** The whole of a file as a byte string; throws an Error for what is no file, and for one of more than 4 MiB. */
export function readBounded(path: string): { readonly text: string; readonly stats: Stats } {
  // It may be a pipe, which would wait for somebody to write.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new Error('it is no file')
    if (stats.size > LARGEST) throw new Error('it has more than 4 MiB')
    const bytes = Buffer.alloc(stats.size)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null)
    return { text: bytes.toString('latin1', 0, length), stats }
  } finally {
    closeSync(descriptor)
  }
}
