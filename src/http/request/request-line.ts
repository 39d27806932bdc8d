import { isUtf8 } from 'node:buffer'
import { TCHAR, TOKEN } from '../grammar.ts'
import { type Refusal, refusal } from './refusal.ts'
import { type Asked, parseRequestTarget } from './request-target.ts'

/** The first line of a request (RFC 9112 §3). */
export interface RequestLine {
  readonly kind: 'line'
  /** Without its CRLF. */
  readonly text: string
  readonly method: string
  readonly target: string
  /** A minor version above 1 counts as 1.1 (RFC 9110 §2.5). */
  readonly version: '1.0' | '1.1'
  /** What the target means. */
  readonly asked: Asked | Refusal
}

const METHOD_START = new RegExp(`^[${TCHAR}]`)
/** token SP 1*VCHAR SP HTTP-version (RFC 9112 §3). */
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e]+) HTTP/([0-9])\\.([0-9])$`)
/** The same with obs-text in the target. */
const NOT_ASCII_LINE = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e\\x80-\\xff]+) HTTP/([0-9])\\.([0-9])$`)

/**
 * A target may hold UTF-8 that is not percent-encoded, as some clients send it: it means what it would mean encoded.
 *
 * @param limit Bytes (LimitRequestLine).
 */
export function parseRequestLine(text: string, limit: number): RequestLine | Refusal {
  const mistake = checkRequestLine(text, limit)
  if (mistake !== undefined) return mistake
  const ascii = REQUEST_LINE.exec(text)
  const parts = ascii ?? NOT_ASCII_LINE.exec(text)
  if (parts === null) return refusal(400, 'The request line is malformed')
  if (ascii === null && !isUtf8(Buffer.from(text, 'latin1'))) {
    return refusal(400, 'The request target holds bytes that are no UTF-8')
  }
  const [, method = '', target = '', major, minor] = parts
  if (major !== '1') return refusal(505, `The version HTTP/${major}.${minor} is not supported`)
  const asked = parseRequestTarget(method, target)
  return { kind: 'line', text, method, target, version: minor === '0' ? '1.0' : '1.1', asked }
}

/**
 * What can be held against a line that may still go on. Its length counts before its form, so that the outcome
 * is the same however the bytes are cut.
 *
 * @param ending Bytes at its end that may be those of its CRLF.
 */
export function checkRequestLine(beginning: string, limit: number, ending = 0): Refusal | undefined {
  if (!METHOD_START.test(beginning)) return refusal(400, 'The request line does not begin with a method')
  if (beginning.length - ending <= limit) return undefined
  return refusal(414, `The request line exceeds ${limit} bytes (LimitRequestLine)`)
}
