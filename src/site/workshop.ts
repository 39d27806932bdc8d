import {
  type GroupFile,
  type PasswordFile,
  readGroupFile,
  readPasswordFile,
} from '../access/password-file.ts'
import { isOpen } from '../access/requirement.ts'
import { WatchedFile } from '../access/watched-file.ts'
import type { Config, FolderSettings, Host, ServerTokens } from '../config/config.ts'
import type { Compressor } from '../encoding/compressor.ts'
import { FileCache } from '../files/file-cache.ts'
import { type Links, RootFolder } from '../files/root-folder.ts'
import type { Field } from '../http/field.ts'
import { SharedListings } from '../listing/shared-listings.ts'
import { VERSION } from '../version.ts'
import { Access, type AccessFiles } from './access.ts'
import { ResponseClock } from './response-clock.ts'

/** What all hosts and rules of a configuration share: memory, open folders, and what is true of every response. */
export class Workshop implements AccessFiles, Disposable {
  readonly compressor: Compressor
  readonly cache: FileCache
  readonly clock = new ResponseClock()
  readonly listings = new SharedListings()
  listers = 0
  readonly serverField: readonly Field[]
  /** Whether a file of several pieces is being packed: one at a time, so that its pieces are all the memory this takes. */
  isPacking = false
  readonly #folders = new Map<string, RootFolder>()
  readonly #passwords = new Map<string, WatchedFile<PasswordFile>>()
  readonly #groups = new Map<string, WatchedFile<GroupFile>>()
  readonly #accesses = new Map<string, Access>()
  #isCacheGiven = false

  constructor({ fileCacheSize, serverTokens }: Config, compressor: Compressor) {
    this.compressor = compressor
    this.cache = new FileCache(fileCacheSize)
    this.serverField = serverField(serverTokens)
  }

  /** A part of the one cache; the first is the cache itself, whose paths are found quickest. */
  cachePart(): FileCache {
    if (this.#isCacheGiven) return this.cache.part()
    this.#isCacheGiven = true
    return this.cache
  }

  /** @param path Absolute. */
  folder(path: string, { followSymLinks, followSymLinksTo }: Host): RootFolder {
    const links: Links = followSymLinks ? { mayLeadTo: followSymLinksTo } : 'none'
    const key = JSON.stringify([path, links])
    const known = this.#folders.get(key)
    if (known !== undefined) return known
    const opened = new RootFolder(path, links)
    this.#folders.set(key, opened)
    return opened
  }

  /** The same for all settings that require the same; undefined where everybody may have everything. */
  accessFor(settings: FolderSettings): Access | undefined {
    const { require, authName, authUserFile, authGroupFile, authType } = settings
    if (require.length === 0 || require.some(isOpen)) return undefined
    const key = JSON.stringify({ require, authType, authName, authUserFile, authGroupFile })
    return this.#accesses.getOrInsertComputed(key, () => new Access(settings, this))
  }

  passwords(path: string): WatchedFile<PasswordFile> {
    return this.#passwords.getOrInsertComputed(path, () => new WatchedFile(path, readPasswordFile))
  }

  groups(path: string): WatchedFile<GroupFile> {
    return this.#groups.getOrInsertComputed(path, () => new WatchedFile(path, readGroupFile))
  }

  /** Lets go of the folders. What is below them is found all the same, in more time. */
  [Symbol.dispose](): void {
    for (const folder of this.#folders.values()) folder[Symbol.dispose]()
  }
}

function serverField(tokens: ServerTokens): readonly Field[] {
  switch (tokens) {
    case 'Off':
      return []
    case 'Prod':
      return [['Server', 'webserver']]
    case 'Min':
      return [['Server', `webserver/${VERSION}`]]
    case 'Full':
      return [['Server', `webserver/${VERSION} (${process.platform}) Node.js/${process.versions.node}`]]
    default:
      return tokens satisfies never
  }
}
