import type { FolderSettings, Host } from '../config/config.ts'
import { DocumentRoot } from '../files/document-root.ts'
import { DotNames } from '../files/dot-names.ts'
import { MediaTypes } from '../files/media-types.ts'
import { byteString } from '../http/byte-string.ts'
import { Freshness } from '../http/response/freshness.ts'
import { Wildcard } from '../text/wildcard.ts'
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

/** All that is decided for a path, ready to use: what leads to its files, and what makes responses of them. */
export class Rules {
  /** Files that stand for their folder, as byte strings. */
  readonly directoryIndex: readonly string[]
  /** Whether folders without one of these are listed. */
  readonly indexes: boolean
  readonly fallback: Fallback | undefined
  /** Whether a folder without its final slash is redirected to that with it. */
  readonly directorySlash: boolean
  /** As they were merged: an access step finds here what it judges by. */
  readonly settings: Host
  readonly root: DocumentRoot
  readonly errorDocuments: ErrorDocuments
  readonly composer: Composer
  readonly files: FileServer
  readonly folders: FolderLister

  /**
   * @param settings Of the host, as the sections that hold for the path have changed them.
   * @param findPage Finds pages of the host.
   */
  constructor(settings: Host, findPage: FindPage, workshop: Workshop) {
    this.settings = settings
    this.directorySlash = settings.directorySlash
    this.directoryIndex = settings.directoryIndex.map(byteString)
    this.indexes = settings.indexes
    this.fallback = fallbackOf(settings)
    this.root = new DocumentRoot(
      workshop.folder(settings.documentRoot, settings.followSymLinks),
      fileOptions(settings),
      workshop.cachePart(),
      workshop.compressor,
    )
    this.errorDocuments = new ErrorDocuments(settings.errorDocument, findPage)
    this.composer = new Composer(settings.header, workshop, this.errorDocuments)
    this.files = new FileServer(
      this.composer,
      new Freshness(settings.expiresByType, settings.expiresDefault),
      workshop,
    )
    this.folders = new FolderLister(
      this.root,
      settings.serverName,
      settings.compress,
      this.composer,
      workshop,
    )
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
