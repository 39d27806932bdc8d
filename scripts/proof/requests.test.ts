import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestParser } from '../../src/http/request/request.ts'
import { RequestReader } from '../../src/http/request/request-reader.ts'
import { Dice } from './dice.ts'
import { makeRequest } from './requests.ts'
import { makePages } from './site.ts'

/** As they are when the configuration says nothing. */
const LIMITS = { head: { requestLine: 8190, fields: 100, fieldSize: 8190 }, body: 1024 ** 2 }

function* make(seed: number, count: number) {
  const tags = new Map([['/page.html', '"tag"']])
  const ingredients = { dice: new Dice(seed), pages: makePages(seed), tags }
  for (let number = 0; number < count; number++) yield makeRequest(ingredients, number, `0-${number}`)
}

test('Requests are what they are meant to be: the parser refuses those, and only those, that it must', () => {
  const refused = new Set<number>()
  for (const { text, statuses, method, number } of make(1, 20_000)) {
    const reader = new RequestReader()
    reader.push(text)
    const received = reader.read(new RequestParser(LIMITS))
    assert.ok(typeof received !== 'string', text.slice(0, 200))
    assert.ok(
      received.line.startsWith(`${method} /`) && received.line.includes(`?0-${number}`),
      received.line,
    )
    if (received.request.kind === 'request') {
      assert.equal(received.size, text.length, text.slice(0, 200))
      assert.equal(reader.buffered, 0)
      continue
    }
    assert.deepEqual(statuses, [received.request.refusal.status], text.slice(0, 200))
    refused.add(received.request.refusal.status)
  }
  assert.deepEqual([...refused].sort(), [400, 413, 414, 417, 431, 501, 505])
})

test('Every status that a site can answer with is asked for', () => {
  const statuses = new Set([...make(2, 20_000)].flatMap(({ statuses }) => statuses))
  const expected = [200, 204, 206, 301, 304, 400, 404, 405, 412, 413, 414, 416, 417, 431, 501, 505]
  assert.deepEqual([...statuses].sort(), expected)
})

test('The same seed makes the same requests', () => {
  assert.deepEqual([...make(3, 500)], [...make(3, 500)])
})
