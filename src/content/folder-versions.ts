import { LRUCache } from 'lru-cache'
import { type FileVersion, isSameFile, isSettled, versionOf } from './kept-file.ts'
import type { RootFolder } from './root-folder.ts'
import { isFresh, type Sighting } from './sighting.ts'

/** A folder while no names come to it or go: each time they may have, another object stands for it. */
export interface FolderVersion {
  readonly version: FileVersion | undefined
  /** Whether the times of the folder would tell of any change since. */
  readonly settled: boolean
  readonly sighting: Sighting
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

  /** The version of the folder that a file is in, as far as it is fresh. */
  ofFile(path: string, now: number): FolderVersion {
    const folder = path.slice(0, path.lastIndexOf('/'))
    const known = this.#known.get(folder)
    if (known !== undefined && isFresh(known.sighting, now)) return known
    const stats = this.#root.stat(folder)
    if (known?.settled === true && isSameFile(known.version, stats)) {
      known.sighting.at = now
      return known
    }
    const seen = {
      version: stats && versionOf(stats),
      settled: stats !== undefined && isSettled(stats, now),
      sighting: { at: now },
      looks: 0,
      sidecars: undefined,
    }
    this.#known.set(folder, seen)
    return seen
  }
}
