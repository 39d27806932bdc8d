import { LRUCache } from 'lru-cache'
import { type FileVersion, isSameFile, isSettled, versionOf } from './file-version.ts'
import type { RootFolder } from './root-folder.ts'
import { isFresh, type Sighting } from './sighting.ts'

/** A folder for as long as no names are added or removed; after that another object stands for it. */
export interface FolderVersion {
  /** Undefined when it is not there, or not below the root. */
  readonly version: FileVersion | undefined
  /** Whether the times of the folder would tell of any change since. */
  readonly settled: boolean
  readonly sighting: Sighting
  /** How often sidecars were looked for in the folder. */
  looks: number
  /** The names that sidecars could have, once the folder was read. */
  sidecars: ReadonlySet<string> | undefined
}

const MOST_FOLDERS = 4096

/** Tells whether the names in a folder, or its place, have changed, by one look for all of its files. */
export class FolderVersions {
  readonly #root: RootFolder
  readonly #known = new LRUCache<string, FolderVersion>({ max: MOST_FOLDERS })

  constructor(root: RootFolder) {
    this.#root = root
  }

  /** The folder of a file, from the last look at it as long as that is fresh. */
  ofFile(path: string, now: number): FolderVersion {
    return this.#of(path.slice(0, path.lastIndexOf('/')), now)
  }

  #of(path: string, now: number): FolderVersion {
    const known = this.#known.get(path)
    if (known !== undefined && isFresh(known.sighting, now)) return known

    const parentPath = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const parent = parentPath === '' ? undefined : this.#of(parentPath, now)
    const isParentInside = parent === undefined || parent.version !== undefined
    const stats = isParentInside ? this.#root.look(path === '' ? '/' : path) : undefined
    const at = parent?.sighting.at ?? now
    if (known?.settled === true && isSameFile(known.version, stats)) {
      known.sighting.at = at
      return known
    }
    const seen = {
      version: stats && versionOf(stats),
      settled: stats !== undefined && isSettled(stats, now),
      sighting: { at },
      looks: 0,
      sidecars: undefined,
    }
    this.#known.set(path, seen)
    return seen
  }
}
