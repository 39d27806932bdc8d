import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isWildcard, Wildcard } from './wildcard.ts'

test('a star stands for any characters, a question mark for one, brackets for one of those in them', () => {
  for (const [text, pattern] of [
    ['www.example.com', '*.example.com'],
    ['a.b.example.com', '*.example.com'],
    ['www.example.com', 'www.*'],
    ['abcabd', '*ab?'],
    ['abc', 'a*b*c*'],
    ['', '*'],
    ['a1', 'a[0-9]'],
    ['a-', 'a[0-]'],
    ['a]', 'a[]]'],
    ['ab', 'a[!0-9]'],
    ['a[', 'a['],
    ['a*', 'a\\*'],
    ['any', 'any'],
  ] as const)
    assert.ok(new Wildcard(pattern).matches(text), `${text} ${pattern}`)
  for (const [text, pattern] of [
    ['example.com', '*.example.com'],
    ['aXb', 'a?'],
    ['ab', 'ab*ab'],
    ['aba', 'ab*ba'],
    ['', '?'],
    ['aa', 'a[0-9]'],
    ['a1', 'a[!0-9]'],
    ['ab', 'a\\*'],
    ['A', 'a'],
    ['ab', 'a'],
  ] as const)
    assert.ok(!new Wildcard(pattern).matches(text), `${text} ${pattern}`)
  assert.deepEqual(['a*', 'a?', 'a[b]', 'a\\b', 'ab'].map(isWildcard), [true, true, true, true, false])
})

test('matches what a regular expression would', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 10 })
  fc.assert(
    fc.property(text, piece, (value, pattern) => {
      const source = pattern.replaceAll('*', '.*').replaceAll('?', '.').replaceAll('[!', '[^')
      assert.equal(new Wildcard(pattern).matches(value), new RegExp(`^${source}$`).test(value))
    }),
  )
})
