import type { FolderSettings } from '../config/config.ts'
import { DocumentRoot } from '../files/document-root.ts'
import { DotNames } from '../files/dot-names.ts'
import { MediaTypes } from '../files/media-types.ts'
import { byteString } from '../http/byte-string.ts'
import { Freshness } from '../http/response/freshness.ts'
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

/** What the rules for a path need of the host that they belong to. */
export interface RuledHost {
  readonly serverName: string
  readonly documentRoot: string
  readonly origins: ReadonlyMap<string, readonly string[]>
  findPage: FindPage
}

/** All that is decided for a path, ready to use: what leads to its files, and what makes responses of them. */
export class Rules {
  /** Files that stand for their folder, as byte strings. */
  readonly directoryIndex: readonly string[]
  /** Whether folders without one of these are listed. */
  readonly indexes: boolean
  readonly fallback: Fallback | undefined
  readonly root: DocumentRoot
  readonly errorDocuments: ErrorDocuments
  readonly composer: Composer
  readonly files: FileServer
  readonly folders: FolderLister

  constructor(settings: FolderSettings, host: RuledHost, workshop: Workshop) {
    this.directoryIndex = settings.directoryIndex.map(byteString)
    this.indexes = settings.indexes
    this.fallback = fallbackOf(settings, host)
    this.root = new DocumentRoot(
      workshop.folder(host.documentRoot, settings.followSymLinks),
      fileOptions(settings),
      workshop.cachePart(),
      workshop.compressor,
    )
    this.errorDocuments = new ErrorDocuments(settings.errorDocument, host.findPage)
    this.composer = new Composer(settings.header, workshop, this.errorDocuments)
    this.files = new FileServer(
      this.composer,
      new Freshness(settings.expiresByType, settings.expiresDefault),
      workshop,
    )
    this.folders = new FolderLister(this.root, host.serverName, settings.compress, this.composer, workshop)
  }
}

function fallbackOf({ fallbackResource }: FolderSettings, { origins }: RuledHost): Fallback | undefined {
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
    mediaTypes: new MediaTypes({
      types: settings.addType,
      charsets: settings.addCharset,
      defaultType: settings.defaultType,
      textCharset: settings.addDefaultCharset,
    }),
    precompressed: settings.precompressed,
    compress: settings.compress,
  }
}
