import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Field } from '../field.ts'
import { fieldsOfHead, formatResponseHead } from './response-head.ts'

const FIELDS: readonly Field[] = [
  ['Date', 'Sun, 22 Nov 2026 20:22:18 GMT'],
  ['X-Colons', 'a: b: c'],
  ['X-Empty', ''],
]

test('a head is a status line and its fields, Connection last', () => {
  assert.equal(
    formatResponseHead(404, FIELDS, 'close'),
    'HTTP/1.1 404 Not Found\r\nDate: Sun, 22 Nov 2026 20:22:18 GMT\r\nX-Colons: a: b: c\r\nX-Empty: \r\nConnection: close\r\n\r\n',
  )
})

test('its fields can be told from it', () => {
  assert.deepEqual(fieldsOfHead(formatResponseHead(200, FIELDS, undefined)), FIELDS)
})
