import { closeSync } from 'node:fs'
import type { Compressor } from '../encoding/compressor.ts'
import type { Fields } from '../http/fields.ts'
import type { DotNames } from './dot-names.ts'
import type { FileCache } from './file-cache.ts'
import { FileStore, type FileStoreOptions, type Lookup } from './file-store.ts'
import type { NameFilter, OpenFolder } from './open-folder.ts'
import type { Absent, Forbidden, RootFolder } from './root-folder.ts'

/**
 * What a path means on this disk: a `folder` with or without its final slash. A `hidden` name begins with a dot, and is none of
 * those that are served.
 */
export type Found = Lookup | { readonly kind: 'hidden' }

export interface DocumentRootOptions extends FileStoreOptions {
  readonly dotNames: DotNames
  /** What is not listed, though it may be served. */
  readonly ignored?: readonly NamePattern[]
}

/** Which names are meant. */
interface NamePattern {
  matches(name: string): boolean
}

const ABSENT: Found = { kind: 'absent' }
const HIDDEN: Found = { kind: 'hidden' }

/**
 * Finds what is to be served below one folder, and nothing outside it.
 *
 * Everything here blocks, briefly: in its turn a request delays nobody but those who wait anyway.
 */
export class DocumentRoot {
  readonly #root: RootFolder
  readonly #dotNames: DotNames
  readonly #listed: NameFilter
  readonly #files: FileStore

  /**
   * @param cache Keeps small files in memory; a part of its own.
   * @param compressor Encodes files in memory.
   */
  constructor(root: RootFolder, options: DocumentRootOptions, cache: FileCache, compressor: Compressor) {
    this.#root = root
    const { dotNames, ignored = [] } = options
    this.#dotNames = dotNames
    this.#listed = { lists: name => dotNames.lists(name) && !ignored.some(pattern => pattern.matches(name)) }
    this.#files = new FileStore(root, options, cache, compressor)
  }

  /**
   * @param path A decoded, normalised path that begins with a slash, as a byte string.
   * @param now Milliseconds since the epoch.
   * @param fields What the client says of encodings, and of what it has; without it files are found as they are.
   */
  find(path: string, now: number, fields?: Fields): Found {
    if (this.#dotNames.hides(path)) return HIDDEN
    return path.endsWith('/') ? this.#findFolder(path.slice(0, -1)) : this.#files.look(path, now, fields)
  }

  #findFolder(path: string): Found {
    const opened = this.#root.open(path)
    if (opened.kind !== 'file') return opened
    // A path that ends with a slash names no file.
    closeSync(opened.descriptor)
    return ABSENT
  }

  /** Opens a folder to list it; the caller disposes of it. */
  openFolder(path: string): OpenFolder | Forbidden | Absent {
    return this.#root.openFolder(path.slice(0, -1), this.#listed)
  }
}
