import { Fields } from '../fields.ts'
import { FIELD_LINE } from '../grammar.ts'
import { remember } from '../remember.ts'
import { type Refusal, refusal } from './refusal.ts'
import { checkRequestLine, parseRequestLine, type RequestLine } from './request-line.ts'

/** A request's head as it came. Texts are byte strings: each character is one byte. */
export interface RequestHead {
  readonly kind: 'head'
  readonly line: RequestLine
  readonly fields: Fields
  /** Bytes the head took up, from the first to the end of the empty line. */
  readonly size: number
}

/** Limits in bytes, without line ends; `fields` is a count. */
export interface HeadLimits {
  readonly requestLine: number
  readonly fields: number
  readonly fieldSize: number
}

/** How many times LimitRequestFieldSize all fields together may take. */
const FIELD_SECTION_FACTOR = 4
/** Empty lines forgiven before a request line, as RFC 9112 §2.2 asks. */
const LEADING_EMPTY_LINES = 4
/** What is remembered takes some ten megabytes at the most. */
const LINES_REMEMBERED = { texts: 16_384, longest: 256 }
const SECTIONS_REMEMBERED = { texts: 512, longest: 2048 }

const CARRIAGE_RETURN = 0x0d
const LINE_FEED = 0x0a
const WHOLE_LINE = new RegExp(`${FIELD_LINE}\\r\\n`, 'y')

/**
 * Reads request heads (RFC 9112 §2 to §5).
 *
 * Every line must end in CRLF, and a line is judged as soon as it is whole: a client that speaks something
 * else is refused at once, not when its time has run out. Clients send few different lines, and nearly always
 * the same fields: what was judged is remembered.
 */
export class HeadParser {
  readonly #limits: HeadLimits
  readonly #knownLine: (text: string) => RequestLine | Refusal
  readonly #knownFields: (text: string) => Fields | Refusal

  constructor(limits: HeadLimits) {
    this.#limits = limits
    this.#knownLine = remember(text => parseRequestLine(text, limits.requestLine), LINES_REMEMBERED)
    this.#knownFields = remember(text => parseFields(text, limits), SECTIONS_REMEMBERED)
  }

  /**
   * Reads the head that begins at `from` in what a client has sent.
   *
   * @param examined Up to where an earlier call has found it incomplete.
   */
  parse(input: string, from = 0, examined = from): RequestHead | Refusal | 'incomplete' {
    const start = startOfRequest(input, from)
    if (start === input.length) return 'incomplete'
    const end = input.indexOf('\r\n\r\n', Math.max(start, examined - 3))
    if (end < 0) return this.#checkBeginning(input, start, Math.max(start, examined))

    const feed = input.indexOf('\n', start)
    if (input.charCodeAt(feed - 1) !== CARRIAGE_RETURN) return this.#refuseFeed(input.slice(start, feed))
    const line = this.#knownLine(input.slice(start, feed - 1))
    if (line.kind === 'refusal') return line
    const fields = this.#knownFields(input.slice(feed + 1, end + 2))
    if (fields.kind === 'refusal') return fields
    return { kind: 'head', line, fields, size: end + 4 - from }
  }

  /** What can be said of a head whose end has not come: of its whole lines, when one is new, and the last. */
  #checkBeginning(input: string, start: number, examined: number): Refusal | 'incomplete' {
    const lastFeed = input.lastIndexOf('\n')
    const mistake = lastFeed < examined ? undefined : this.#checkLines(input, start, examined, lastFeed + 1)
    if (mistake !== undefined) return mistake

    const { requestLine, fieldSize } = this.#limits
    // A CR that may yet be followed by its LF does not count against the limit.
    if (lastFeed < start) return checkRequestLine(input.slice(start), requestLine, 1) ?? 'incomplete'
    return input.length - lastFeed - 1 > fieldSize + 1 ? fieldTooLong(this.#limits) : 'incomplete'
  }

  /** Of whole lines only those are judged that were not whole before: a client may send each by itself. */
  #checkLines(input: string, start: number, examined: number, end: number): Refusal | undefined {
    const feed = input.indexOf('\n', start)
    if (feed >= examined) {
      if (input.charCodeAt(feed - 1) !== CARRIAGE_RETURN) return this.#refuseFeed(input.slice(start, feed))
      const line = parseRequestLine(input.slice(start, feed - 1), this.#limits.requestLine)
      if (line.kind === 'refusal') return line
    }
    const fields = input.slice(feed + 1, end)
    const known = Math.max(feed, input.lastIndexOf('\n', examined - 1)) - feed
    return checkFields(fields, this.#limits, known)
  }

  #refuseFeed(line: string): Refusal {
    const mistake = checkRequestLine(line, this.#limits.requestLine, 1)
    return mistake ?? refusal(400, 'The request line ends in LF without CR')
  }
}

/**
 * Where the request line begins: after the empty lines that a client may have sent before it, or at the end
 * when nothing else has come. Past too many of them it begins with the next, which is refused.
 */
export function startOfRequest(input: string, from: number): number {
  let start = from
  for (let line = 0; line < LEADING_EMPTY_LINES; line++) {
    if (input.charCodeAt(start) !== CARRIAGE_RETURN) return start
    if (start + 1 === input.length) return input.length
    if (input.charCodeAt(start + 1) !== LINE_FEED) return start
    start += 2
  }
  return start
}

/** Parses whole field lines, each with its CRLF. The first mistake decides. */
function parseFields(text: string, limits: HeadLimits): Fields | Refusal {
  return checkFields(text, limits) ?? new Fields(text)
}

/** @param known How much of the lines has been found to be without mistake. */
function checkFields(text: string, limits: HeadLimits, known = 0): Refusal | undefined {
  let count = countLines(text, known)
  for (let start = known; start < text.length; start = WHOLE_LINE.lastIndex) {
    WHOLE_LINE.lastIndex = start
    if (!WHOLE_LINE.test(text)) return malformedField(text, start, limits)
    const end = WHOLE_LINE.lastIndex
    if (end - start - 2 > limits.fieldSize) return fieldTooLong(limits)
    if (end > limits.fieldSize * FIELD_SECTION_FACTOR) {
      return refusal(431, `The fields together exceed ${FIELD_SECTION_FACTOR} times LimitRequestFieldSize`)
    }
    if (++count > limits.fields) return refusal(431, `More than ${limits.fields} fields (LimitRequestFields)`)
  }
  return undefined
}

function countLines(text: string, end: number): number {
  let count = 0
  for (let feed = text.indexOf('\n'); feed >= 0 && feed < end; feed = text.indexOf('\n', feed + 1)) count++
  return count
}

function malformedField(text: string, start: number, limits: HeadLimits): Refusal {
  const end = text.indexOf('\n', start)
  if (end - start > limits.fieldSize + 1) return fieldTooLong(limits)
  return refusal(400, `The field line ${JSON.stringify(text.slice(start, end))} is malformed`)
}

function fieldTooLong(limits: HeadLimits): Refusal {
  return refusal(431, `A field exceeds ${limits.fieldSize} bytes (LimitRequestFieldSize)`)
}
