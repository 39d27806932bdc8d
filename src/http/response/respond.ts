import { formatHttpDate } from '../date.ts'
import type { Field } from '../field.ts'
import type { Fields } from '../fields.ts'
import { checkPreconditions, rangeIsCurrent } from '../preconditions.ts'
import { type ByteRange, parseRange } from '../range.ts'
import type { Request } from '../request/request.ts'
import { hasTrueTime, lastModified, type Representation } from './representation.ts'

/**
 * What to answer, as a value. `page` has a page to explain its status, `text` a few words for a program, `empty` no body at all.
 */
export type Answer =
  | { readonly kind: 'page'; readonly status: number; readonly fields: readonly Field[] }
  | {
      readonly kind: 'text'
      readonly status: number
      readonly fields: readonly Field[]
      /** ASCII. */
      readonly text: string
    }
  | { readonly kind: 'empty'; readonly status: 204 | 304; readonly fields: readonly Field[] }

/**
 * What to answer with the file that was found: all of it, that it is what the client has, or parts of it, with
 * bytes of our own between them.
 */
export type FileAnswer =
  | Answer
  | { readonly kind: 'whole' }
  | { readonly kind: 'not modified' }
  | { readonly kind: 'partial'; readonly fields: readonly Field[]; readonly parts: readonly BodyPart[] }

export type BodyPart = ByteRange | Buffer

const WHOLE: FileAnswer = { kind: 'whole' }
const NOT_MODIFIED: FileAnswer = { kind: 'not modified' }

const ALLOW: Field = ['Allow', 'GET, HEAD, OPTIONS']
const ACCEPT_RANGES: Field = ['Accept-Ranges', 'bytes']
/** Of what a client is sent encoded, or not, as it wishes (RFC 9110 §12.5.5). */
export const VARY: Field = ['Vary', 'Accept-Encoding']
const WITHOUT_VALIDATORS: Representation = { size: 0, modified: Number.NaN, etag: '', mediaType: '' }
/** All that are registered (https://www.iana.org/assignments/http-methods, June 2026). */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  ...[
    'ACL',
    'BASELINE-CONTROL',
    'BIND',
    'CHECKIN',
    'CHECKOUT',
    'CONNECT',
    'COPY',
    'DELETE',
    'GET',
    'HEAD',
    'LABEL',
  ],
  ...[
    'LINK',
    'LOCK',
    'MERGE',
    'MKACTIVITY',
    'MKCALENDAR',
    'MKCOL',
    'MKREDIRECTREF',
    'MKWORKSPACE',
    'MOVE',
    'OPTIONS',
  ],
  ...[
    'ORDERPATCH',
    'PATCH',
    'POST',
    'PRI',
    'PROPFIND',
    'PROPPATCH',
    'PUT',
    'QUERY',
    'REBIND',
    'REPORT',
    'SEARCH',
  ],
  ...['TRACE', 'UNBIND', 'UNCHECKOUT', 'UNLINK', 'UNLOCK', 'UPDATE', 'UPDATEREDIRECTREF', 'VERSION-CONTROL'],
])

/** The answer to a request for anything else than a GET or HEAD; undefined for these. */
export function answerMethod({ head }: Request): Answer | undefined {
  switch (head.line.method) {
    case 'GET':
    case 'HEAD':
      return undefined
    case 'OPTIONS':
      return { kind: 'empty', status: 204, fields: [ALLOW] }
    default:
      return KNOWN_METHODS.has(head.line.method) ? page(405, ALLOW) : page(501)
  }
}

/** The answer to a GET or HEAD of a folder by a path without its final slash. */
export function redirectToFolder(request: Request): Answer {
  return page(301, ['Location', locationOfFolder(request)])
}

/**
 * The answer to a GET or HEAD whose preconditions do not hold, undefined when they do, for content that is made
 * on request and has neither entity-tag nor time: only `*` tells anything about it (RFC 9110 §13.1).
 */
export function answerPreconditions({ head }: Request, now: number): Answer | undefined {
  switch (checkPreconditions(head.fields, WITHOUT_VALIDATORS, now)) {
    case 'failed':
      return page(412)
    case 'not modified':
      return { kind: 'empty', status: 304, fields: [] }
    case 'proceed':
      return undefined
  }
}

/**
 * The answer to a GET or HEAD of a file (RFC 9110 §9.3, §13, §14).
 *
 * @param now Milliseconds since the epoch.
 */
export function answerFile({ head }: Request, file: Representation, now: number): FileAnswer {
  if (!head.fields.judge(hasConditionOrRange)) return WHOLE

  switch (checkPreconditions(head.fields, file, now)) {
    case 'failed':
      return page(412)
    case 'not modified':
      return NOT_MODIFIED
  }

  const range = head.line.method === 'GET' && hasRanges(file) ? head.fields.get('range') : undefined
  if (range !== undefined && rangeIsCurrent(head.fields, file, now)) {
    const outcome = parseRange(range, file.size)
    if (outcome.kind === 'unsatisfiable') return page(416, ['Content-Range', `bytes */${file.size}`])
    if (outcome.kind === 'satisfiable') return answerRanges(file, outcome.ranges, now)
  }
  return WHOLE
}

function hasConditionOrRange(fields: Fields): boolean {
  return fields.hasNameThatBegins('if-') || fields.has('range')
}

/** The fields of a file that is sent as a whole. */
export function fieldsOfWhole(file: Representation, now: number): readonly Field[] {
  return [...typeOf(file), ...validatorsOf(file, now), ...rangesOf(file), contentLength(file.size)]
}

/** All of a file, as parts of a body. */
export function wholeOf({ size }: Representation): readonly BodyPart[] {
  return size === 0 ? [] : [{ first: 0, last: size - 1 }]
}

/**
 * Whether parts of it are sent. Most clients take parts for those of the file as it is, be they of an encoded form or
 * not; and nothing has no parts, though all of it can be sent.
 */
function hasRanges({ coding, size }: Representation): boolean {
  return coding === undefined && size > 0
}

function rangesOf({ coding }: Representation): readonly Field[] {
  return coding === undefined ? [ACCEPT_RANGES] : []
}

function partial(fields: readonly Field[], parts: readonly BodyPart[]): FileAnswer {
  return { kind: 'partial', fields: [...fields, contentLength(lengthOf(parts))], parts }
}

/** @param length Bytes. */
export function contentLength(length: number): Field {
  return ['Content-Length', String(length)]
}

/** Bytes of a body. */
export function lengthOf(parts: readonly BodyPart[]): number {
  return parts.reduce(
    (length, part) => length + (Buffer.isBuffer(part) ? part.length : part.last - part.first + 1),
    0,
  )
}

function typeOf(file: Representation): readonly Field[] {
  const mediaType: Field = ['Content-Type', file.mediaType]
  return file.coding === undefined ? [mediaType] : [mediaType, ['Content-Encoding', file.coding]]
}

/** The fields that identify this version and variant, also in a 304 (RFC 9110 §15.4.5). */
export function validatorsOf(file: Representation, now: number): readonly Field[] {
  const fields: Field[] = [['ETag', file.etag]]
  if (hasTrueTime(file)) fields.push(['Last-Modified', formatHttpDate(lastModified(file, now))])
  if (file.varies === true) fields.push(VARY)
  return fields
}

function answerRanges(
  file: Representation,
  ranges: readonly [ByteRange, ...ByteRange[]],
  now: number,
): FileAnswer {
  const validators = validatorsOf(file, now)
  if (ranges.length === 1) {
    const position: Field = ['Content-Range', contentRange(ranges[0], file)]
    const fields = [...typeOf(file), position, ...validators, ACCEPT_RANGES]
    return partial(fields, ranges)
  }
  const boundary = boundaryFor(file, ranges)
  const fields: Field[] = [
    ['Content-Type', `multipart/byteranges; boundary=${boundary}`],
    ...validators,
    ACCEPT_RANGES,
  ]
  return partial(fields, multipart(file, ranges, boundary))
}

/** The parts of a multipart/byteranges body (RFC 9110 §14.6, RFC 2046 §5.1). */
function multipart(file: Representation, ranges: readonly ByteRange[], boundary: string): BodyPart[] {
  const parts = ranges.flatMap(range => [
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: ${file.mediaType}\r\nContent-Range: ${contentRange(range, file)}\r\n\r\n`,
      'latin1',
    ),
    range,
  ])
  return [...parts, Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1')]
}

/** Unlikely to stand in the file, and the same for the same request, so that caches may join answers. */
function boundaryFor(file: Representation, ranges: readonly ByteRange[]): string {
  const seed = file.etag.replace(/[^0-9a-f]/g, '')
  return `part-${seed}-${ranges.length.toString(16)}-of-${file.size.toString(16)}`
}

function contentRange({ first, last }: ByteRange, file: Representation): string {
  return `bytes ${first}-${last}/${file.size}`
}

/** The answer to a GET or HEAD of something that has another name in the same folder; the folder itself for an empty one. */
export function redirectBeside({ target }: Request, name: string): Answer {
  const query = target.kind === 'resource' ? encodeQuery(target.query) : ''
  return page(301, ['Location', `${name === '' ? './' : encodeName(name)}${query}`])
}

/** With a colon it would be taken for a URI with a scheme (RFC 3986 §4.2). */
function encodeName(name: string): string {
  return encodePath(name).replaceAll(':', encodeByte)
}

/**
 * The folder's own name and its slash, so that it can lead to no other host, and is right also where a proxy has taken
 * the beginning off the path; the query is kept.
 */
function locationOfFolder({ target }: Request): string {
  if (target.kind !== 'resource') throw new Error(`A ${target.kind} has no folder`)
  const name = target.path.slice(target.path.lastIndexOf('/') + 1)
  return `${encodeName(name)}/${encodeQuery(target.query)}`
}

/** Percent-encodes the bytes of a path that a URI may not hold as they stand (RFC 3986 §3.3). */
export function encodePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/g, encodeByte)
}

/** Percent-encodes the bytes of a query that are not ASCII, and leaves all else as the client wrote it. */
export function encodeQuery(query: string): string {
  return query.replace(/[\x80-\xff]/g, encodeByte)
}

/** Percent-encodes a byte, given as a character. */
export function encodeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

/** An answer whose page explains its status. */
export function page(status: number, ...fields: Field[]): Answer {
  return { kind: 'page', status, fields }
}
