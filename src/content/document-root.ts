import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import { byteString } from '../http/byte-string.ts'
import { entityTag } from '../http/representation.ts'
import { FileCache } from './file-cache.ts'
import { ABSENT_CODES, codeOf, FORBIDDEN_CODES, systemPath } from './file-system.ts'
import { FileInMemory, type FoundFile, OpenFile, readFully } from './found-file.ts'
import type { MediaTypes } from './media-types.ts'
import { OpenFolder } from './open-folder.ts'

/**
 * What a path means on this disk. A `folder` lacks its final slash in the request; a `listing` is a folder with
 * its slash that has no index and may be listed.
 */
export type Found =
  | { readonly kind: 'file'; readonly file: FoundFile }
  | { readonly kind: 'folder' }
  | { readonly kind: 'listing' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'absent' }

export interface DocumentRootOptions {
  /** The folder, as an absolute path. */
  readonly path: string
  readonly directoryIndex: readonly string[]
  readonly followSymLinks: boolean
  readonly indexes: boolean
  /** Bytes of small files to keep in memory. */
  readonly cacheSize: number
  readonly mediaTypes: MediaTypes
}

/** Files up to this size are read at once and may be kept in memory. */
const SMALL_FILE = 256 * 1024

/** Without O_NONBLOCK, opening a FIFO would wait for its writer for good. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

const ABSENT: Found = { kind: 'absent' }
const FORBIDDEN: Found = { kind: 'forbidden' }
const FOLDER: Found = { kind: 'folder' }
const LISTING: Found = { kind: 'listing' }

/**
 * Finds the files below one folder, and nothing outside it: whatever links a path goes through, it is the
 * place of the file that was opened that counts.
 *
 * Everything here blocks, briefly: in its turn a request delays nobody but those who wait anyway.
 */
export class DocumentRoot {
  readonly #options: DocumentRootOptions
  /** The folder as a byte string, without a final slash. */
  readonly #path: string
  /** Where it really is, with a final slash. */
  #realPath: string
  readonly #cache: FileCache

  constructor(options: DocumentRootOptions) {
    this.#options = options
    this.#path = byteString(options.path).replace(/\/+$/, '')
    this.#realPath = realFolder(options.path)
    this.#cache = new FileCache(options.cacheSize)
  }

  get cache(): FileCache {
    return this.#cache
  }

  /**
   * @param path A decoded, normalised path that begins with a slash, as a byte string.
   * @param now Milliseconds since the epoch.
   */
  find(path: string, now: number): Found {
    if (hasHiddenName(path)) return ABSENT
    if (!path.endsWith('/')) return this.#look(path, now)
    for (const name of this.#options.directoryIndex) {
      const index = this.#look(path + name, now)
      if (index.kind === 'file' || index.kind === 'forbidden') return index
    }
    const folder = this.#look(path.slice(0, -1), now)
    // A file is nothing to look into.
    if (folder.kind === 'file') folder.file[Symbol.dispose]()
    if (folder.kind === 'folder' && this.#options.indexes) return LISTING
    return folder.kind === 'folder' || folder.kind === 'forbidden' ? FORBIDDEN : ABSENT
  }

  /**
   * Opens the folder that {@link find} has called a `listing`; whoever is given it disposes of it.
   *
   * @param path As for {@link find}.
   */
  openFolder(path: string): OpenFolder | 'forbidden' | 'absent' {
    const fullPath = this.#path + path.slice(0, -1)
    const contains = (descriptor: number) => this.#contains(descriptor, fullPath)
    try {
      using opened = new DisposableStack()
      const folder = opened.use(new OpenFolder(fullPath, this.#options.followSymLinks ? contains : undefined))
      if (!contains(folder.descriptor)) return 'forbidden'
      opened.move()
      return folder
    } catch (error) {
      if (ABSENT_CODES.has(codeOf(error))) return 'absent'
      if (FORBIDDEN_CODES.has(codeOf(error))) return 'forbidden'
      throw error
    }
  }

  /** What one path is, from memory if it is known to be unchanged. */
  #look(path: string, now: number): Found {
    const kept = this.#cache.get(path)
    if (kept !== undefined) {
      if (now - kept.checkedAt < FileCache.FRESH_FOR && now >= kept.checkedAt) return kept.found
      if (kept.settled && isSameFile(kept.stats, this.#stat(path))) {
        kept.checkedAt = now
        return kept.found
      }
      this.#cache.delete(path)
    }
    return this.#open(path, now)
  }

  #stat(path: string): Stats | undefined {
    try {
      return statSync(systemPath(this.#path + path), { throwIfNoEntry: false })
    } catch (error) {
      if (ABSENT_CODES.has(codeOf(error)) || FORBIDDEN_CODES.has(codeOf(error))) return undefined
      throw error
    }
  }

  #open(path: string, now: number): Found {
    const fullPath = this.#path + path
    let descriptor: number | undefined
    try {
      descriptor = openSync(systemPath(fullPath), OPEN_FLAGS)
      const stats = fstatSync(descriptor)
      if (!this.#contains(descriptor, fullPath)) return FORBIDDEN
      if (stats.isDirectory()) return FOLDER
      if (!stats.isFile()) return ABSENT
      if (stats.size <= SMALL_FILE) return this.#remember(path, descriptor, stats, now)
      const file = new OpenFile(fullPath, this.#represent(path, stats.size, stats.mtimeMs, now), descriptor)
      descriptor = undefined
      return { kind: 'file', file }
    } catch (error) {
      return this.#outcomeOf(error, path)
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }

  #outcomeOf(error: unknown, path: string): Found {
    const code = codeOf(error)
    if (ABSENT_CODES.has(code)) return ABSENT
    if (!FORBIDDEN_CODES.has(code)) throw error
    // A folder that may be entered but not listed is one all the same.
    return this.#stat(path)?.isDirectory() === true ? FOLDER : FORBIDDEN
  }

  #remember(path: string, descriptor: number, stats: Stats, now: number): Found {
    const bytes = Buffer.allocUnsafeSlow(stats.size)
    const size = readFully(descriptor, bytes, 0, stats.size, 0)
    const representation = this.#represent(path, size, stats.mtimeMs, now)
    const file = new FileInMemory(this.#path + path, representation, bytes.subarray(0, size))
    const found: Found = { kind: 'file', file }
    this.#cache.set(path, { found, bytes: size, stats, checkedAt: now, settled: isSettled(stats, now) })
    return found
  }

  #represent(path: string, size: number, modified: number, now: number) {
    return {
      size,
      modified,
      etag: entityTag(size, modified, now),
      mediaType: this.#options.mediaTypes.of(path.slice(path.lastIndexOf('/') + 1)),
    }
  }

  /** Whether the file that is open lies below the root, whatever its path may mean by now. */
  #contains(descriptor: number, fullPath: string): boolean {
    const place = readlinkSync(`/proc/self/fd/${descriptor}`, 'latin1')
    const named = this.#realPath.slice(0, -1) + fullPath.slice(this.#path.length)
    if (!this.#options.followSymLinks) return place === named
    if (`${place}/`.startsWith(this.#realPath)) return true
    // The root itself may be a link that has been pointed elsewhere, as a deployment does.
    this.#realPath = realFolder(this.#options.path)
    return `${place}/`.startsWith(this.#realPath)
  }
}

function realFolder(path: string): string {
  const real = byteString(realpathSync(path))
  return real.endsWith('/') ? real : `${real}/`
}

/** A name that begins with a dot is nobody's business, save the one RFC 8615 reserves. */
export function hasHiddenName(path: string): boolean {
  return path.includes('/.') && path.split('/').some(name => name.startsWith('.') && name !== '.well-known')
}

function isSameFile(one: Stats, other: Stats | undefined): boolean {
  return (
    other !== undefined &&
    one.ino === other.ino &&
    one.dev === other.dev &&
    one.size === other.size &&
    one.mtimeMs === other.mtimeMs &&
    one.ctimeMs === other.ctimeMs
  )
}

/** A file written within the last second may be written again without its times telling. */
function isSettled(stats: Stats, now: number): boolean {
  return now - Math.max(stats.mtimeMs, stats.ctimeMs) > 1000
}
