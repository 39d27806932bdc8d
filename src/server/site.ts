import type { Config, ServerTokens } from '../config/config.ts'
import { DocumentRoot } from '../content/document-root.ts'
import { ErrorDocuments } from '../content/error-documents.ts'
import type { FoundFile } from '../content/found-file.ts'
import { MediaTypes } from '../content/media-types.ts'
import { formatHttpDate } from '../http/date.ts'
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
      mediaTypes: new MediaTypes(),
    })
    this.#errorDocuments = new ErrorDocuments(config.errorDocument, this.root)
    this.#server = serverField(config.serverTokens)
  }

  /** @param now Milliseconds since the epoch. */
  respond(request: Request, now: number): Response {
    const answer = answerMethod(request)
    if (answer !== undefined) return this.#respond(answer, request.head.method, undefined, now)
    if (request.target.kind !== 'resource') return this.respondWithError(404, request.head.method, now)

    const found = this.root.find(request.target.path, now)
    const file = found.kind === 'file' ? found.file : undefined
    try {
      return this.#respond(answerResource(request, found, now), request.head.method, file, now)
    } catch (error) {
      file?.[Symbol.dispose]()
      throw error
    }
  }

  /** The response to a request that was refused, or whose service failed. */
  respondWithError(status: number, method: string | undefined, now: number): Response {
    return this.#respond({ kind: 'page', status, fields: [] }, method, undefined, now)
  }

  #respond(answer: Answer, method: string | undefined, file: FoundFile | undefined, now: number): Response {
    switch (answer.kind) {
      case 'content':
        return this.#complete(answer.status, answer.fields, answer.parts, file, method, now)
      case 'empty':
        file?.[Symbol.dispose]()
        return { status: answer.status, fields: this.#common(now, answer.fields), parts: [], file: undefined }
      case 'page':
        file?.[Symbol.dispose]()
        return this.#explain(answer.status, answer.fields, method, now)
      default:
        return answer satisfies never
    }
  }

  #explain(status: number, fields: readonly Field[], method: string | undefined, now: number): Response {
    const content = this.#errorDocuments.for(status, now)
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
    const described = this.#common(now, [...fields, ['Content-Length', String(lengthOf(parts))]])
    if (method !== 'HEAD') return { status, fields: described, parts, file }
    file?.[Symbol.dispose]()
    return { status, fields: described, parts: [], file: undefined }
  }

  #common(now: number, fields: readonly Field[]): readonly Field[] {
    const second = Math.floor(now / 1000)
    if (second !== this.#dateSecond) {
      this.#dateSecond = second
      this.#date = ['Date', formatHttpDate(now)]
    }
    return [this.#date, ...this.#server, ...fields]
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
