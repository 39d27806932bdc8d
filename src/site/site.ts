/**
 * How a request is answered. What decides first, decides:
 *
 *  1. access steps     who asks may not have it; asked each time, whatever is remembered
 *  2. ResponseCache    the same was asked word for word, and all that its answer depends on is as it was
 *  3. redirectStep     Redirect
 *  4. methodStep       GET and HEAD of something with a path go on, all else ends here
 *  5. fileStep         DocumentRoot, AllowDotNames, DirectoryIndex, Options: a file, a folder to list, or why there is neither
 *  6. fallbackStep     FallbackResource: what stands for all that is not there
 *  7. 404
 *
 * What was decided is composed:
 *
 *  8. FileServer       the conditions and ranges that the request has for a file; ExpiresByType
 *  9. FolderLister     a folder as a page or as JSON
 * 10. Composer         the page that explains a status (ErrorDocument); Date, Server and Header
 */
import type { Config } from '../config/config.ts'
import { namesLocalAddress } from '../config/values/log-format.ts'
import type { Compressor } from '../encoding/compressor.ts'
import { DocumentRoot } from '../files/document-root.ts'
import { DotNames } from '../files/dot-names.ts'
import { MediaTypes } from '../files/media-types.ts'
import type { Sighting } from '../files/sighting.ts'
import { RequestParser } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import { Freshness } from '../http/response/freshness.ts'
import { RedirectRules } from '../http/response/redirect-rules.ts'
import { page } from '../http/response/respond.ts'
import { CachedResponse } from './cached-response.ts'
import { Composer } from './composer.ts'
import { ErrorDocuments } from './error-documents.ts'
import { FileServer } from './file-server.ts'
import { FolderLister } from './folder-lister.ts'
import type { Reason } from './reason.ts'
import type { Preparation, Reply } from './response.ts'
import { CachedRequest, ResponseCache } from './response-cache.ts'
import type { AccessStep, Decision, RequestContext, Step } from './step.ts'
import { fallbackStep } from './steps/fallback.ts'
import { fileStep } from './steps/file.ts'
import { methodStep } from './steps/method.ts'
import { redirectStep } from './steps/redirect.ts'

const MISSING: Decision = { answer: page(404), because: { kind: 'missing' } }

/**
 * One configuration in force: all that answering a request needs to know. A reload makes another; a request
 * that began under this one ends under it.
 */
export class Site implements Disposable {
  readonly config: Config
  readonly parser: RequestParser
  /** Whether a log names the server's own addresses, which have to be asked for with each new connection. */
  readonly logsLocalAddress: boolean
  readonly root: DocumentRoot
  readonly cache = new ResponseCache()
  readonly #accessSteps: readonly AccessStep[]
  readonly #steps: readonly Step[]
  readonly #files: FileServer
  readonly #folders: FolderLister
  readonly #composer: Composer
  readonly #errorDocuments: ErrorDocuments

  /**
   * @param compressor Encodes files in memory while there is nothing else to do.
   * @param accessSteps Say who may not have what.
   */
  constructor(config: Config, compressor: Compressor, accessSteps: readonly AccessStep[] = []) {
    using opened = new DisposableStack()
    this.config = config
    this.parser = parserFor(config)
    this.logsLocalAddress = config.customLog.some(({ format }) => namesLocalAddress(format))
    this.root = opened.use(rootFor(config, compressor))
    this.#accessSteps = accessSteps
    this.#steps = stepsFor(config, this.root)
    this.#errorDocuments = new ErrorDocuments(config.errorDocument, this.root)
    this.#composer = new Composer(config, this.#errorDocuments)
    const freshness = new Freshness(config.expiresByType, config.expiresDefault)
    this.#files = new FileServer(this.#composer, freshness)
    this.#folders = new FolderLister(this.root, config, this.#composer)
    opened.move()
  }

  /** Another is in force. Requests that began under this one are answered all the same. */
  [Symbol.dispose](): void {
    this.root[Symbol.dispose]()
  }

  /** @param received The request as it came. */
  respond(context: RequestContext, received: ReceivedRequest): Reply | Preparation {
    for (const step of this.#accessSteps) {
      const refused = step(context)
      if (refused !== undefined) return this.#compose(refused, context)
    }
    const known = received instanceof CachedRequest ? received.replyAt(context.now) : undefined
    if (known !== undefined) {
      known.response.at(this.#composer.dateAt(context.now))
      return known
    }
    const decision = this.#decide(context)
    const reply = this.#compose(decision, context)
    if ('response' in reply) this.#remember(received, decision, reply, context.now)
    return reply
  }

  /** The answer to a request that was refused, or whose service failed. */
  respondWithError(status: number, because: Reason, method: string | undefined, now: number): Reply {
    return { response: this.#composer.answer(page(status), method, now), because }
  }

  #decide(context: RequestContext): Decision {
    for (const step of this.#steps) {
      const decision = step(context)
      if (decision !== undefined) return decision
    }
    return MISSING
  }

  #compose({ answer, because }: Decision, { request, now }: RequestContext): Reply | Preparation {
    switch (answer.kind) {
      case 'file':
        return this.#files.serve(request, answer, because, now)
      case 'folder':
        return this.#folders.list(request, because, now)
      default:
        return { response: this.#composer.answer(answer, request.head.line.method, now), because }
    }
  }

  /**
   * For as long as all that was looked for is fresh: a path that leads to its file is kept so by whoever asks for it,
   * but nobody looks again whether something has come that would be sent instead.
   */
  #remember(received: ReceivedRequest, decision: Decision, { response, because }: Reply, now: number): void {
    if (!(response instanceof CachedResponse)) return
    const sighting = this.#sightingOf(decision, response, now)
    if (sighting !== undefined) this.cache.keep(received, { response, because }, sighting)
  }

  /** When all was looked at that has made a response what it is; undefined where that is not known. */
  #sightingOf(decision: Decision, { file, status }: CachedResponse, now: number): Sighting | undefined {
    if (decision === MISSING)
      return { at: file?.sighting?.at ?? this.#errorDocuments.missedAt(status) ?? now }
    if (decision.answer.kind !== 'file' || file?.sighting === undefined) return undefined
    return decision.answer.isSubstitute ? { at: file.sighting.at } : file.sighting
  }
}

function parserFor(config: Config): RequestParser {
  return new RequestParser({
    head: {
      requestLine: config.limitRequestLine,
      fields: config.limitRequestFields,
      fieldSize: config.limitRequestFieldSize,
    },
    body: config.limitRequestBody,
  })
}

function rootFor(config: Config, compressor: Compressor): DocumentRoot {
  const options = {
    path: config.documentRoot,
    directoryIndex: config.directoryIndex,
    dotNames: new DotNames(config.allowDotNames),
    followSymLinks: config.followSymLinks,
    indexes: config.indexes,
    cacheSize: config.fileCacheSize,
    mediaTypes: new MediaTypes({
      types: config.addType,
      charsets: config.addCharset,
      defaultType: config.defaultType,
      textCharset: config.addDefaultCharset,
    }),
    precompressed: config.precompressed,
    compress: config.compress,
  }
  return new DocumentRoot(options, compressor)
}

/** In their order. */
function stepsFor({ redirect, fallbackResource, origins }: Config, root: DocumentRoot): readonly Step[] {
  const originsOf = (name: string) => origins.get(name) ?? []
  const steps = [redirectStep(new RedirectRules(redirect), originsOf('Redirect')), methodStep, fileStep(root)]
  if (fallbackResource === undefined) return steps
  return [...steps, fallbackStep(root, fallbackResource, originsOf('FallbackResource')[0])]
}
