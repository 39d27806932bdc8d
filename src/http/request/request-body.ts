import type { Fields } from '../fields.ts'
import { FIELD_LINE, OWS, QUOTED_STRING, TOKEN } from '../grammar.ts'
import { splitList } from '../list.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { RequestHead } from './request-head.ts'

/** How a request's body ends (RFC 9112 §6.3). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'counted'; readonly length: number }
  | { readonly kind: 'chunked' }

const NO_BODY: BodyFraming = { kind: 'none' }

/**
 * Decides how a request's body ends, and refuses whatever another reader might decide otherwise: that is
 * how requests are smuggled (RFC 9112 §11.2).
 */
export function bodyFraming(head: RequestHead, limit: number): BodyFraming | Refusal {
  const { fields } = head
  switch (fields.judge(framingField)) {
    case 'transfer-encoding':
      return chunkedFraming(head)
    case 'content-length':
      return countedFraming(fields, limit)
    case 'none':
      return NO_BODY
  }
}

function framingField(fields: Fields): 'transfer-encoding' | 'content-length' | 'none' {
  if (fields.has('transfer-encoding')) return 'transfer-encoding'
  return fields.has('content-length') ? 'content-length' : 'none'
}

function chunkedFraming({ fields, line }: RequestHead): BodyFraming | Refusal {
  if (fields.has('content-length')) return refusal(400, 'Both Content-Length and Transfer-Encoding')
  if (line.version === '1.0') return refusal(400, 'Transfer-Encoding in an HTTP/1.0 request')
  const codings = splitList((fields.get('transfer-encoding') ?? '').toLowerCase())
  // RFC 9112 §6.3: without it at the end nobody can tell where the body ends, and §7.1: nowhere else may it be.
  if (codings.pop() !== 'chunked') return refusal(400, 'The last transfer coding is not chunked')
  if (codings.some(coding => coding === 'chunked' || coding === ''))
    return refusal(400, 'Transfer-Encoding is malformed')
  if (codings.length > 0) return refusal(501, 'A transfer coding other than chunked')
  return { kind: 'chunked' }
}

function countedFraming(fields: Fields, limit: number): BodyFraming | Refusal {
  const [text = '', ...more] = fields.lines('content-length')
  if (more.length > 0) return refusal(400, 'More than one Content-Length')
  if (!/^[0-9]+$/.test(text)) return refusal(400, 'Content-Length is not a number')
  const length = Number(text)
  if (length > limit) return refusal(413, `The body exceeds ${limit} bytes (LimitRequestBody)`)
  return length === 0 ? NO_BODY : { kind: 'counted', length }
}

/** BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] (RFC 9112 §7.1.1). */
const EXTENSION = `${OWS};${OWS}${TOKEN}(?:${OWS}=${OWS}(?:${TOKEN}|${QUOTED_STRING}))?`
/** chunk-size [ chunk-ext ] (RFC 9112 §7.1), with all extensions as one. */
const CHUNK_LINE = new RegExp(`^([0-9A-Fa-f]{1,8})((?:${EXTENSION})*)$`)
/** field-line, or empty. */
const TRAILER_LINE = new RegExp(`^(?:${FIELD_LINE})?$`)
/** The most bytes of all chunk extensions of a body, which carry nothing (RFC 9112 §7.1.1). */
const EXTENSIONS_LIMIT = 8190
/** The most bytes of all trailer fields. */
const TRAILER_LIMIT = 8190

/** The most bytes a line may have before its LF, and what it is when it has more. */
const LINES = {
  'chunk-line': { limit: 256, tooLong: refusal(400, 'A chunk size line is too long') },
  // Nothing but the CR.
  'chunk-end': { limit: 1, tooLong: refusal(400, 'A chunk is longer than it said') },
  trailer: { limit: TRAILER_LIMIT, tooLong: refusal(431, 'A trailer field is too long') },
}

/**
 * Reads past a body nobody wants, so that the next request is found where it begins. Nothing of it is kept.
 */
export class BodyDiscarder {
  readonly #limit: number
  /** What must come next; `data` has `#left` bytes to go. */
  #expects: 'data' | keyof typeof LINES
  readonly #chunked: boolean
  #left: number
  #received = 0
  #extensions = 0
  #trailer = 0

  /** @param limit Bytes of content allowed (LimitRequestBody). */
  constructor(framing: Exclude<BodyFraming, { kind: 'none' }>, limit: number) {
    this.#limit = limit
    this.#chunked = framing.kind === 'chunked'
    this.#expects = this.#chunked ? 'chunk-line' : 'data'
    this.#left = framing.kind === 'counted' ? framing.length : 0
  }

  /** Consumes what it can from `from` on: the bytes used, and whether the body has ended or broken its own framing. */
  consume(input: string, from = 0): { readonly used: number; readonly outcome: 'more' | 'ended' | Refusal } {
    let used = 0
    for (;;) {
      if (this.#expects === 'data') {
        const step = Math.min(this.#left, input.length - from - used)
        used += step
        this.#left -= step
        if (this.#left > 0) return { used, outcome: 'more' }
        if (!this.#chunked) return { used, outcome: 'ended' }
        this.#expects = 'chunk-end'
      }
      const line = this.#line(this.#expects, input, from + used)
      if (typeof line !== 'string') return { used, outcome: line ?? 'more' }
      used += line.length + 2
      const outcome = this.#accept(line)
      if (outcome !== 'more') return { used, outcome }
    }
  }

  /** The next line without its CRLF; undefined while it is incomplete. */
  #line(kind: keyof typeof LINES, input: string, from: number): string | undefined | Refusal {
    const { limit, tooLong } = LINES[kind]
    const feed = input.indexOf('\n', from)
    if ((feed < 0 ? input.length : feed) - from > limit) return tooLong
    if (feed < 0) return undefined
    if (feed === from || input[feed - 1] !== '\r') {
      return refusal(400, 'A line of the chunked body ends in LF without CR')
    }
    return input.slice(from, feed - 1)
  }

  #accept(line: string): 'more' | 'ended' | Refusal {
    switch (this.#expects) {
      case 'chunk-end':
        this.#expects = 'chunk-line'
        return 'more'
      case 'chunk-line':
        return this.#beginChunk(line)
      case 'trailer':
        this.#trailer += line.length + 2
        if (this.#trailer > TRAILER_LIMIT) return refusal(431, 'The trailer section is too long')
        if (!TRAILER_LINE.test(line)) return refusal(400, 'A trailer field is malformed')
        return line === '' ? 'ended' : 'more'
      case 'data':
        return 'more'
      default:
        return this.#expects satisfies never
    }
  }

  #beginChunk(line: string): 'more' | Refusal {
    const [, size, extensions = ''] = CHUNK_LINE.exec(line) ?? []
    if (size === undefined) return refusal(400, 'A chunk size is malformed')
    this.#extensions += extensions.length
    if (this.#extensions > EXTENSIONS_LIMIT) return refusal(400, 'The chunk extensions are too long')
    this.#left = Number.parseInt(size, 16)
    this.#received += this.#left
    if (this.#received > this.#limit)
      return refusal(413, `The body exceeds ${this.#limit} bytes (LimitRequestBody)`)
    this.#expects = this.#left === 0 ? 'trailer' : 'data'
    return 'more'
  }
}
