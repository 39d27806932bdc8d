import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_EXPLANATIONS, reasonPhrase } from './status.ts'

const SENT = [
  100, 200, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 410, 412, 413, 414, 416,
  417, 431, 500, 501, 503, 505,
]

test('names every status the server sends, in words fit for a status line', () => {
  for (const status of SENT) assert.match(reasonPhrase(status), /^[A-Z][A-Za-z ]+$/, `${status}`)
  assert.equal(reasonPhrase(206), 'Partial Content')
  assert.equal(reasonPhrase(413), 'Content Too Large')
})

test('leaves the reason phrase empty for a status it does not know', () => {
  assert.equal(reasonPhrase(299), '')
  assert.equal(reasonPhrase(NaN), '')
})

test('explains every error, and nothing else, in one sentence', () => {
  const errors = SENT.filter(status => status >= 400)
  assert.deepEqual(Object.keys(ERROR_EXPLANATIONS).map(Number), errors)
  for (const status of errors) assert.match(ERROR_EXPLANATIONS[status] ?? '', /^[A-Z][^.]+(HTTP\/1\.1)?\.$/)
})
