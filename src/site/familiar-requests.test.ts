import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FileInMemory } from '../files/found-file.ts'
import type { Sighting } from '../files/sighting.ts'
import { RequestParser } from '../http/request/request.ts'
import { type ReceivedRequest, RequestReader } from '../http/request/request-reader.ts'
import { FamiliarRequest, FamiliarRequests } from './familiar-requests.ts'
import { ALWAYS, RepeatedResponse } from './repeated-response.ts'

const NOW = Date.UTC(2026, 10, 22, 20, 54, 18)
const PARSER = new RequestParser({
  head: { requestLine: 8190, fields: 100, fieldSize: 8190 },
  body: 1_048_576,
})

/** What is read of a text that comes in one piece: the first request in it. */
function receive(text: string): ReceivedRequest {
  const reader = new RequestReader()
  reader.push(text)
  const received = reader.read(PARSER)
  if (typeof received === 'string') throw new Error(`The request is ${received}`)
  return received
}

function ask(path: string, fields = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: webserver.example\r\n${fields}\r\n`
}

/** An answer with a file. */
function answer(size = 5, validity = ALWAYS): RepeatedResponse {
  const bytes = Buffer.alloc(size)
  const representation = { size, modified: 0, etag: '"1"', mediaType: 'text/plain' }
  const file = new FileInMemory('/srv/file.txt', representation, { memory: bytes, start: 0 })
  const fields = [['Date', 'Sun, 22 Nov 2026 20:54:18 GMT']] as const
  const made = { status: 200, fields, parts: [bytes], file, filename: file.path }
  return new RepeatedResponse(made, file, validity)
}

/** What was looked for was seen then, and is taken to be so for 100 ms. */
function seen(at = NOW): Sighting {
  return { at }
}

describe('A request that comes again word for word', () => {
  test('is known with its answer', () => {
    const familiar = new FamiliarRequests()
    const text = ask('/file.txt')
    const response = answer()
    assert.equal(familiar.recall(text), undefined)
    const received = receive(text)
    familiar.answered(received, response, seen())
    const known = familiar.recall(ask('/file.txt'))
    assert.ok(known)
    const { request, line, size } = known
    assert.deepEqual({ request, line, size, text: known.text }, received)
    assert.equal(known.answerAt(NOW), response)
    assert.equal(familiar.recall(ask('/file.html')), undefined)
    assert.equal(familiar.recall(`${text}GET`), undefined)
  })

  test('has no answer once the file has to be looked at again, or the clock was set back', () => {
    const familiar = new FamiliarRequests()
    const sighting = seen()
    familiar.answered(receive(ask('/file.txt')), answer(), sighting)
    const known = familiar.recall(ask('/file.txt'))
    assert.ok(known)
    assert.ok(known.answerAt(NOW + 99.9))
    assert.equal(known.answerAt(NOW + 100), undefined)
    assert.equal(known.answerAt(NOW - 1), undefined)
    sighting.at = NOW + 50
    assert.ok(known.answerAt(NOW + 100), 'somebody else has looked')
    assert.equal(known.answerAt(NOW + 49), undefined)
  })

  test('has no answer once that says something that has changed with the time', () => {
    const familiar = new FamiliarRequests()
    familiar.answered(receive(ask('/file.txt')), answer(5, { from: NOW - 1000, until: NOW + 10 }), seen())
    assert.equal(familiar.recall(ask('/file.txt'))?.answerAt(NOW + 10), undefined)
  })

  test('has no answer once its file is out of memory, and does not hold it', () => {
    const familiar = new FamiliarRequests()
    const response = answer()
    familiar.answered(receive(ask('/file.txt')), response, seen())
    response.forget()
    assert.equal(familiar.recall(ask('/file.txt'))?.answerAt(NOW), undefined)
    assert.equal(response.file, undefined)
  })

  test('is known with the answer it got last', () => {
    const familiar = new FamiliarRequests()
    familiar.answered(receive(ask('/file.txt')), answer(), seen())
    const known = familiar.recall(ask('/file.txt'))
    assert.ok(known instanceof FamiliarRequest)
    const latest = answer(7)
    familiar.answered(known, latest, seen(NOW + 50))
    assert.equal(familiar.recall(ask('/file.txt'))?.answerAt(NOW + 60), latest)
  })
})

describe('Not remembered are', () => {
  test('requests that came with others, or are long', () => {
    const familiar = new FamiliarRequests()
    const pair = ask('/file.txt') + ask('/file.html')
    const long = ask('/file.txt', `Cookie: ${'x'.repeat(4000)}\r\n`)
    for (const text of [pair, long]) {
      familiar.answered(receive(text), answer(), seen())
      assert.equal(familiar.recall(text), undefined)
    }
    assert.equal(familiar.recall(ask('/file.txt')), undefined)
  })

  test('more than so many, and more than so many bytes of them', () => {
    const counts = [
      { requests: 20_000, fields: '', most: 16_384 },
      { requests: 6000, fields: `Cookie: ${'x'.repeat(1900)}\r\n`, most: 4300 },
    ]
    for (const { requests, fields, most } of counts) {
      const familiar = new FamiliarRequests()
      const texts = Array.from({ length: requests }, (_, number) => ask(`/${number}`, fields))
      for (const text of texts) familiar.answered(receive(text), answer(), seen())
      const known = texts.filter(text => familiar.recall(text) !== undefined).length
      // When there are too many all are forgotten, and then remembered anew.
      assert.ok(known > 1000 && known <= most, `${known} of ${requests}`)
    }
  })
})
