import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Field } from '../http/field.ts'
import { ALWAYS, RepeatedResponse, RepeatedResponses } from './repeated-response.ts'
import type { Response } from './response.ts'

const FIRST: Field = ['Date', 'Sun, 22 Nov 2026 20:54:18 GMT']
const SECOND: Field = ['Date', 'Sun, 22 Nov 2026 20:54:19 GMT']

function respond(body: string, validity = ALWAYS): RepeatedResponse {
  const bytes = Buffer.from(body)
  const made: Response = {
    status: 200,
    fields: [FIRST, ['Content-Length', String(bytes.length)]],
    parts: bytes.length === 0 ? [] : [bytes],
    file: undefined,
    filename: undefined,
  }
  return new RepeatedResponse(made, bytes, undefined, validity)
}

function sent(response: RepeatedResponse, connection?: 'close' | 'keep-alive'): string {
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

test('is recalled for the same subject and status, as long as it is valid', () => {
  const responses = new RepeatedResponses()
  const subject = {}
  const response = responses.keep(subject, respond('hello', { from: 500, until: 1000 }))
  assert.equal(responses.recall(200, subject, 999), response)
  assert.equal(responses.recall(200, subject, 1000), undefined)
  assert.equal(responses.recall(200, subject, 499), undefined, 'also when the clock is set back')
  assert.equal(responses.recall(304, subject, 999), undefined)
  assert.equal(responses.recall(200, {}, 999), undefined)
})
