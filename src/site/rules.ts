import type { Alias, FolderSettings, Host } from '../config/config.ts'
import { DocumentRoot, type Found } from '../files/document-root.ts'
import { DotNames } from '../files/dot-names.ts'
import { MediaTypes } from '../files/media-types.ts'
import type { OpenFolder } from '../files/open-folder.ts'
import type { Absent, Forbidden } from '../files/root-folder.ts'
import { byteString } from '../http/byte-string.ts'
import type { Fields } from '../http/fields.ts'
import { Freshness } from '../http/response/freshness.ts'
import { Wildcard } from '../text/wildcard.ts'
import type { Access } from './access.ts'
import { Composer } from './composer.ts'
import { ErrorDocuments, type FindPage } from './error-documents.ts'
import { FileServer } from './file-server.ts'
import { FolderLister } from './folder-lister.ts'
import type { Reason } from './reason.ts'
import type { Workshop } from './workshop.ts'

/** A file that stands for whatever is not there: its URL path, and why. */
interface Fallback {
  readonly path: string
  readonly because: Reason
}

/** Finds a page for those to whom this access applies: none that others have to be let in for. */
type FindRuledPage = (...args: [...Parameters<FindPage>, access: Access | undefined]) => ReturnType<FindPage>

/** All that is decided for a path, ready to use: what leads to its files, and what makes responses of them. */
export class Rules {
  /** Files that stand for their folder, as byte strings. */
  readonly directoryIndex: readonly string[]
  /** Whether folders without one of these are listed. */
  readonly indexes: boolean
  readonly fallback: Fallback | undefined
  /** Whether a folder without its final slash is redirected to that with it. */
  readonly directorySlash: boolean
  /** Whether pages are served without the `.html` of their names. */
  readonly cleanUrls: boolean
  /** As they were merged: an access step finds here what it judges by. */
  readonly settings: Host
  /** Undefined where everybody may have everything. */
  readonly access: Access | undefined
  readonly #root: DocumentRoot
  readonly #aliasLength: number
  readonly errorDocuments: ErrorDocuments
  readonly composer: Composer
  readonly files: FileServer
  readonly folders: FolderLister

  /**
   * @param settings Of the host, as the sections that hold for the path have changed them.
   * @param alias The folder in which the files lie, and its path.
   * @param findPage Finds pages of the host.
   */
  constructor(settings: Host, alias: Alias, findPage: FindRuledPage, workshop: Workshop) {
    this.settings = settings
    this.directorySlash = settings.directorySlash
    this.cleanUrls = settings.cleanUrls
    this.#aliasLength = byteString(alias.path).length
    this.directoryIndex = settings.directoryIndex.map(byteString)
    this.indexes = settings.indexes
    this.fallback = fallbackOf(settings)
    this.access = workshop.accessFor(settings)
    this.#root = new DocumentRoot(
      workshop.folder(alias.folder, settings),
      fileOptions(settings),
      workshop.cachePart(),
      workshop.compressor,
    )
    this.errorDocuments = new ErrorDocuments(settings.errorDocument, (path, now) =>
      findPage(path, now, this.access),
    )
    this.composer = new Composer(settings.header, workshop, this.errorDocuments)
    this.files = new FileServer(
      this.composer,
      new Freshness(settings.expiresByType, settings.expiresDefault),
      workshop,
    )
    this.folders = new FolderLister(this, settings.serverName, settings.compress, this.composer, workshop)
  }

  /** What is at a URL path to which these rules apply. */
  find(path: string, now: number, fields?: Fields): Found {
    return this.#root.find(this.#inFolder(path), now, fields)
  }

  /** Opens the folder at such a path to list it; the caller disposes of it. */
  openFolder(path: string): OpenFolder | Forbidden | Absent {
    return this.#root.openFolder(this.#inFolder(path))
  }

  #inFolder(path: string): string {
    return this.#aliasLength === 0 ? path : path.slice(this.#aliasLength)
  }
}

function fallbackOf({ fallbackResource, origins }: Host): Fallback | undefined {
  if (fallbackResource === undefined) return undefined
  const [origin] = origins.get('FallbackResource') ?? []
  return {
    path: byteString(fallbackResource),
    because: { kind: 'directive', name: 'FallbackResource', origin },
  }
}

function fileOptions(settings: FolderSettings) {
  return {
    dotNames: new DotNames(settings.allowDotNames),
    ignored: settings.indexIgnore.map(pattern => new Wildcard(byteString(pattern))),
    mediaTypes: new MediaTypes({
      forced: settings.forceType,
      types: settings.addType,
      charsets: settings.addCharset,
      defaultType: settings.defaultType,
      textCharset: settings.addDefaultCharset,
    }),
    precompressed: settings.precompressed,
    compress: settings.compress,
  }
}
