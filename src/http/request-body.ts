import type { Fields } from './fields.ts'
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
  if (fields.has('transfer-encoding')) return chunkedFraming(head)
  if (!fields.has('content-length')) return NO_BODY
  return countedFraming(fields, limit)
}

function chunkedFraming({ fields, version }: RequestHead): BodyFraming | Refusal {
  if (fields.has('content-length')) return refusal(400, 'Both Content-Length and Transfer-Encoding')
  if (version === '1.0') return refusal(400, 'Transfer-Encoding in an HTTP/1.0 request')
  if (fields.get('transfer-encoding')?.toLowerCase() !== 'chunked') {
    return refusal(501, 'A transfer coding other than chunked')
  }
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

/** Longest chunk-size line with its extensions, and longest trailer section, in bytes. */
const CHUNK_LINE_LIMIT = 256
const TRAILER_LIMIT = 8190
/** chunk-size [ chunk-ext ] (RFC 9112 §7.1); nothing but visible bytes and blanks in an extension. */
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
/** field-line, or empty. */
const TRAILER_LINE = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*)?$/

/**
 * Reads past a body nobody wants, so that the next request is found where it begins. Nothing of it is kept.
 */
export class BodyDiscarder {
  readonly #limit: number
  /** What must come next; `data` has `#left` bytes to go. */
  #expects: 'data' | 'chunk-line' | 'chunk-end' | 'trailer'
  readonly #chunked: boolean
  #left: number
  #received = 0
  #trailer = 0

  /** @param limit Bytes of content allowed (LimitRequestBody). */
  constructor(framing: Exclude<BodyFraming, { kind: 'none' }>, limit: number) {
    this.#limit = limit
    this.#chunked = framing.kind === 'chunked'
    this.#expects = this.#chunked ? 'chunk-line' : 'data'
    this.#left = framing.kind === 'counted' ? framing.length : 0
  }

  /** Consumes what it can: the bytes used, and whether the body has ended or broken its own framing. */
  consume(bytes: Buffer): { readonly used: number; readonly outcome: 'more' | 'ended' | Refusal } {
    let used = 0
    for (;;) {
      if (this.#expects === 'data') {
        const step = Math.min(this.#left, bytes.length - used)
        used += step
        this.#left -= step
        if (this.#left > 0) return { used, outcome: 'more' }
        if (!this.#chunked) return { used, outcome: 'ended' }
        this.#expects = 'chunk-end'
      }
      const line = this.#line(bytes, used)
      if (typeof line !== 'string') return { used, outcome: line ?? 'more' }
      used += line.length + 2
      const outcome = this.#accept(line)
      if (outcome !== 'more') return { used, outcome }
    }
  }

  /** The next line without its CRLF; undefined while it is incomplete. */
  #line(bytes: Buffer, from: number): string | undefined | Refusal {
    const limit = this.#expects === 'trailer' ? TRAILER_LIMIT : CHUNK_LINE_LIMIT
    const feed = bytes.indexOf(0x0a, from)
    if (feed < 0) {
      return bytes.length - from > limit ? refusal(400, 'A line of the chunked body is too long') : undefined
    }
    if (feed === from || bytes[feed - 1] !== 0x0d || feed - from > limit) {
      return refusal(400, 'A line of the chunked body is malformed')
    }
    return bytes.toString('latin1', from, feed - 1)
  }

  #accept(line: string): 'more' | 'ended' | Refusal {
    switch (this.#expects) {
      case 'chunk-end':
        this.#expects = 'chunk-line'
        return line === '' ? 'more' : refusal(400, 'A chunk is longer than it said')
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
    const size = CHUNK_LINE.exec(line)?.[1]
    if (size === undefined) return refusal(400, 'A chunk size is malformed')
    this.#left = Number.parseInt(size, 16)
    this.#received += this.#left
    if (this.#received > this.#limit)
      return refusal(413, `The body exceeds ${this.#limit} bytes (LimitRequestBody)`)
    this.#expects = this.#left === 0 ? 'trailer' : 'data'
    return 'more'
  }
}
