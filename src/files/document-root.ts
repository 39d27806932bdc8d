import { closeSync } from 'node:fs'
import type { Compressor } from '../encoding/compressor.ts'
import type { Fields } from '../http/fields.ts'
import type { DotNames } from './dot-names.ts'
import type { FileCache } from './file-cache.ts'
import { FileStore, type FileStoreOptions, type Lookup } from './file-store.ts'
import type { OpenFolder } from './open-folder.ts'
import { type Absent, type Forbidden, RootFolder } from './root-folder.ts'

/**
 * What a path means on this disk. A `folder` lacks its final slash in the request; a `listing` is a folder with
 * its slash that has no index and may be listed, `unlisted` one that may not. A `hidden` name begins with a dot,
 * and is none of those that are served.
 */
export type Found = Lookup | { readonly kind: 'listing' | 'unlisted' | 'hidden' }

export interface DocumentRootOptions extends FileStoreOptions {
  /** The folder, as an absolute path. */
  readonly path: string
  readonly directoryIndex: readonly string[]
  readonly dotNames: DotNames
  readonly followSymLinks: boolean
  readonly indexes: boolean
}

const ABSENT: Found = { kind: 'absent' }
const LISTING: Found = { kind: 'listing' }
const UNLISTED: Found = { kind: 'unlisted' }
const HIDDEN: Found = { kind: 'hidden' }

/**
 * Finds what is to be served below one folder, and nothing outside it.
 *
 * Everything here blocks, briefly: in its turn a request delays nobody but those who wait anyway.
 */
export class DocumentRoot implements Disposable {
  readonly #options: DocumentRootOptions
  readonly #root: RootFolder
  readonly #files: FileStore

  /** @param compressor Encodes files in memory. */
  constructor(options: DocumentRootOptions, compressor: Compressor) {
    this.#options = options
    using opened = new DisposableStack()
    this.#root = opened.use(new RootFolder(options.path, options.followSymLinks))
    this.#files = new FileStore(this.#root, options, compressor)
    opened.move()
  }

  /** Lets go of the folder. What is below it is found all the same, in more time. */
  [Symbol.dispose](): void {
    this.#root[Symbol.dispose]()
  }

  get cache(): FileCache {
    return this.#files.cache
  }

  /**
   * @param path A decoded, normalised path that begins with a slash, as a byte string.
   * @param now Milliseconds since the epoch.
   * @param fields What the client says of encodings, and of what it has; without it files are found as they are.
   */
  find(path: string, now: number, fields?: Fields): Found {
    if (this.#options.dotNames.hides(path)) return HIDDEN
    if (!path.endsWith('/')) return this.#files.look(path, now, fields)
    for (const name of this.#options.directoryIndex) {
      const index = this.#files.look(path + name, now, fields)
      if (index.kind === 'forbidden') return index
      if (index.kind === 'file')
        return name === this.#options.directoryIndex[0] ? index : { ...index, isSubstitute: true }
    }
    return this.#findFolder(path.slice(0, -1))
  }

  #findFolder(path: string): Found {
    const folder = this.#root.open(path)
    switch (folder.kind) {
      case 'folder':
        return this.#options.indexes ? LISTING : UNLISTED
      case 'file':
        // A path that ends with a slash names no file.
        closeSync(folder.descriptor)
        return ABSENT
      default:
        return folder
    }
  }

  /**
   * Opens the folder that {@link find} has called a `listing`; the caller disposes of it.
   *
   * @param path As for {@link find}.
   */
  openFolder(path: string): OpenFolder | Forbidden | Absent {
    return this.#root.openFolder(path.slice(0, -1), this.#options.dotNames)
  }
}
