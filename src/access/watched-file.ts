import { type Stats, statSync } from 'node:fs'
import { readBounded } from '../bounded.ts'
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
