import { Fields } from './fields.ts'
import { type Refusal, refusal } from './refusal.ts'

/**
 * A request's head as it came. Texts are byte strings: each character is one byte.
 */
export interface RequestHead {
  readonly kind: 'head'
  /** The request line without its CRLF. */
  readonly line: string
  readonly method: string
  readonly target: string
  /** A minor version above 1 counts as 1.1 (RFC 9110 §2.5). */
  readonly version: '1.0' | '1.1'
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

const LINE_FEED = 0x0a
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** token SP 1*VCHAR SP HTTP-version (RFC 9112 §3). */
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/([0-9])\.([0-9])$/
/** What no field may hold: controls other than tab (RFC 9110 §5.5), so also a CR or LF that ends no line. */
const NOT_IN_FIELD = /[\0-\x08\n-\x1f\x7f]/

/**
 * Reads a request head from the start of `bytes` (RFC 9112 §2 to §5).
 *
 * Every line must end in CRLF, and a line is judged as soon as it is whole: a client that speaks something
 * else is refused at once, not when its time has run out.
 *
 * @param examined How many of these bytes an earlier call already found to be an incomplete head.
 */
export function parseRequestHead(
  bytes: Buffer,
  limits: HeadLimits,
  examined = 0,
): RequestHead | Refusal | 'incomplete' {
  const start = skipEmptyLines(bytes)
  if (start === bytes.length) return 'incomplete'
  if (!isTokenByte(bytes[start])) return refusal(400, 'The request line does not begin with a method')

  const end = bytes.indexOf('\r\n\r\n', Math.max(start, examined - 3), 'latin1')
  if (end >= 0) return parseLines(bytes.toString('latin1', start, end + 2), end + 4, limits)
  if (bytes.indexOf(LINE_FEED, Math.max(start, examined)) < 0) return checkLastLine(bytes, start, limits)

  const whole = bytes.toString('latin1', start, bytes.lastIndexOf(LINE_FEED) + 1)
  const soFar = parseLines(whole, bytes.length, limits)
  return soFar.kind === 'refusal' ? soFar : checkLastLine(bytes, start, limits)
}

/** Where the request line begins; past too many empty lines it begins with the next one, and is refused. */
function skipEmptyLines(bytes: Buffer): number {
  let start = 0
  for (let line = 0; line < LEADING_EMPTY_LINES; line++) {
    if (bytes[start] !== 0x0d) return start
    if (start + 1 === bytes.length) return bytes.length
    if (bytes[start + 1] !== LINE_FEED) return start
    start += 2
  }
  return start
}

function isTokenByte(byte: number | undefined): boolean {
  return byte !== undefined && TOKEN.test(String.fromCharCode(byte))
}

/** Holds a line that has not ended yet to its limit. */
function checkLastLine(bytes: Buffer, start: number, limits: HeadLimits): Refusal | 'incomplete' {
  const previousEnd = bytes.lastIndexOf(LINE_FEED)
  const isRequestLine = previousEnd < start
  const length = bytes.length - (isRequestLine ? start : previousEnd + 1)
  // A CR that may yet be followed by its LF does not count against the limit.
  if (isRequestLine) return length > limits.requestLine + 1 ? lineTooLong(limits) : 'incomplete'
  return length > limits.fieldSize + 1 ? fieldTooLong(limits) : 'incomplete'
}

/** Parses whole lines: the request line, then field lines, each with its CRLF. */
function parseLines(text: string, size: number, limits: HeadLimits): RequestHead | Refusal {
  const lineEnd = text.indexOf('\r\n')
  const firstFeed = text.indexOf('\n')
  if (lineEnd < 0 || firstFeed < lineEnd) return refusal(400, 'A line ends in LF without CR')
  if (lineEnd > limits.requestLine) return lineTooLong(limits)

  const line = text.slice(0, lineEnd)
  const parts = REQUEST_LINE.exec(line)
  if (parts === null) return refusal(400, 'The request line is malformed')
  const [, method = '', target = '', major, minor] = parts
  if (major !== '1') return refusal(505, `The version HTTP/${major}.${minor} is not supported`)

  const fields = parseFields(text, lineEnd + 2, limits)
  if (!(fields instanceof Fields)) return fields
  return { kind: 'head', line, method, target, version: minor === '0' ? '1.0' : '1.1', fields, size }
}

/** field-line = field-name ":" OWS field-value OWS (RFC 9112 §5), with no white space before the colon. */
function parseFields(text: string, from: number, limits: HeadLimits): Fields | Refusal {
  const fields = new Fields()
  if (text.length - from > limits.fieldSize * FIELD_SECTION_FACTOR) {
    return refusal(431, `The fields together exceed ${FIELD_SECTION_FACTOR} times LimitRequestFieldSize`)
  }
  for (let start = from; start < text.length; ) {
    const end = text.indexOf('\r\n', start)
    if (end < 0) return refusal(400, 'A line ends in LF without CR')
    if (end - start > limits.fieldSize) return fieldTooLong(limits)
    if (fields.count === limits.fields) return refusal(431, `More than ${limits.fields} fields`)

    const colon = text.indexOf(':', start)
    if (colon < 0 || colon > end) return refusal(400, 'A field line has no colon')
    const name = text.slice(start, colon)
    if (!TOKEN.test(name)) return refusal(400, 'A field name is not a token')
    const value = trimmed(text, colon + 1, end)
    if (NOT_IN_FIELD.test(value)) return refusal(400, 'A field value has a control character')
    fields.add(name, value)
    start = end + 2
  }
  return fields
}

/** The text between two places, without spaces and tabs (OWS) at its ends. */
function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function lineTooLong(limits: HeadLimits): Refusal {
  return refusal(414, `The request line exceeds ${limits.requestLine} bytes (LimitRequestLine)`)
}

function fieldTooLong(limits: HeadLimits): Refusal {
  return refusal(431, `A field exceeds ${limits.fieldSize} bytes (LimitRequestFieldSize)`)
}
