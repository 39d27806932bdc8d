import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeHtml } from './html.ts'

const CHARACTERS: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

test('writes the five characters that mean something in HTML as entities', () => {
  assert.equal(
    escapeHtml(`<a href="/?a=1&b='2'">&amp;`),
    '&lt;a href=&quot;/?a=1&amp;b=&#39;2&#39;&quot;&gt;&amp;amp;',
  )
})

test('shows every text as it is, and lets none of it become markup', () => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom('&', '<', '>', '"', "'", '#39;'), fc.string()) })
  fc.assert(
    fc.property(text, original => {
      const escaped = escapeHtml(original)
      assert.doesNotMatch(escaped, /[<>"']/)
      assert.equal(
        escaped.replace(/&[a-z0-9#]+;/g, entity => CHARACTERS[entity] ?? `unknown ${entity}`),
        original,
      )
    }),
  )
})
