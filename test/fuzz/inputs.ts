import fc from 'fast-check'
import { readCorpus } from '../support/corpus.ts'

/** What a client sends on one connection, and the pieces it comes in; all are byte strings. */
export class FuzzInput {
  readonly bytes: string
  readonly pieces: readonly string[]

  constructor(bytes: string, cuts: 'every byte' | readonly number[]) {
    this.bytes = bytes
    this.pieces = cut(bytes, cuts)
  }

  /** As it is shown when it has broken a promise, with runs as in the corpus. */
  [fc.toStringMethod](): string {
    const text = JSON.stringify(this.bytes).replace(
      /(.{1,80}?)\1{4,}/g,
      (all, run: string) => `\\(${run} * ${all.length / run.length})`,
    )
    return `${text} in ${this.pieces.length} pieces`
  }
}

type Mutation = (bytes: string) => string

const METHODS = ['GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'TRACE', 'get', 'BREW']
const TARGETS = [
  '/',
  '/alphabet.txt',
  '/long.txt',
  '/folder',
  '/a%20b.txt',
  '//x/../',
  '*',
  'http://b/?x',
  '/%',
]
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0']
const FIELDS = [
  'Host: b',
  'Connection: close',
  'Connection: keep-alive',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Expect: 100-continue',
  'Range: bytes=0-2,500-501',
  'Range: bytes=-0',
  'If-None-Match: *',
  'If-Match: "a"',
  'If-Modified-Since: Thu, 29 Feb 2024 12:34:56 GMT',
  'Accept-Encoding: gzip, br;q=0',
  'X: \xff\t\x80',
]
const BODIES = ['', '', 'hello', '5\r\nhello\r\n0\r\n\r\n', '1;a="b"\r\n \r\n00;c\r\nX: y\r\n\r\n', '\r\n']
/** What means something somewhere in a request. */
const PIECES = [
  ...['\r\n', '\r\n\r\n', '\n', '\r', '\0', ' ', '\t', '\x0b', '\x7f', '\xff', ':', ',', ';', '"', '='],
  ...['%', '%00', '%2f', '%2e', '..', '/', '//', '#', '?', '*', 'HTTP/1.1', ' HTTP/1.1\r\n', 'Host: a\r\n'],
  ...['0', '5', '-1', 'ffffffff', '99999999999999999999', '0\r\n\r\n', '5\r\nhello\r\n', 'chunked', 'close'],
  ...['Content-Length: 5\r\n', 'Content-Length: ', 'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: '],
  ...['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'Expect: 100-continue\r\n', ' continued\r\n', 'bytes=', 'W/"'],
]

/** A place in a text, as so many parts in 65536 of its length. */
const place = fc.nat(0xffff)
const piece = fc.constantFrom(...PIECES)
const byte = fc.nat(0xff).map(code => String.fromCharCode(code))

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.oneof(piece, byte)).map(([at, text]) => insert(at, text)),
  fc.tuple(place, byte).map(([at, text]) => replaceByte(at, text)),
  fc.tuple(place, place).map(([from, to]) => remove(from, to)),
  fc.tuple(place, place, place).map(([from, to, at]) => duplicate(from, to, at)),
  fc.tuple(place, place, place).map(([from, between, to]) => swap(from, between, to)),
  fc
    .tuple(place, fc.oneof(piece, byte), fc.nat(300))
    .map(([at, text, times]) => insert(at, text.repeat(times))),
)

const madeUp = fc
  .record({
    method: fc.constantFrom(...METHODS),
    target: fc.constantFrom(...TARGETS),
    version: fc.constantFrom(...VERSIONS),
    fields: fc.array(fc.constantFrom(...FIELDS), { maxLength: 4 }),
    body: fc.constantFrom(...BODIES),
  })
  .map(({ method, target, version, fields, body }) =>
    [`${method} ${target} ${version}`, 'Host: a', ...fields, '', body].join('\r\n'),
  )

/**
 * Requests from the corpus and from their grammar, several on one connection, spliced and mutated, and cut into
 * pieces anyhow.
 */
export function fuzzInputs(): fc.Arbitrary<FuzzInput> {
  const cases = readCorpus({ etag: '"a"' }).map(({ steps }) => steps.map(({ bytes }) => bytes).join(''))
  const known = fc.constantFrom(...cases)
  const spliced = fc.tuple(known, known, place, place).map(([head, tail, to, from]) => {
    return head.slice(0, indexAt(head, to)) + tail.slice(indexAt(tail, from))
  })
  const requests = fc.array(fc.oneof(known, madeUp, spliced), { minLength: 1, maxLength: 3 })
  const mutations = fc.array(mutation, { maxLength: 4 })
  const bytes = fc
    .tuple(requests, mutations)
    .map(([texts, changes]) => changes.reduce((text, change) => change(text), texts.join('')))
  const cuts = fc.oneof(fc.constant('every byte' as const), fc.array(place, { maxLength: 6 }))
  return fc.tuple(bytes, cuts).map(([text, at]) => new FuzzInput(text, at))
}

function cut(text: string, at: 'every byte' | readonly number[]): string[] {
  if (at === 'every byte') return [...text]
  const indexes = at.map(part => indexAt(text, part)).sort((one, other) => one - other)
  return [0, ...indexes].map((from, index) => text.slice(from, indexes[index])).filter(part => part !== '')
}

function indexAt(text: string, part: number): number {
  return Math.floor((part / 0x10000) * (text.length + 1))
}

function insert(at: number, added: string): Mutation {
  return text => text.slice(0, indexAt(text, at)) + added + text.slice(indexAt(text, at))
}

function replaceByte(at: number, other: string): Mutation {
  return text => text.slice(0, indexAt(text, at)) + other + text.slice(indexAt(text, at) + 1)
}

function remove(from: number, to: number): Mutation {
  return text => text.slice(0, indexAt(text, from)) + text.slice(indexAt(text, Math.max(from, to)))
}

function duplicate(from: number, to: number, at: number): Mutation {
  return text => insert(at, text.slice(indexAt(text, from), indexAt(text, to)))(text)
}

function swap(...parts: readonly [number, number, number]): Mutation {
  return text => {
    const [from = 0, between = 0, to = 0] = parts.map(part => indexAt(text, part)).sort((a, b) => a - b)
    return text.slice(0, from) + text.slice(between, to) + text.slice(from, between) + text.slice(to)
  }
}
