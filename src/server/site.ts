import type { Config, ServerTokens } from '../config/config.ts'
import { DocumentRoot, type Found, hasHiddenName } from '../content/document-root.ts'
import { ErrorDocuments } from '../content/error-documents.ts'
import type { FoundFile } from '../content/found-file.ts'
import { MediaTypes } from '../content/media-types.ts'
import { byteString } from '../http/byte-string.ts'
import { formatHttpDate } from '../http/date.ts'
import { FieldRules } from '../http/field-rules.ts'
import { Freshness } from '../http/freshness.ts'
import { RedirectRules } from '../http/redirect-rules.ts'
import type { Request, RequestLimits } from '../http/request.ts'
import { type Answer, answerMethod, answerResource, type BodyPart, type Field } from '../http/respond.ts'
import { VERSION } from '../version.ts'

/** A response that needs nothing more but to be sent; whoever has sent it disposes of its file. */
export interface Response {
  readonly status: number
  readonly fields: readonly Field[]
  /** In the order they are sent; ranges are of `file`. */
  readonly parts: readonly BodyPart[]
  readonly file: FoundFile | undefined
}

/**
 * One configuration in force: all that answering a request needs to know. A reload makes another; a request
 * that began under this one ends under it.
 */
export class Site {
  readonly config: Config
  readonly limits: RequestLimits
  readonly root: DocumentRoot
  readonly #errorDocuments: ErrorDocuments
  readonly #fallbackResource: string | undefined
  readonly #redirectRules: RedirectRules
  readonly #freshness: Freshness
  readonly #fieldRules: FieldRules
  readonly #server: readonly Field[]
  #dateSecond = Number.NaN
  #date: Field = ['Date', '']

  constructor(config: Config) {
    this.config = config
    this.limits = {
      head: {
        requestLine: config.limitRequestLine,
        fields: config.limitRequestFields,
        fieldSize: config.limitRequestFieldSize,
      },
      body: config.limitRequestBody,
    }
    this.root = new DocumentRoot({
      path: config.documentRoot,
      directoryIndex: config.directoryIndex,
      followSymLinks: config.followSymLinks,
      cacheSize: config.fileCacheSize,
      mediaTypes: new MediaTypes({
        types: config.addType,
        charsets: config.addCharset,
        textCharset: config.addDefaultCharset,
      }),
    })
    this.#errorDocuments = new ErrorDocuments(config.errorDocument, this.root)
    this.#fallbackResource =
      config.fallbackResource === undefined ? undefined : byteString(config.fallbackResource)
    this.#redirectRules = new RedirectRules(config.redirect)
    this.#freshness = new Freshness(config.expiresByType, config.expiresDefault)
    this.#fieldRules = new FieldRules(config.header)
    this.#server = serverField(config.serverTokens)
  }

  /** @param now Milliseconds since the epoch. */
  respond(request: Request, now: number): Response {
    const { head, target } = request
    const redirection = target.kind === 'resource' ? this.#redirectRules.answer(target) : undefined
    const answer = redirection ?? answerMethod(request)
    if (answer !== undefined) return this.#respond(answer, head.method, undefined, now)
    if (target.kind !== 'resource') return this.respondWithError(404, head.method, now)

    const found = this.#find(target.path, now)
    const file = found.kind === 'file' ? found.file : undefined
    try {
      return this.#respond(answerResource(request, found, now), head.method, file, now)
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
  #find(path: string, now: number): Found {
    const found = this.root.find(path, now)
    if (found.kind !== 'absent' || this.#fallbackResource === undefined || hasHiddenName(path)) return found
    const fallback = this.root.find(this.#fallbackResource, now)
    return fallback.kind === 'file' ? fallback : found
  }

  #respond(answer: Answer, method: string | undefined, file: FoundFile | undefined, now: number): Response {
    switch (answer.kind) {
      case 'content': {
        const fields = this.#withFreshness(answer.fields, file, now)
        return this.#complete(answer.status, fields, answer.parts, file, method, now)
      }
      case 'empty': {
        file?.[Symbol.dispose]()
        const fields = this.#withFreshness(answer.fields, file, now)
        const completed = this.#completeFields(answer.status, fields, now)
        return { status: answer.status, fields: completed, parts: [], file: undefined }
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
        return this.#complete(status, [...fields, ['Content-Type', file.mediaType]], parts, file, method, now)
      }
      case 'generated': {
        const described: Field[] = [
          ...fields,
          ['Content-Type', content.mediaType],
          ['X-Content-Type-Options', 'nosniff'],
        ]
        return this.#complete(status, described, [content.bytes], undefined, method, now)
      }
      default:
        return content satisfies never
    }
  }

  /** HEAD gets the fields of GET, Content-Length too, and nothing of the body (RFC 9110 §9.3.2). */
  #complete(
    status: number,
    fields: readonly Field[],
    parts: readonly BodyPart[],
    file: FoundFile | undefined,
    method: string | undefined,
    now: number,
  ): Response {
    const length: Field = ['Content-Length', String(lengthOf(parts))]
    const completed = this.#completeFields(status, [...fields, length], now)
    if (method !== 'HEAD') return { status, fields: completed, parts, file }
    file?.[Symbol.dispose]()
    return { status, fields: completed, parts: [], file: undefined }
  }

  #withFreshness(fields: readonly Field[], file: FoundFile | undefined, now: number): readonly Field[] {
    const freshness = file === undefined ? [] : this.#freshness.fieldsOf(file, now)
    return freshness.length === 0 ? fields : [...fields, ...freshness]
  }

  /** The administrator's rules come last, so that they may change everything but what delimits the response. */
  #completeFields(status: number, fields: readonly Field[], now: number): readonly Field[] {
    const second = Math.floor(now / 1000)
    if (second !== this.#dateSecond) {
      this.#dateSecond = second
      this.#date = ['Date', formatHttpDate(now)]
    }
    return this.#fieldRules.apply(status, [this.#date, ...this.#server, ...fields])
  }
}

function lengthOf(parts: readonly BodyPart[]): number {
  return parts.reduce(
    (length, part) => length + (Buffer.isBuffer(part) ? part.length : part.last - part.first + 1),
    0,
  )
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
