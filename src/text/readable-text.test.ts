import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeUtf8, readableText } from './readable-text.ts'

const byteString = (text: string) => Buffer.from(text).toString('latin1')

test('reads UTF-8 as it is meant', () => {
  for (const text of ['plain.txt', 'Grüße.txt', '日本語.txt', '😀.txt', 'مرحبا.txt']) {
    assert.equal(readableText(byteString(text)), text)
  }
})

test('shows bytes that are no UTF-8 as U+FFFD', () => {
  assert.equal(readableText('caf\xe9.txt'), 'caf\ufffd.txt')
  assert.equal(decodeUtf8('caf\xe9.txt'), 'caf\ufffd.txt')
})

test('makes visible what would break the line, hide, or turn a name round', () => {
  assert.equal(readableText('a\nb\tc\x1b[31m\x7f'), 'a␊b␉c␛[31m␡')
  assert.equal(readableText(byteString('a\u0085b\u2028c\u2029d')), 'a\ufffdb\ufffdc\ufffdd')
  assert.equal(readableText(byteString('photo\u202egpj.exe')), 'photo\ufffdgpj.exe')
})

test('leaves no control character in any text', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      const text = readableText(Buffer.from(bytes).toString('latin1'))
      assert.doesNotMatch(text, /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u)
    }),
  )
})
