import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FileInMemory } from '../files/found-file.ts'
import type { Sighting } from '../files/sighting.ts'
import { RequestParser } from '../http/request/request.ts'
import { type ReceivedRequest, RequestReader } from '../http/request/request-reader.ts'
import { ALWAYS, CachedResponse } from './cached-response.ts'
import { type CachedReply, CachedRequest, ResponseCache } from './response-cache.ts'
import type { Place } from './step.ts'

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
function answer(size = 5, validity = ALWAYS): CachedReply {
  const bytes = Buffer.alloc(size)
  const representation = { size, modified: 0, etag: '"1"', mediaType: 'text/plain' }
  const file = new FileInMemory('/srv/file.txt', representation, { memory: bytes, start: 0 })
  const fields = [['Date', 'Sun, 22 Nov 2026 20:54:18 GMT']] as const
  const made = { status: 200, fields, parts: [bytes], file, filename: file.path }
  return { response: new CachedResponse(made, file, validity), because: { kind: 'found' } }
}

/** Where it was answered, which is only carried along. */
const PLACE = {} as Place

/** The answer where there is nothing. */
function nothing(): CachedReply {
  const bytes = Buffer.from('Not Found')
  const fields = [['Date', 'Sun, 22 Nov 2026 20:54:18 GMT']] as const
  const made = { status: 404, fields, parts: [bytes], file: undefined, filename: undefined }
  return { response: new CachedResponse(made, bytes, ALWAYS), because: { kind: 'missing' } }
}

/** What was looked for was seen then, and is taken to be so for 100 ms. */
function seen(at = NOW): Sighting {
  return { at }
}

describe('A request that comes again word for word', () => {
  test('is known with its answer', () => {
    const cache = new ResponseCache()
    const text = ask('/file.txt')
    const given = answer()
    assert.equal(cache.recall(text), undefined)
    const received = receive(text)
    cache.keep(received, given, seen(), PLACE)
    const known = cache.recall(ask('/file.txt'))
    assert.ok(known)
    const { request, line, size } = known
    assert.deepEqual({ request, line, size, text: known.text }, received)
    assert.equal(known.replyAt(NOW), given)
    assert.equal(cache.recall(ask('/file.html')), undefined)
    assert.equal(cache.recall(`${text}GET`), undefined)
  })

  test('is known among others that came with it, by its place', () => {
    const cache = new ResponseCache()
    const [one, other, unknown] = [
      ask('/file.txt'),
      ask('/b', 'Accept: */*\r\n'),
      ask('/file.txt', 'Accept: */*\r\n'),
    ]
    cache.keep(receive(one), answer(), seen(), PLACE)
    cache.keep(receive(other), answer(), seen(), PLACE)
    const text = one + other + one + unknown + other.slice(0, -1)
    const found = []
    for (let at = 0; at < text.length; at = text.indexOf('\r\n\r\n', at) + 4) {
      found.push(cache.recallAt(text, at)?.text)
      if (text.indexOf('\r\n\r\n', at) < 0) break
    }
    assert.deepEqual(found, [one, other, one, undefined, undefined])
  })

  test('has no answer once the file has to be looked at again, or the clock was set back', () => {
    const cache = new ResponseCache()
    const sighting = seen()
    cache.keep(receive(ask('/file.txt')), answer(), sighting, PLACE)
    const known = cache.recall(ask('/file.txt'))
    assert.ok(known)
    assert.ok(known.replyAt(NOW + 99.9))
    assert.equal(known.replyAt(NOW + 100), undefined)
    assert.equal(known.replyAt(NOW - 1), undefined)
    sighting.at = NOW + 50
    assert.ok(known.replyAt(NOW + 100), 'somebody else has looked')
    assert.equal(known.replyAt(NOW + 49), undefined)
  })

  test('has no answer once that says something that has changed with the time', () => {
    const cache = new ResponseCache()
    cache.keep(receive(ask('/file.txt')), answer(5, { from: NOW - 1000, until: NOW + 10 }), seen(), PLACE)
    assert.equal(cache.recall(ask('/file.txt'))?.replyAt(NOW + 10), undefined)
  })

  test('has no answer once its file is out of memory, and does not hold it', () => {
    const cache = new ResponseCache()
    const given = answer()
    cache.keep(receive(ask('/file.txt')), given, seen(), PLACE)
    given.response.forget()
    assert.equal(cache.recall(ask('/file.txt'))?.replyAt(NOW), undefined)
    assert.equal(given.response.file, undefined)
  })

  test('is known with the answer it got last', () => {
    const cache = new ResponseCache()
    cache.keep(receive(ask('/file.txt')), answer(), seen(), PLACE)
    const known = cache.recall(ask('/file.txt'))
    assert.ok(known instanceof CachedRequest)
    const latest = answer(7)
    cache.keep(known, latest, seen(NOW + 50), PLACE)
    assert.equal(cache.recall(ask('/file.txt'))?.replyAt(NOW + 60), latest)
  })
})

describe('That there is nothing', () => {
  test('is known as long as nobody has to look again', () => {
    const cache = new ResponseCache()
    cache.keep(receive(ask('/nothing')), nothing(), seen(), PLACE)
    const known = cache.recall(ask('/nothing'))
    assert.equal(known?.replyAt(NOW + 99)?.response.status, 404)
    assert.equal(known?.replyAt(NOW + 100), undefined)
  })

  test('is not known any more once something is there, nor the other way round', () => {
    const cache = new ResponseCache()
    const text = ask('/file.txt')
    for (const given of [nothing(), answer(), nothing()]) {
      cache.keep(receive(text), given, seen(), PLACE)
      // Not only because it was the last that was kept.
      cache.keep(receive(ask('/other')), answer(), seen(), PLACE)
      assert.equal(cache.recall(text)?.replyAt(NOW), given)
    }
  })

  test('has nothing else forgotten, however many names are tried', () => {
    const cache = new ResponseCache()
    cache.keep(receive(ask('/file.txt')), answer(), seen(), PLACE)
    const tried = Array.from({ length: 20_000 }, (_, number) => ask(`/${number}.php`))
    for (const text of tried) cache.keep(receive(text), nothing(), seen(), PLACE)
    assert.ok(cache.recall(ask('/file.txt')))
    const known = tried.filter(text => cache.recall(text) !== undefined).length
    assert.ok(known > 0 && known <= 1024, `${known} are known`)
  })
})

describe('Not remembered are', () => {
  test('requests that came with others, or are long', () => {
    const cache = new ResponseCache()
    const pair = ask('/file.txt') + ask('/file.html')
    const long = ask('/file.txt', `Cookie: ${'x'.repeat(4000)}\r\n`)
    for (const text of [pair, long]) {
      cache.keep(receive(text), answer(), seen(), PLACE)
      assert.equal(cache.recall(text), undefined)
    }
    assert.equal(cache.recall(ask('/file.txt')), undefined)
  })

  test('more than so many, and more than so many bytes of them', () => {
    const counts = [
      { requests: 20_000, fields: '', most: 16_384 },
      { requests: 6000, fields: `Cookie: ${'x'.repeat(1900)}\r\n`, most: 4300 },
    ]
    for (const { requests, fields, most } of counts) {
      const cache = new ResponseCache()
      const texts = Array.from({ length: requests }, (_, number) => ask(`/${number}`, fields))
      for (const text of texts) cache.keep(receive(text), answer(), seen(), PLACE)
      const known = texts.filter(text => cache.recall(text) !== undefined).length
      // When there are too many all are forgotten, and then remembered anew.
      assert.ok(known > 1000 && known <= most, `${known} of ${requests}`)
    }
  })
})
