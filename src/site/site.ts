import type { Config, ServerTokens } from '../config/config.ts'
import { namesLocalAddress } from '../config/values/log-format.ts'
import type { Compressor } from '../encoding/compressor.ts'
import { DocumentRoot, type Found, hasHiddenName, substitute } from '../files/document-root.ts'
import { type Answerable, FileInMemory, type FoundFile } from '../files/found-file.ts'
import { MediaTypes } from '../files/media-types.ts'
import { byteString } from '../http/byte-string.ts'
import { formatHttpDate } from '../http/date.ts'
import type { Field } from '../http/field.ts'
import type { Fields } from '../http/fields.ts'
import { type Request, RequestParser } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import { FieldRules } from '../http/response/field-rules.ts'
import { Freshness } from '../http/response/freshness.ts'
import { RedirectRules } from '../http/response/redirect-rules.ts'
import {
  type Answer,
  answerFile,
  answerMethod,
  answerPreconditions,
  answerResource,
  type BodyPart,
  contentLength,
  type FileAnswer,
  fieldsOfWhole,
  lengthOf,
  validatorsOf,
  wholeOf,
} from '../http/response/respond.ts'
import { LISTING_FORMATS, makeListing } from '../listing/listing.ts'
import { readListingView } from '../listing/listing-view.ts'
import { SharedListings, type SharedOutcome } from '../listing/shared-listings.ts'
import { VERSION } from '../version.ts'
import { type ErrorContent, ErrorDocuments, type ErrorPage } from './error-documents.ts'
import { FamiliarRequest, FamiliarRequests } from './familiar-requests.ts'
import { ALWAYS, keepAnswer, RepeatedResponse, recallAnswer } from './repeated-response.ts'
import type { Response } from './response.ts'

/** A response that takes its time: it pauses after each small bit of work, and whoever gives it up disposes of it. */
export type Preparation = Generator<undefined, Response>

/** The present second, which is as exact as Date is. */
interface Second {
  /** Milliseconds since the epoch. */
  readonly end: number
  readonly date: Field
}

/**
 * One configuration in force: all that answering a request needs to know. A reload makes another; a request
 * that began under this one ends under it.
 */
export class Site {
  readonly config: Config
  readonly parser: RequestParser
  /** Whether a log names the server's own addresses, which takes 8 % of the CPU time of a new connection. */
  readonly logsLocalAddress: boolean
  readonly root: DocumentRoot
  readonly familiar = new FamiliarRequests()
  readonly #errorDocuments: ErrorDocuments
  readonly #listings = new SharedListings()
  readonly #fallbackResource: string | undefined
  readonly #redirectRules: RedirectRules
  readonly #freshness: Freshness
  readonly #fieldRules: FieldRules
  readonly #server: readonly Field[]
  #second: Second = { end: Number.NaN, date: ['Date', ''] }

  /** @param compressor Encodes files in memory while there is nothing else to do. */
  constructor(config: Config, compressor: Compressor) {
    this.config = config
    this.parser = new RequestParser({
      head: {
        requestLine: config.limitRequestLine,
        fields: config.limitRequestFields,
        fieldSize: config.limitRequestFieldSize,
      },
      body: config.limitRequestBody,
    })
    this.logsLocalAddress = config.customLog.some(({ format }) => namesLocalAddress(format))
    const rootOptions = {
      path: config.documentRoot,
      directoryIndex: config.directoryIndex,
      followSymLinks: config.followSymLinks,
      indexes: config.indexes,
      cacheSize: config.fileCacheSize,
      mediaTypes: new MediaTypes({
        types: config.addType,
        charsets: config.addCharset,
        textCharset: config.addDefaultCharset,
      }),
      precompressed: config.precompressed,
      compress: config.compress,
    }
    this.root = new DocumentRoot(rootOptions, compressor)
    this.#errorDocuments = new ErrorDocuments(config.errorDocument, this.root)
    this.#fallbackResource =
      config.fallbackResource === undefined ? undefined : byteString(config.fallbackResource)
    this.#redirectRules = new RedirectRules(config.redirect)
    this.#freshness = new Freshness(config.expiresByType, config.expiresDefault)
    this.#fieldRules = new FieldRules(config.header)
    this.#server = serverField(config.serverTokens)
  }

  /**
   * @param now Milliseconds since the epoch.
   * @param received The request as it came.
   */
  respond(request: Request, now: number, received: ReceivedRequest): Response | Preparation {
    const known = received instanceof FamiliarRequest ? received.answerAt(now) : undefined
    if (known !== undefined) return known.at(this.#secondOf(now).date)
    const decision = this.#decide(request, now)
    const response = this.#carryOut(decision, request, now)
    if (decision.kind === 'file' && response instanceof RepeatedResponse) {
      this.#remember(received, response, 'isSubstitute' in decision)
    }
    return response
  }

  #decide(request: Request, now: number): Answer | Found {
    const { head, target } = request
    const redirection = target.kind === 'resource' ? this.#redirectRules.answer(target) : undefined
    const answer = redirection ?? answerMethod(request)
    if (answer !== undefined) return answer
    if (target.kind !== 'resource') return { kind: 'absent' }
    return this.#find(target.path, now, head.fields)
  }

  #carryOut(decision: Answer | Found, request: Request, now: number): Response | Preparation {
    const { method } = request.head.line
    switch (decision.kind) {
      case 'file':
        return this.#serve(request, decision.file, now)
      case 'listing':
        return this.#list(request, now)
      case 'page':
      case 'empty':
        return this.#respond(decision, method, now)
      default:
        return this.#respond(answerResource(request, decision), method, now)
    }
  }

  /**
   * For as long as all that was looked for is fresh: a path that leads to its file is kept so by whoever asks for it,
   * but nobody looks again whether something has come that would be sent instead.
   */
  #remember(received: ReceivedRequest, response: RepeatedResponse, isSubstitute: boolean): void {
    const sighting = response.file?.sighting
    if (sighting === undefined) return
    this.familiar.answered(received, response, isSubstitute ? { at: sighting.at } : sighting)
  }

  /** The response to a request that was refused, or whose service failed. */
  respondWithError(status: number, method: string | undefined, now: number): Response {
    return this.#respond({ kind: 'page', status, fields: [] }, method, now)
  }

  /** A hidden name stays absent: whoever looks for secrets is not to be told 200. */
  #find(path: string, now: number, fields: Fields): Found {
    const found = this.root.find(path, now, fields)
    if (found.kind !== 'absent' || this.#fallbackResource === undefined || hasHiddenName(path)) return found
    const fallback = this.root.find(this.#fallbackResource, now, fields)
    return fallback.kind === 'file' ? substitute(fallback) : found
  }

  *#list(request: Request, now: number): Preparation {
    const { head, target } = request
    const { method } = head.line
    if (target.kind !== 'resource') throw new Error(`A ${target.kind} is no folder`)
    const unmet = answerPreconditions(request, now)
    if (unmet !== undefined) return this.#respond(unmet, method, now)
    const view = readListingView(target.query)
    const subject = { path: target.path, serverName: this.config.serverName, view }
    const folder = this.root.openFolder(target.path)
    if (folder === 'absent') return this.respondWithError(404, method, now)
    if (folder === 'forbidden') return this.respondWithError(403, method, now)

    using held = new DisposableStack()
    const listing = held.use(
      this.#listings.join(JSON.stringify(subject), folder, () => makeListing(folder, subject), now),
    )
    const outcome = yield* listing.make()
    if (typeof outcome === 'string') return this.#respond(LISTING_FAULTS[outcome], method, now)
    const format = LISTING_FORMATS[view.format]
    const described = describe([...format.fields, ...LISTING_FIELDS], format.mediaType, outcome)
    const response = this.#complete(200, described, outcome, undefined, method, now)
    return { ...response, filename: folder.path, holds: held.move() }
  }

  /** Whatever becomes of it, the file does not stay open. */
  #serve(request: Request, file: FoundFile, now: number): Response {
    try {
      return this.#respondWith(file, answerFile(request, file, now), request.head.line.method, now)
    } catch (error) {
      file[Symbol.dispose]()
      throw error
    }
  }

  #respondWith(file: FoundFile, answer: FileAnswer, method: string, now: number): Response {
    switch (answer.kind) {
      case 'whole':
        if (method !== 'GET' || !(file instanceof FileInMemory)) return this.#sendWhole(file, method, now)
        return this.#recall(200, file, now) ?? this.#keepFor(file, this.#sendWhole(file, method, now), now)
      case 'not modified':
        if (!(file instanceof FileInMemory)) return this.#tellUnchanged(file, now)
        return this.#recall(304, file, now) ?? this.#keepFor(file, this.#tellUnchanged(file, now), now)
      case 'partial': {
        const fields = this.#withFreshness(answer.fields, file, now)
        return this.#complete(206, fields, answer.parts, file, method, now)
      }
      default:
        file[Symbol.dispose]()
        return this.#respond(answer, method, now)
    }
  }

  #recall(status: number, content: Answerable, now: number): Response | undefined {
    return recallAnswer(content, status, now)?.at(this.#secondOf(now).date)
  }

  #keepFor(file: FileInMemory, made: Response, now: number): Response {
    // A Last-Modified that lies ahead is cut down to the Date, and how long a file is fresh may be counted from it.
    const dependsOnDate = file.modified > now || this.#freshness.fieldsOf(file, now).length > 0
    const { end } = this.#secondOf(now)
    const validity = dependsOnDate
      ? { from: end - 1000, until: end }
      : { from: file.modified, until: Number.POSITIVE_INFINITY }
    return keepAnswer(file, new RepeatedResponse(made, file, validity))
  }

  #sendWhole(file: FoundFile, method: string, now: number): Response {
    const fields = this.#withFreshness(fieldsOfWhole(file, now), file, now)
    return this.#complete(200, fields, wholeOf(file), file, method, now)
  }

  #tellUnchanged(file: FoundFile, now: number): Response {
    const fields = this.#withFreshness(validatorsOf(file, now), file, now)
    return this.#complete(304, fields, [], file, undefined, now)
  }

  #respond(answer: Answer, method: string | undefined, now: number): Response {
    switch (answer.kind) {
      case 'empty':
        return this.#complete(answer.status, answer.fields, [], undefined, method, now)
      case 'page':
        return this.#explain(answer.status, answer.fields, method, now)
      default:
        return answer satisfies never
    }
  }

  #explain(status: number, fields: readonly Field[], method: string | undefined, now: number): Response {
    const location = fields.find(([name]) => name === 'Location')?.[1]
    const content = this.#errorDocuments.for(status, now, location)
    const page = repeatedPage(content)
    if (page === undefined || fields.length > 0 || method === 'HEAD')
      return this.#sendPage(status, fields, content, method, now)
    const known = this.#recall(status, page, now)
    if (known !== undefined) return known
    const made = this.#sendPage(status, fields, content, method, now)
    return keepAnswer(page, new RepeatedResponse(made, page.bytes, ALWAYS))
  }

  #sendPage(
    status: number,
    fields: readonly Field[],
    content: ErrorContent,
    method: string | undefined,
    now: number,
  ): Response {
    switch (content.kind) {
      case 'file': {
        const { file } = content
        const parts = wholeOf(file)
        return this.#complete(status, describe(fields, file.mediaType, parts), parts, file, method, now)
      }
      case 'generated': {
        const parts = [content.bytes]
        const described = describe([...fields, ...content.fields], content.mediaType, parts)
        return this.#complete(status, described, parts, undefined, method, now)
      }
      default:
        return content satisfies never
    }
  }

  /**
   * HEAD gets the fields of GET, Content-Length too, and nothing of the body (RFC 9110 §9.3.2). The administrator's
   * rules come last, so that they may change everything but what delimits the response.
   */
  #complete(
    status: number,
    described: readonly Field[],
    parts: readonly BodyPart[],
    file: FoundFile | undefined,
    method: string | undefined,
    now: number,
  ): Response {
    const fields = this.#fieldRules.apply(status, [this.#secondOf(now).date, ...this.#server, ...described])
    const filename = file?.path
    if (method !== 'HEAD' && parts.length > 0) return { status, fields, parts, file, filename }
    file?.[Symbol.dispose]()
    return { status, fields, parts: [], file: undefined, filename }
  }

  #withFreshness(fields: readonly Field[], file: FoundFile, now: number): readonly Field[] {
    return [...fields, ...this.#freshness.fieldsOf(file, now)]
  }

  #secondOf(now: number): Second {
    const start = Math.floor(now / 1000) * 1000
    if (start + 1000 !== this.#second.end)
      this.#second = { end: start + 1000, date: ['Date', formatHttpDate(now)] }
    return this.#second
  }
}

/** The page, if it is in memory and likely to be sent again. */
function repeatedPage(content: ErrorContent): ErrorPage | FileInMemory | undefined {
  if (content.kind === 'generated') return content
  return content.file instanceof FileInMemory ? content.file : undefined
}

function describe(fields: readonly Field[], mediaType: string, parts: readonly BodyPart[]): readonly Field[] {
  return [...fields, ['Content-Type', mediaType], contentLength(lengthOf(parts))]
}

/** A listing is true when it is made, and has nothing by which it could be told to be still true. */
const LISTING_FIELDS: readonly Field[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Cache-Control', 'no-cache'],
]

const LISTING_FAULTS: Readonly<Record<Extract<SharedOutcome, string>, Answer>> = {
  'too long': { kind: 'page', status: 403, fields: [] },
  'no room': { kind: 'page', status: 503, fields: [['Retry-After', '5']] },
  failed: { kind: 'page', status: 500, fields: [] },
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
