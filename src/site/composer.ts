import { FileInMemory, type FoundFile } from '../files/found-file.ts'
import type { Field } from '../http/field.ts'
import { type FieldRule, FieldRules } from '../http/response/field-rules.ts'
import { type Answer, type BodyPart, contentLength, lengthOf, wholeOf } from '../http/response/respond.ts'
import { ALWAYS, CachedResponse, cachedResponse, cacheResponse } from './cached-response.ts'
import type { ErrorContent, ErrorDocuments, ErrorPage } from './error-documents.ts'
import type { Response } from './response.ts'
import type { ResponseClock } from './response-clock.ts'

/** What a response says and sends, before Date, Server and the administrator's rules. */
export interface Content {
  readonly status: number
  readonly fields: readonly Field[]
  readonly parts: readonly BodyPart[]
  /** What the parts are of. */
  readonly file?: FoundFile | undefined
}

/** What is true of every response of a configuration. */
export interface Common {
  readonly clock: ResponseClock
  readonly serverField: readonly Field[]
}

/** Makes whole responses: what all of them say, the pages that explain a status, and the administrator's rules. */
export class Composer {
  readonly #errorDocuments: ErrorDocuments
  readonly #fieldRules: FieldRules
  readonly #common: Common

  constructor(header: readonly FieldRule[], common: Common, errorDocuments: ErrorDocuments) {
    this.#errorDocuments = errorDocuments
    this.#fieldRules = new FieldRules(header)
    this.#common = common
  }

  /** @param method Undefined when it could not be made out. */
  answer(answer: Answer, method: string | undefined, now: number): Response {
    switch (answer.kind) {
      case 'empty':
        return this.complete({ ...answer, parts: [] }, method, now)
      case 'page':
        return this.#explain(answer.status, answer.fields, method, now)
      case 'text': {
        const parts = [Buffer.from(answer.text, 'latin1')]
        const fields = describe(answer.fields, 'text/plain', parts)
        return this.complete({ status: answer.status, fields, parts }, method, now)
      }
      default:
        return answer satisfies never
    }
  }

  /**
   * HEAD gets the fields of GET, Content-Length too, and nothing of the body (RFC 9110 §9.3.2). The administrator's
   * rules come last, so that they may change everything but what delimits the response.
   */
  complete(
    { status, fields: described, parts, file }: Content,
    method: string | undefined,
    now: number,
  ): Response {
    const { clock, serverField } = this.#common
    const fields = this.#fieldRules.apply(status, [clock.dateAt(now), ...serverField, ...described])
    const filename = file?.path
    if (method !== 'HEAD' && parts.length > 0) return { status, fields, parts, file, filename }
    file?.[Symbol.dispose]()
    return { status, fields, parts: [], file: undefined, filename }
  }

  #explain(status: number, fields: readonly Field[], method: string | undefined, now: number): Response {
    const location = fields.find(([name]) => name === 'Location')?.[1]
    const content = this.#errorDocuments.for(status, now, location)
    const page = pageInMemory(content)
    if (page === undefined || fields.length > 0 || method === 'HEAD')
      return this.complete(contentOf(status, fields, content), method, now)
    const known = cachedResponse(page, status, now)
    if (known !== undefined) return known.at(this.#common.clock.dateAt(now))
    const made = this.complete(contentOf(status, fields, content), method, now)
    return cacheResponse(page, new CachedResponse(made, page.bytes, ALWAYS))
  }
}

/** The page, if it is in memory and likely to be sent again. */
function pageInMemory(content: ErrorContent): ErrorPage | FileInMemory | undefined {
  if (content.kind === 'generated') return content
  return content.file instanceof FileInMemory ? content.file : undefined
}

function contentOf(status: number, fields: readonly Field[], content: ErrorContent): Content {
  switch (content.kind) {
    case 'file': {
      const { file } = content
      const parts = wholeOf(file)
      return { status, fields: describe(fields, file.mediaType, parts), parts, file }
    }
    case 'generated': {
      const parts = [content.bytes]
      return { status, fields: describe([...fields, ...content.fields], content.mediaType, parts), parts }
    }
    default:
      return content satisfies never
  }
}

/** The fields, and those that describe a body made of these parts. */
export function describe(
  fields: readonly Field[],
  mediaType: string,
  parts: readonly BodyPart[],
): readonly Field[] {
  return [...fields, ['Content-Type', mediaType], contentLength(lengthOf(parts))]
}
