import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileInMemory } from '../files/found-file.ts'
import type { Field } from '../http/field.ts'
import { ALWAYS, CachedResponse, cachedResponse, cacheResponse } from './cached-response.ts'
import type { Response } from './response.ts'

const FIRST: Field = ['Date', 'Sun, 22 Nov 2026 20:54:18 GMT']
const SECOND: Field = ['Date', 'Sun, 22 Nov 2026 20:54:19 GMT']

function respond(body: string, validity = ALWAYS): CachedResponse {
  const bytes = Buffer.from(body)
  const made: Response = {
    status: 200,
    fields: [FIRST, ['Content-Length', String(bytes.length)]],
    parts: bytes.length === 0 ? [] : [bytes],
    file: undefined,
    filename: undefined,
  }
  return new CachedResponse(made, bytes, validity)
}

/** The answer with a file that was read with so much room before it. */
function respondWithFile(body: string, room: number): CachedResponse {
  const memory = Buffer.from('?'.repeat(room) + body)
  const description = { size: body.length, modified: 0, etag: '"1"', mediaType: 'text/plain' }
  const file = new FileInMemory('/srv/file.txt', description, { memory, start: room })
  const made: Response = { status: 200, fields: [FIRST], parts: [memory], file, filename: file.path }
  return new CachedResponse(made, file, ALWAYS)
}

function sent(response: CachedResponse, connection?: 'close' | 'keep-alive'): string {
  const { bytes, body } = response.message(connection)
  return bytes.toString() + (body ?? '')
}

test('goes over the wire as its head and body, with what is said of the connection', () => {
  const head = `HTTP/1.1 200 OK\r\nDate: ${FIRST[1]}\r\nContent-Length: 5\r\n`
  assert.equal(sent(respond('hello')), `${head}\r\nhello`)
  assert.equal(sent(respond('hello'), 'close'), `${head}Connection: close\r\n\r\nhello`)
})

test('a long body is sent from where it is', () => {
  const body = 'x'.repeat(100_000)
  const response = respond(body)
  assert.equal(response.message(undefined).body?.length, body.length)
  assert.ok(sent(response).endsWith(`Content-Length: 100000\r\n\r\n${body}`))
})

test('has the Date of its second in every form, on the wire and in the log, and nothing else changes', () => {
  const response = respond('hello')
  const before = [undefined, 'close' as const].map(connection => sent(response, connection))
  assert.equal(response.at(SECOND), response)
  const after = [undefined, 'close' as const].map(connection => sent(response, connection))
  assert.deepEqual(
    after,
    before.map(text => text.replace(FIRST[1], SECOND[1])),
  )
  assert.equal(response.fields[0], SECOND)
})

test('bytes that it has let go of are changed no more: somebody is still taking them', () => {
  const response = respond('hello')
  const { bytes } = response.message(undefined)
  const inFlight = bytes.toString()
  const told = response.letGo()
  response.at(SECOND)
  assert.equal(bytes.toString(), inFlight)
  assert.equal(told.fields[0], FIRST, 'nor is what the log will say of them')
  assert.ok(sent(response).includes(SECOND[1]))
})

test('goes over the wire the same wherever its file lies in memory, in every form and second', () => {
  for (const body of ['', 'hello', 'x'.repeat(5000)]) {
    for (const room of [0, 10, 200]) {
      const response = respondWithFile(body, room)
      for (const date of [FIRST, SECOND]) {
        response.at(date)
        const head = `HTTP/1.1 200 OK\r\nDate: ${date[1]}\r\n`
        assert.equal(sent(response), `${head}\r\n${body}`)
        assert.equal(sent(response, 'close'), `${head}Connection: close\r\n\r\n${body}`)
      }
    }
  }
})

test('one that has let go of bytes, or whose file was forgotten, changes nothing in them', () => {
  const response = respondWithFile('hello', 200)
  const { bytes } = response.message(undefined)
  const inFlight = bytes.toString()
  response.letGo()
  response.at(SECOND)
  assert.ok(sent(response).endsWith('\r\n\r\nhello'))
  assert.equal(bytes.toString(), inFlight)

  const { bytes: others } = response.message(undefined)
  const before = others.toString()
  response.forget()
  response.at(FIRST)
  assert.equal(others.toString(), before)
  assert.equal(response.file, undefined)
})

test('is recalled for the same content and status, as long as it is valid', () => {
  const content = { answers: [] }
  const response = cacheResponse(content, respond('hello', { from: 500, until: 1000 }))
  assert.equal(cachedResponse(content, 200, 999), response)
  assert.equal(cachedResponse(content, 200, 1000), undefined)
  assert.equal(cachedResponse(content, 200, 499), undefined, 'also when the clock is set back')
  assert.equal(cachedResponse(content, 304, 999), undefined)
  const latest = cacheResponse(content, respond('bye'))
  assert.equal(cachedResponse(content, 200, 999), latest)
  assert.equal(content.answers.length, 1)
})

test('one in whose place another is kept holds its file no longer: requests may be remembered with it', () => {
  const content = { answers: [] }
  const replaced = cacheResponse(content, respondWithFile('hello', 200))
  const latest = cacheResponse(content, respondWithFile('hello', 200))
  assert.equal(replaced.file, undefined)
  assert.ok(latest.file)
})
