import { LRUCache } from 'lru-cache'
import { FileCache } from './file-cache.ts'
import { type FileVersion, isSameFile, isSettled, versionOf } from './kept-file.ts'
import type { RootFolder } from './root-folder.ts'

/** A folder while no names come to it or go: each time they may have, another object stands for it. */
export interface FolderVersion {
  readonly version: FileVersion | undefined
  /** Whether the times of the folder would tell of any change since. */
  readonly settled: boolean
  /** When it was last known to be unchanged: milliseconds since the epoch. */
  checkedAt: number
  /** How often sidecars were looked for in it. */
  looks: number
  /** Its names that sidecars could have, once it was looked through. */
  sidecars: ReadonlySet<string> | undefined
}

const MOST_FOLDERS = 4096

/** Tells whether names have changed in a folder, by one look at it for all of its files. */
export class FolderVersions {
  readonly #root: RootFolder
  readonly #known = new LRUCache<string, FolderVersion>({ max: MOST_FOLDERS })

  constructor(root: RootFolder) {
    this.#root = root
  }

  /** The version of the folder that a file is in, as it was at most {@link FileCache.FRESH_FOR} before `now`. */
  ofFile(path: string, now: number): FolderVersion {
    const folder = path.slice(0, path.lastIndexOf('/'))
    const known = this.#known.get(folder)
    if (known !== undefined && now - known.checkedAt < FileCache.FRESH_FOR && now >= known.checkedAt) {
      return known
    }
    const stats = this.#root.stat(folder)
    if (known?.settled === true && isSameFile(known.version, stats)) {
      known.checkedAt = now
      return known
    }
    const seen = {
      version: stats && versionOf(stats),
      settled: stats !== undefined && isSettled(stats, now),
      checkedAt: now,
      looks: 0,
      sidecars: undefined,
    }
    this.#known.set(folder, seen)
    return seen
  }
}
