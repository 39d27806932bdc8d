import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchesWildcard } from './wildcard.ts'

test('a star stands for any characters, a question mark for one', () => {
  for (const [text, pattern] of [
    ['www.example.com', '*.example.com'],
    ['a.b.example.com', '*.example.com'],
    ['www.example.com', 'www.*'],
    ['abcabd', '*ab?'],
    ['abc', 'a*b*c*'],
    ['', '*'],
  ] as const)
    assert.ok(matchesWildcard(text, pattern), `${text} ${pattern}`)
  for (const [text, pattern] of [
    ['example.com', '*.example.com'],
    ['aXb', 'a?'],
    ['ab', 'ab*ab'],
    ['aba', 'ab*ba'],
    ['', '?'],
  ] as const)
    assert.ok(!matchesWildcard(text, pattern), `${text} ${pattern}`)
})

test('matches what a regular expression would', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })
  fc.assert(
    fc.property(text, piece, (value, pattern) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      assert.equal(matchesWildcard(value, pattern), expression.test(value))
    }),
  )
})
