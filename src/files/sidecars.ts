import type { Stats } from 'node:fs'
import { CONTENT_CODINGS, type ContentCoding } from '../http/encoding.ts'
import { type FileVersion, isSameFile, isSettled, versionOf } from './file-version.ts'
import type { FolderVersion, FolderVersions } from './folder-versions.ts'
import type { Variant } from './found-file.ts'
import { namesThatEnd } from './names-that-end.ts'
import type { RootFolder } from './root-folder.ts'
import { isOfAnother } from './sidecar-source.ts'

/** The extension of each encoded form of a file. */
export const SIDECAR_EXTENSIONS: Readonly<Record<ContentCoding, string>> = {
  br: '.br',
  zstd: '.zst',
  gzip: '.gz',
}

/** How often sidecars are looked for in a folder before it is read as a whole. */
const LOOKS_BEFORE = 8

/** What was found where the sidecars of a file would be. */
export interface SeenSidecars {
  /** In the order of {@link CONTENT_CODINGS}. */
  readonly versions: readonly (FileVersion | undefined)[]
  /** The folder, for as long as no other sidecar can have come to it. */
  folder: FolderVersion
}

/** Most files have no sidecars, and share this object. */
const NONE: readonly undefined[] = CONTENT_CODINGS.map(() => undefined)

/** Looks for the sidecars of files, as seldom as possible, since most files have none. */
export class Sidecars {
  readonly #root: RootFolder
  readonly #folders: FolderVersions

  constructor(root: RootFolder, folders: FolderVersions) {
    this.#root = root
    this.#folders = folders
  }

  /**
   * Looks for the sidecars of a file, and tells which variants may be sent.
   *
   * @param file The version of the file.
   * @param now Milliseconds since the epoch.
   */
  lookFor(
    path: string,
    file: FileVersion,
    now: number,
  ): { seen: SeenSidecars; variants: readonly Variant[] } {
    // The folder comes first, so that a change in between is seen the next time.
    const folder = this.#folders.ofFile(path, now)
    this.#lookThrough(folder, path)
    if (folder.sidecars?.size === 0) return { seen: { folder, versions: NONE }, variants: [] }
    const found = CONTENT_CODINGS.map(coding => this.#stat(path, coding, folder))
    if (found.every(stats => stats === undefined)) return { seen: { folder, versions: NONE }, variants: [] }
    const versions = found.map(stats => stats && versionOf(stats))
    return { seen: { folder, versions }, variants: this.#variantsAmong(found, path, file) }
  }

  /**
   * Whether the sidecars are still what was seen.
   *
   * @param folder As it is now.
   */
  confirm(path: string, seen: SeenSidecars, folder: FolderVersion): boolean {
    const mayBeNew = folder !== seen.folder
    if (mayBeNew) this.#lookThrough(folder, path)
    const areSame = CONTENT_CODINGS.every((coding, index) => {
      const version = seen.versions[index]
      return (version === undefined && !mayBeNew) || isSameFile(version, this.#stat(path, coding, folder))
    })
    if (areSame) seen.folder = folder
    return areSame
  }

  /**
   * Reads the names of a folder once, when several of its files are asked for: most folders have no sidecars
   * at all, and then no file of it needs a look. That is quicker where many files are each asked for the
   * first time.
   */
  #lookThrough(folder: FolderVersion, path: string): void {
    if (!folder.settled || ++folder.looks !== LOOKS_BEFORE) return
    const folderPath = this.#root.path + path.slice(0, path.lastIndexOf('/'))
    folder.sidecars = namesThatEnd(folderPath, Object.values(SIDECAR_EXTENSIONS))
  }

  /** The sidecars that may stand for the file, in the order of {@link CONTENT_CODINGS}. */
  #variantsAmong(found: readonly (Stats | undefined)[], path: string, file: FileVersion): readonly Variant[] {
    return CONTENT_CODINGS.flatMap((coding, index) => {
      const sidecar = found[index]
      if (sidecar === undefined || !isUsable(sidecar, file)) return []
      if (isOfAnother(this.#root.path + path + SIDECAR_EXTENSIONS[coding], sidecar, file)) return []
      return [{ coding, size: sidecar.size, file: undefined }]
    })
  }

  #stat(path: string, coding: ContentCoding, { sidecars }: FolderVersion): Stats | undefined {
    const sidecar = path + SIDECAR_EXTENSIONS[coding]
    const isKnownToMiss = sidecars?.has(sidecar.slice(sidecar.lastIndexOf('/') + 1)) === false
    return isKnownToMiss ? undefined : this.#root.look(sidecar)
  }
}

/**
 * Whether a sidecar may stand for its file: it is a file too, smaller, and not made of an older version. Nothing is
 * encoded as no bytes at all: that is left by whoever ran out of room.
 */
export function isUsable(sidecar: Stats, file: FileVersion): boolean {
  return sidecar.isFile() && sidecar.size > 0 && sidecar.size < file.size && sidecar.mtimeMs >= file.mtimeMs
}

/** Whether the times of the sidecars would tell of any change after they were seen. */
export function areSettled({ versions }: SeenSidecars, now: number): boolean {
  return versions.every(sidecar => sidecar === undefined || isSettled(sidecar, now))
}
