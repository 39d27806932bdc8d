import type { Stats } from 'node:fs'
import { CONTENT_CODINGS, type ContentCoding } from '../http/encoding.ts'
import { type FolderVersion, FolderVersions } from './folder-versions.ts'
import { isSameFile, isSettled, type Variant } from './kept-file.ts'
import type { RootFolder } from './root-folder.ts'

/** What is appended to a file's name to name its encoded form. */
export const SIDECAR_EXTENSIONS: Readonly<Record<ContentCoding, string>> = {
  br: '.br',
  zstd: '.zst',
  gzip: '.gz',
}

/** What stood where the sidecars of a file would be. */
export interface SeenSidecars {
  /** In the order of {@link CONTENT_CODINGS}. */
  readonly stats: readonly (Stats | undefined)[]
  /** The folder, as long as no other sidecar can have come to it. */
  folder: FolderVersion
}

/** Looks for the sidecars of files: as seldom as possible, for most files have none. */
export class Sidecars {
  readonly #root: RootFolder
  readonly #folders: FolderVersions

  constructor(root: RootFolder) {
    this.#root = root
    this.#folders = new FolderVersions(root)
  }

  /** @param now Milliseconds since the epoch. */
  lookFor(path: string, now: number): SeenSidecars {
    // The folder first: what changes in between is then seen the next time.
    const folder = this.#folders.ofFile(path, now)
    return { folder, stats: CONTENT_CODINGS.map(coding => this.#stat(path, coding)) }
  }

  /**
   * When they were last known to be what was seen, at most {@link FileCache.FRESH_FOR} before `now`; undefined
   * when they are not.
   */
  confirm(path: string, seen: SeenSidecars, now: number): number | undefined {
    const folder = this.#folders.ofFile(path, now)
    const mayBeNew = folder !== seen.folder
    const areSame = CONTENT_CODINGS.every((coding, index) => {
      const stats = seen.stats[index]
      return (stats === undefined && !mayBeNew) || isSameFile(stats, this.#stat(path, coding))
    })
    if (!areSame) return undefined
    seen.folder = folder
    return folder.checkedAt
  }

  #stat(path: string, coding: ContentCoding): Stats | undefined {
    return this.#root.stat(path + SIDECAR_EXTENSIONS[coding])
  }
}

/** Those that may stand for the file. */
export function usableVariants({ stats }: SeenSidecars, file: Stats): readonly Variant[] {
  return CONTENT_CODINGS.flatMap((coding, index) => {
    const sidecar = stats[index]
    return sidecar !== undefined && isUsable(sidecar, file)
      ? [{ coding, size: sidecar.size, file: undefined }]
      : []
  })
}

/** Whether a sidecar may stand for its file: it is a file too, smaller, and not made of an older version. */
export function isUsable(sidecar: Stats, file: Stats): boolean {
  return sidecar.isFile() && sidecar.size < file.size && sidecar.mtimeMs >= file.mtimeMs
}

/** Whether the times of the sidecars would tell of any change after they were seen. */
export function areSettled({ stats }: SeenSidecars, now: number): boolean {
  return stats.every(sidecar => sidecar === undefined || isSettled(sidecar, now))
}
