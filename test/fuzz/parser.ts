import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { type Request, RequestParser } from '../../src/http/request/request.ts'
import { type ReceivedRequest, RequestReader } from '../../src/http/request/request-reader.ts'
import { CORPUS_LIMITS } from '../support/corpus-daemon.ts'
import { fuzzInputs } from './inputs.ts'

/** What RFC 9112 §2 to §5 allows a request head to be, with obs-text in its target, and empty lines before it. */
const HEAD =
  /^(?:\r\n){0,4}[!#$%&'*+.^_`|~\w-]+ [!-"$-~\x80-\xff]+ HTTP\/1\.\d\r\n(?:[!#$%&'*+.^_`|~\w-]+:[\t -~\x80-\xff]*\r\n)*\r\n/

/**
 * Feeds the parser what comes to mind: it must never throw, make the same of the bytes however they are cut,
 * account for every one of them, and take for a request only what is one. Gives how many inputs there were.
 */
export function fuzzParser(parameters: fc.Parameters<unknown>): number {
  let inputs = 0
  const property = fc.property(fuzzInputs(), ({ bytes, pieces }) => {
    inputs++
    const whole = readRequests([bytes])
    assert.deepEqual(readRequests(pieces).map(essence), whole.map(essence))
    let from = 0
    for (const { request, size } of whole) {
      if (request.kind === 'request') checkRequest(request, bytes.slice(from, from + size))
      from += size
    }
  })
  fc.assert(property, parameters)
  return inputs
}

/** All requests on a connection whose client ends after these pieces; the last may have been refused. */
export function readRequests(pieces: readonly string[]): ReceivedRequest[] {
  return [...readEach(pieces)]
}

function* readEach(pieces: readonly string[]): Generator<ReceivedRequest> {
  const parser = new RequestParser(CORPUS_LIMITS)
  const reader = new RequestReader()
  let unaccounted = 0
  for (const piece of pieces) {
    reader.push(piece)
    unaccounted += piece.length
    for (;;) {
      const received = reader.read(parser)
      if (received === 'incomplete') break
      if (received === 'continue') continue
      unaccounted -= received.size
      assert.ok(received.size > 0 && unaccounted >= 0)
      yield received
      if (received.request.kind === 'refused') return assert.equal(unaccounted, 0)
    }
  }
  if (reader.stage === 'nothing') return assert.equal(reader.buffered, unaccounted)
  const rest = reader.end()
  assert.equal(rest.size, unaccounted)
  yield rest
}

/** What must not depend on how the bytes came. */
function essence({ request, line, size }: ReceivedRequest): unknown {
  if (request.kind === 'refused') return request.refusal
  const { host, target, persistent } = request
  return { line, size, host, target, persistent }
}

/** Checks a request that was accepted against its bytes, by other means than the parser's own. */
function checkRequest({ target }: Request, text: string): void {
  const head = HEAD.exec(text)?.[0]
  assert.ok(head !== undefined, 'The head is malformed')
  const lines = head.toLowerCase().split('\r\n')
  const [line = ''] = head.trimStart().split('\r\n')
  assert.ok(isUtf8(Buffer.from(line, 'latin1')), 'The target is no UTF-8')
  const lengths = lines.filter(line => line.startsWith('content-length:'))
  const codings = lines.filter(line => line.startsWith('transfer-encoding:'))
  assert.ok(lengths.length + codings.length <= 1, 'There are two framings')
  assert.ok(lines.filter(line => line.startsWith('host:')).length <= 1, 'There are two hosts')

  const body = text.slice(head.length)
  if (codings.length > 0) assert.ok(isChunked(body), 'The chunks are malformed')
  else assert.equal(body.length, Number(lengths[0]?.slice('content-length:'.length) ?? 0))

  if (target.kind !== 'resource') return
  assert.match(target.path, /^\/[^\0]*$/)
  assert.ok(!target.path.split('/').some(name => name === '.' || name === '..'), 'The path has dots')
}

function isChunked(body: string): boolean {
  const line = /([\da-f]+)[\t -~\x80-\xff]*\r\n/iy
  for (;;) {
    const size = Number.parseInt(line.exec(body)?.[1] ?? '', 16)
    if (Number.isNaN(size)) return false
    const end = line.lastIndex + size
    if (size === 0) return /^(?:[^\r\n]+\r\n)*\r\n$/.test(body.slice(end))
    if (body.slice(end, end + 2) !== '\r\n') return false
    line.lastIndex = end + 2
  }
}
