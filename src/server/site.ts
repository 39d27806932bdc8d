import type { Config, ServerTokens } from '../config/config.ts'
import type { Compressor } from '../content/compressor.ts'
import { DocumentRoot, type Found, hasHiddenName } from '../content/document-root.ts'
import { ErrorDocuments } from '../content/error-documents.ts'
import type { FoundFile } from '../content/found-file.ts'
import { LISTING_FORMATS, makeListing } from '../content/listing.ts'
import { readListingView } from '../content/listing-view.ts'
import { MediaTypes } from '../content/media-types.ts'
import { SharedListings, type SharedOutcome } from '../content/shared-listings.ts'
import { byteString } from '../http/byte-string.ts'
import { formatHttpDate } from '../http/date.ts'
import { type Field, FieldGroup } from '../http/field-group.ts'
import { FieldRules } from '../http/field-rules.ts'
import type { Fields } from '../http/fields.ts'
import { Freshness } from '../http/freshness.ts'
import { RedirectRules } from '../http/redirect-rules.ts'
import { type Request, RequestParser } from '../http/request.ts'
import {
  type Answer,
  answerMethod,
  answerPreconditions,
  answerResource,
  type BodyPart,
  lengthOf,
} from '../http/respond.ts'
import { VERSION } from '../version.ts'

/** A response that needs nothing more but to be sent; whoever has sent it disposes of its file and what it holds. */
export interface Response {
  readonly status: number
  readonly fields: readonly FieldGroup[]
  /** In the order they are sent; ranges are of `file`. */
  readonly parts: readonly BodyPart[]
  readonly file: FoundFile | undefined
  /** The file it speaks of, as an absolute path, also when nothing of it is sent. */
  readonly filename: string | undefined
  readonly holds?: Disposable
}

/** A response that takes its time: it pauses after each small bit of work, and whoever gives it up disposes of it. */
export type Preparation = Generator<undefined, Response>

/**
 * One configuration in force: all that answering a request needs to know. A reload makes another; a request
 * that began under this one ends under it.
 */
export class Site {
  readonly config: Config
  readonly parser: RequestParser
  readonly root: DocumentRoot
  readonly #errorDocuments: ErrorDocuments
  readonly #listings = new SharedListings()
  readonly #fallbackResource: string | undefined
  readonly #redirectRules: RedirectRules
  readonly #freshness: Freshness
  readonly #fieldRules: FieldRules
  readonly #server: readonly Field[]
  #dateSecond = Number.NaN
  /** What every response says for a second: Date and Server. */
  #always = new FieldGroup([])

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

  /** @param now Milliseconds since the epoch. */
  respond(request: Request, now: number): Response | Preparation {
    const { head, target } = request
    const { method } = head.line
    const redirection = target.kind === 'resource' ? this.#redirectRules.answer(target) : undefined
    const answer = redirection ?? answerMethod(request)
    if (answer !== undefined) return this.#respond(answer, method, undefined, now)
    if (target.kind !== 'resource') return this.respondWithError(404, method, now)

    const found = this.#find(target.path, now, head.fields)
    if (found.kind === 'listing') return this.#list(request, target, now)
    const file = found.kind === 'file' ? found.file : undefined
    try {
      return this.#respond(answerResource(request, found, now), method, file, now)
    } catch (error) {
      file?.[Symbol.dispose]()
      throw error
    }
  }

  /** The response to a request that was refused, or whose service failed. */
  respondWithError(status: number, method: string | undefined, now: number): Response {
    return this.#respond({ kind: 'page', status, fields: [] }, method, undefined, now)
  }

  /** A hidden name stays absent: whoever looks for secrets is not to be told 200. */
  #find(path: string, now: number, fields: Fields): Found {
    const found = this.root.find(path, now, fields)
    if (found.kind !== 'absent' || this.#fallbackResource === undefined || hasHiddenName(path)) return found
    const fallback = this.root.find(this.#fallbackResource, now, fields)
    return fallback.kind === 'file' ? fallback : found
  }

  *#list(request: Request, target: { path: string; query: string }, now: number): Preparation {
    const { method } = request.head.line
    const unmet = answerPreconditions(request, now)
    if (unmet !== undefined) return this.#respond(unmet, method, undefined, now)
    const folder = this.root.openFolder(target.path)
    if (folder === 'absent') return this.respondWithError(404, method, now)
    if (folder === 'forbidden') return this.respondWithError(403, method, now)

    const view = readListingView(target.query)
    const subject = { path: target.path, serverName: this.config.serverName, view }
    using held = new DisposableStack()
    const listing = held.use(
      this.#listings.join(JSON.stringify(subject), folder, () => makeListing(folder, subject), now),
    )
    const outcome = yield* listing.make()
    if (typeof outcome === 'string') return this.#respond(LISTING_FAULTS[outcome], method, undefined, now)
    const format = LISTING_FORMATS[view.format]
    const described = describe([...format.fields, ...LISTING_FIELDS], format.mediaType, outcome)
    const response = this.#complete(200, described, outcome, undefined, method, now)
    return { ...response, filename: folder.path, holds: held.move() }
  }

  #respond(answer: Answer, method: string | undefined, file: FoundFile | undefined, now: number): Response {
    switch (answer.kind) {
      case 'content': {
        const fields = this.#withFreshness(answer.fields, file, now)
        return this.#complete(answer.status, fields, answer.parts, file, method, now)
      }
      case 'empty': {
        const fields = this.#withFreshness(answer.fields, file, now)
        return this.#complete(answer.status, fields, [], file, method, now)
      }
      case 'page':
        file?.[Symbol.dispose]()
        return this.#explain(answer.status, answer.fields, method, now)
      default:
        return answer satisfies never
    }
  }

  #explain(status: number, fields: readonly Field[], method: string | undefined, now: number): Response {
    const location = fields.find(([name]) => name === 'Location')?.[1]
    const content = this.#errorDocuments.for(status, now, location)
    switch (content.kind) {
      case 'file': {
        const { file } = content
        const parts = file.size === 0 ? [] : [{ first: 0, last: file.size - 1 }]
        const described = describe(fields, file.mediaType, parts)
        return this.#complete(status, described, parts, file, method, now)
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

  /** HEAD gets the fields of GET, Content-Length too, and nothing of the body (RFC 9110 §9.3.2). */
  #complete(
    status: number,
    described: FieldGroup,
    parts: readonly BodyPart[],
    file: FoundFile | undefined,
    method: string | undefined,
    now: number,
  ): Response {
    const fields = this.#withRules(status, [this.#alwaysAt(now), described])
    const filename = file?.path
    if (method !== 'HEAD' && parts.length > 0) return { status, fields, parts, file, filename }
    file?.[Symbol.dispose]()
    return { status, fields, parts: [], file: undefined, filename }
  }

  #withFreshness(group: FieldGroup, file: FoundFile | undefined, now: number): FieldGroup {
    const freshness = file === undefined ? [] : this.#freshness.fieldsOf(file, now)
    return freshness.length === 0 ? group : new FieldGroup([...group.fields, ...freshness])
  }

  /** The administrator's rules come last, so that they may change everything but what delimits the response. */
  #withRules(status: number, groups: readonly FieldGroup[]): readonly FieldGroup[] {
    if (this.#fieldRules.spare(status)) return groups
    const fields = groups.flatMap(group => group.fields)
    return [new FieldGroup(this.#fieldRules.apply(status, fields))]
  }

  #alwaysAt(now: number): FieldGroup {
    const second = Math.floor(now / 1000)
    if (second !== this.#dateSecond) {
      this.#dateSecond = second
      this.#always = new FieldGroup([['Date', formatHttpDate(now)], ...this.#server])
    }
    return this.#always
  }
}

function describe(fields: readonly Field[], mediaType: string, parts: readonly BodyPart[]): FieldGroup {
  return new FieldGroup([...fields, ['Content-Type', mediaType], ['Content-Length', String(lengthOf(parts))]])
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
