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

const CARRIAGE_RETURN = 0x0d
const LINE_FEED = 0x0a
/** A head that comes at once and is no longer than this is looked for in a text, which is quickest. */
const COMMON_SIZE = 4096
const METHOD_START = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]/
/** token SP 1*VCHAR SP HTTP-version (RFC 9112 §3). */
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/([0-9])\.([0-9])$/
/**
 * field-name ":" OWS field-value OWS CRLF (RFC 9112 §5): no white space before the colon, and in the value no
 * controls other than tab (RFC 9110 §5.5).
 */
const FIELD_LINE = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n/y

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
  const start = startOfRequest(bytes)
  if (start === bytes.length) return 'incomplete'
  const common = bytes.toString('latin1', start, start + COMMON_SIZE)
  if (!METHOD_START.test(common)) return refusal(400, 'The request line does not begin with a method')
  const commonEnd = common.indexOf('\r\n\r\n')
  if (commonEnd >= 0) return parseLines(common.slice(0, commonEnd + 2), start + commonEnd + 4, limits)

  const end = bytes.indexOf('\r\n\r\n', Math.max(start, examined - 3), 'latin1')
  if (end >= 0) return parseLines(bytes.toString('latin1', start, end + 2), end + 4, limits)
  if (bytes.indexOf(LINE_FEED, Math.max(start, examined)) < 0) return checkLastLine(bytes, start, limits)

  const whole = bytes.toString('latin1', start, bytes.lastIndexOf(LINE_FEED) + 1)
  const soFar = parseLines(whole, bytes.length, limits)
  return soFar.kind === 'refusal' ? soFar : checkLastLine(bytes, start, limits)
}

/**
 * Where the request line begins: after the empty lines that a client may have sent before it, or at the end
 * when nothing else has come. Past too many of them it begins with the next, which is refused.
 */
export function startOfRequest(bytes: Buffer): number {
  let start = 0
  for (let line = 0; line < LEADING_EMPTY_LINES; line++) {
    if (bytes[start] !== CARRIAGE_RETURN) return start
    if (start + 1 === bytes.length) return bytes.length
    if (bytes[start + 1] !== LINE_FEED) return start
    start += 2
  }
  return start
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

/**
 * Parses whole lines: the request line, then field lines, each with its CRLF. The first mistake decides, and
 * in one line its length does before its form, so that the outcome is the same however the bytes are cut.
 */
function parseLines(text: string, size: number, limits: HeadLimits): RequestHead | Refusal {
  const feed = text.indexOf('\n')
  if (feed > limits.requestLine + 1) return lineTooLong(limits)
  if (text.charCodeAt(feed - 1) !== CARRIAGE_RETURN)
    return refusal(400, 'The request line ends in LF without CR')

  const line = text.slice(0, feed - 1)
  const parts = REQUEST_LINE.exec(line)
  if (parts === null) return refusal(400, 'The request line is malformed')
  const [, method = '', target = '', major, minor] = parts
  if (major !== '1') return refusal(505, `The version HTTP/${major}.${minor} is not supported`)

  const fields = parseFields(text, feed + 1, limits)
  if (!(fields instanceof Fields)) return fields
  return { kind: 'head', line, method, target, version: minor === '0' ? '1.0' : '1.1', fields, size }
}

function parseFields(text: string, from: number, limits: HeadLimits): Fields | Refusal {
  let count = 0
  for (let start = from; start < text.length; start = FIELD_LINE.lastIndex) {
    FIELD_LINE.lastIndex = start
    if (!FIELD_LINE.test(text)) return malformedField(text, start, limits)
    const end = FIELD_LINE.lastIndex
    if (end - start - 2 > limits.fieldSize) return fieldTooLong(limits)
    if (end - from > limits.fieldSize * FIELD_SECTION_FACTOR) {
      return refusal(431, `The fields together exceed ${FIELD_SECTION_FACTOR} times LimitRequestFieldSize`)
    }
    if (++count > limits.fields) return refusal(431, `More than ${limits.fields} fields (LimitRequestFields)`)
  }
  return new Fields(text.slice(from))
}

function malformedField(text: string, start: number, limits: HeadLimits): Refusal {
  const end = text.indexOf('\n', start)
  if (end - start > limits.fieldSize + 1) return fieldTooLong(limits)
  return refusal(400, `The field line ${JSON.stringify(text.slice(start, end))} is malformed`)
}

function lineTooLong(limits: HeadLimits): Refusal {
  return refusal(414, `The request line exceeds ${limits.requestLine} bytes (LimitRequestLine)`)
}

function fieldTooLong(limits: HeadLimits): Refusal {
  return refusal(431, `A field exceeds ${limits.fieldSize} bytes (LimitRequestFieldSize)`)
}
