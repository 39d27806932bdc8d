import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { parseAcceptEncoding } from '../src/http/encoding.ts'
import { RequestParser } from '../src/http/request/request.ts'
import { answerFile } from '../src/http/response/respond.ts'
import { readListingView } from '../src/listing/listing-view.ts'

const LIMITS = { head: { requestLine: 65_536, fields: 10_000, fieldSize: 65_536 }, body: 0 }
const FILE = { size: 1e6, modified: 1e12, etag: '"1"', mediaType: 'text/plain' }

/** A request with so many names of a client's own in every place that has room for them. */
function requestWith(count: number): string {
  const names = Array.from({ length: count }, (_, index) => String(index * 65_536))
  const own = names.map(name => `${name}: a\r\nx-${name}: ${name}\r\n`).join('')
  const tags = names.map(name => `"${name}"`).join()
  const head = `GET /?${names.map(name => `${name}=${name}`).join('&')} HTTP/1.1\r\nHost: a\r\nConnection: ${names}\r\n`
  return `${head}Accept-Encoding: ${names}\r\nRange: bytes=${names.map(name => `${name}-`)}\r\nIf-None-Match: ${tags}\r\n${own}\r\n`
}

/** How many entries Maps and Sets are given while a request is read and judged. */
function entriesFor(count: number, context: TestContext): number {
  const parser = new RequestParser(LIMITS)
  const kept = [context.mock.method(Map.prototype, 'set'), context.mock.method(Set.prototype, 'add')]
  const request = parser.parse(requestWith(count))
  assert.ok(request !== 'incomplete' && request.kind === 'request')
  answerFile(request, FILE, 2e12)
  parseAcceptEncoding(request.head.fields.get('accept-encoding') ?? '')
  if (request.target.kind === 'resource') readListingView(request.target.query)
  const entries = kept.reduce((sum, { mock }) => sum + mock.callCount(), 0)
  context.mock.restoreAll()
  return entries
}

test('a client that sends many names has none of them kept, so it cannot choose such as collide', context => {
  // The first time the names that the server itself asks for are kept, once and for all.
  assert.ok(entriesFor(1, context) > 0)
  const few = entriesFor(1, context)
  const many = entriesFor(1000, context)
  assert.ok(many <= few, `${many} entries for a thousand names, and ${few} for one`)
})

test('each process hashes texts in a way of its own, which nobody else can know', () => {
  const ask = `process.stdout.write(String(require('internal/test/binding').internalBinding('v8').getHashSeed()))`
  const seeds = [1, 2, 3].map(() => {
    const { stdout, status, stderr } = spawnSync(
      process.execPath,
      ['--no-warnings', '--expose-internals', '-e', ask],
      { encoding: 'utf8' },
    )
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^\d+$/)
    return stdout
  })
  assert.equal(new Set(seeds).size, seeds.length, `Seeds ${seeds}`)
})
