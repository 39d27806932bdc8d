import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asciiJson, escapeLogLine, escapeLogText } from './escape.ts'

test('writes what a log must not hold as Apache does', () => {
  assert.equal(
    escapeLogText('GET /?a="\\\b\t\n\v\r\0\x1b\x7f\xe9'),
    'GET /?a=\\"\\\\\\b\\t\\n\\v\\r\\x00\\x1b\\x7f\\xe9',
  )
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      assert.match(escapeLogText(Buffer.from(bytes).toString('latin1')), /^(?:[ !#-[\]-~]|\\.)*$/)
    }),
  )
})

test('keeps a message in one line, and in its own letters', () => {
  assert.equal(
    escapeLogLine('"schön"\n\tC:\\x\u2028\u202e'),
    '"schön"\\n\\tC:\\\\x\\xe2\\x80\\xa8\\xe2\\x80\\xae',
  )
})

test('writes JSON that says the same, in ASCII alone', () => {
  assert.equal(asciiJson({ name: 'é\x7f\u2028😀' }), '{"name":"\\u00e9\\u007f\\u2028\\ud83d\\ude00"}')
  fc.assert(
    fc.property(fc.string({ unit: fc.nat(0xffff).map(code => String.fromCharCode(code)) }), text => {
      const json = asciiJson([text], 2)
      assert.match(json, /^[\n\x20-\x7e]*$/)
      assert.deepEqual(JSON.parse(json), [text])
    }),
  )
})
