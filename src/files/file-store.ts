import { closeSync } from 'node:fs'
import { isCompressible, LEAST_COMPRESSED } from '../encoding/compressible.ts'
import type { Compressor } from '../encoding/compressor.ts'
import type { Fields } from '../http/fields.ts'
import { entityTag } from '../http/response/representation.ts'
import type { FileCache } from './file-cache.ts'
import { isSameFile, isSettled, versionOf } from './file-version.ts'
import { FolderVersions } from './folder-versions.ts'
import {
  FileInMemory,
  type FoundFile,
  OpenFile,
  readBeginning,
  readSmallFile,
  type SmallFile,
} from './found-file.ts'
import { type KeptFile, openKept } from './kept-file.ts'
import { BEGINNING, type MediaTypes } from './media-types.ts'
import type { Opened, OpenedFile, RootFolder } from './root-folder.ts'
import { areSettled, Sidecars } from './sidecars.ts'
import { isFresh } from './sighting.ts'
import { type Packed, Variants } from './variants.ts'

/** Files up to this size, in bytes, may be compressed in memory. */
const MOST_COMPRESSED = 8 * 1024 * 1024

/**
 * After this many milliseconds a file in memory is read again when it is asked for, though nothing tells of a
 * change. Of writes through memory shared with a file (mmap) the kernel tells only the first until it has
 * written to the disk, and a file on tmpfs keeps its times for good.
 */
const READ_AGAIN_AFTER = 60_000

/** Has a file packed with gzip for the first client that can be sent it so. */
export interface Packing {
  /** Keeps what it was packed to; undefined when that gains nothing. */
  done(bytes: Buffer | undefined): Packed
  /** What its path leads to now, as it is. */
  again(): Lookup
}

/** A path is a file; whoever is given it disposes of that. */
export interface FileLookup {
  readonly kind: 'file'
  readonly file: FoundFile
  /** Whether it stands for another that was not there when that was looked for just now. */
  readonly isSubstitute: boolean
  /** How it can be packed for the client that has asked; undefined where that gains nothing, or has been done. */
  readonly packing?: Packing | undefined
}

/** What a path leads to. */
export type Lookup = FileLookup | Exclude<Opened, OpenedFile>

export interface FileStoreOptions {
  readonly mediaTypes: MediaTypes
  /** Whether sidecar files are looked for. */
  readonly precompressed: boolean
  /** Whether variants for which there is no sidecar are made in memory. */
  readonly compress: boolean
}

/**
 * The files of a folder, each in the form its client wants most: as it is, encoded in a sidecar beside it, or
 * encoded in memory. What is in memory is checked again when it is no longer fresh.
 */
export class FileStore {
  readonly #cache: FileCache
  readonly #root: RootFolder
  readonly #options: FileStoreOptions
  readonly #folders: FolderVersions
  readonly #sidecars: Sidecars | undefined
  readonly #variants: Variants

  /** @param cache Keeps small files in memory; a part of its own. */
  constructor(root: RootFolder, options: FileStoreOptions, cache: FileCache, compressor: Compressor) {
    this.#cache = cache
    this.#root = root
    this.#options = options
    this.#folders = new FolderVersions(root)
    this.#sidecars = options.precompressed ? new Sidecars(root, this.#folders) : undefined
    this.#variants = new Variants(root, cache, compressor)
  }

  /**
   * @param path A byte string that begins with a slash.
   * @param now Milliseconds since the epoch.
   * @param fields What the client says of encodings, and of what it has; without it files are found as they are.
   */
  look(path: string, now: number, fields?: Fields): Lookup {
    const kept = this.#recall(path, now)
    if (kept === undefined) return this.#lookAfresh(path, now, fields)
    const variant = this.#variants.choose(kept, now, fields)
    if (variant !== undefined) return found(variant, kept)
    const file = openKept(kept, this.#root)
    if (file !== undefined) return found(file, kept, this.#packingFor(kept, fields))
    this.#cache.delete(path)
    return this.#lookAfresh(path, now, fields)
  }

  /** The file at a path as it is in memory, if it is known to be unchanged. */
  #recall(path: string, now: number): KeptFile | undefined {
    const kept = this.#cache.get(path)
    if (kept === undefined) return undefined
    if (isFresh(kept.sighting, now)) return kept
    const confirmedAt = kept.settled ? this.#confirm(kept, now) : undefined
    if (confirmedAt === undefined) {
      this.#cache.delete(path)
      return undefined
    }
    kept.sighting.at = confirmedAt
    return kept
  }

  /** When the file was last known to be unchanged, or undefined when it has changed. */
  #confirm(kept: KeptFile, now: number): number | undefined {
    const { path, version, sidecars } = kept
    const folder = this.#folders.ofFile(path, now)
    // A folder can be moved out of the root and linked to, and its files do not show that.
    if (folder.version === undefined || !isSameFile(version, this.#root.look(path))) return undefined
    const areSame = sidecars === undefined || this.#sidecars?.confirm(path, sidecars, folder) === true
    return areSame && this.#hasSameBytes(kept, now) ? folder.sighting.at : undefined
  }

  /** Whether the file had the same bytes when it was last read. */
  #hasSameBytes(kept: KeptFile, now: number): boolean {
    if (kept.file === undefined || now - kept.readAt < READ_AGAIN_AFTER) return true
    const opened = this.#root.open(kept.path)
    if (opened.kind !== 'file') return false
    using descriptor = new DisposableStack()
    descriptor.adopt(opened.descriptor, closeSync)
    kept.readAt = now
    return opened.stats.size === kept.file.size && kept.file.holds(readSmallFile(opened))
  }

  /** Looks at a path that is not in memory. */
  #lookAfresh(path: string, now: number, fields: Fields | undefined): Lookup {
    const opened = this.#root.open(path)
    if (opened.kind !== 'file') return opened
    let staysOpen = false
    try {
      const kept = this.#newKept(path, opened, now)
      if (kept.file !== undefined || kept.representation.varies === true) this.#cache.set(kept)
      const variant = this.#variants.choose(kept, now, fields)
      if (variant !== undefined) return found(variant, kept)
      const packing = this.#packingFor(kept, fields)
      if (kept.file !== undefined) return found(kept.file, kept, packing)
      staysOpen = true
      return found(
        new OpenFile(this.#root.path + path, kept.representation, opened.descriptor),
        kept,
        packing,
      )
    } finally {
      if (!staysOpen) closeSync(opened.descriptor)
    }
  }

  #packingFor(kept: KeptFile, fields: Fields | undefined): Packing | undefined {
    const done = this.#variants.packerFor(kept, fields)
    return done && { done, again: () => this.look(kept.path, Date.now()) }
  }

  #newKept(path: string, opened: OpenedFile, now: number): KeptFile {
    const version = versionOf(opened.stats)
    const small = this.#cache.mayKeep(version.size) ? readSmallFile(opened) : undefined
    const size = small === undefined ? version.size : small.memory.length - small.start
    const modified = version.mtimeMs
    const etag = entityTag({ size, modified, changed: version.ctimeMs }, now)
    const sidecars = this.#sidecars?.lookFor(path, version, now)
    const variants = sidecars?.variants ?? []
    const { mediaType, coding } = this.#options.mediaTypes.of(path, () => beginningOf(opened, small))
    const compress = variants.length === 0 && coding === undefined && this.#mayCompress(size, mediaType)
    const varies = compress || variants.length > 0
    const representation = { size, modified, etag, mediaType, coding, varies }
    const file = small && new FileInMemory(this.#root.path + path, representation, small)
    return {
      path,
      version,
      sidecars: sidecars?.seen,
      representation: file ?? representation,
      file,
      variants,
      isPacked: false,
      ordered: compress ? new Set() : undefined,
      readAt: now,
      sighting: { at: sidecars?.seen.folder.sighting.at ?? now },
      settled: isSettled(version, now) && (sidecars === undefined || areSettled(sidecars.seen, now)),
    }
  }

  #mayCompress(size: number, mediaType: string): boolean {
    if (
      !this.#options.compress ||
      this.#cache.maximum === 0 ||
      size < LEAST_COMPRESSED ||
      size > MOST_COMPRESSED
    )
      return false
    return isCompressible(mediaType)
  }
}

/** The first bytes of a file, which may be in memory. */
function beginningOf({ descriptor }: OpenedFile, small: SmallFile | undefined): Buffer {
  return small?.memory.subarray(small.start, small.start + BEGINNING) ?? readBeginning(descriptor, BEGINNING)
}

function found(file: FoundFile, { sighting }: KeptFile, packing?: Packing): Lookup {
  if (file instanceof FileInMemory) file.sighting = sighting
  return { kind: 'file', file, isSubstitute: false, packing }
}
