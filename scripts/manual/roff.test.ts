import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeArgument, escapeLiteral, escapeProse, textLine } from './roff.ts'

test('what is typed comes out of roff to the character', () => {
  assert.equal(
    escapeLiteral('a-b \'c\' `d` ^~ "e" \\n'),
    'a\\-b \\(aqc\\(aq \\(gad\\(ga \\(ha\\(ti \\(dqe\\(dq \\en',
  )
})

test('a sentence keeps its hyphens and apostrophes, and loses no backslash', () => {
  assert.equal(
    escapeProse("Apache's well-known \\ of 850\u{a0}µs"),
    "Apache's well-known \\e of 850\\~\\(mcs",
  )
})

test('refuses a character that not every terminal can show', () => {
  assert.throws(() => escapeProse('naïve'), /Expected a character roff knows, got "ï"/)
})

test('no line of text is taken for a request', () => {
  assert.equal(textLine('.well-known'), '\\&.well-known')
  assert.equal(textLine("'quoted'"), "\\&'quoted'")
  assert.equal(textLine('plain'), 'plain')
})

test('no argument is taken for a macro or for punctuation', () => {
  assert.equal(escapeArgument('No'), '\\&No')
  assert.equal(escapeArgument('%A'), '\\&%A')
  assert.equal(escapeArgument('['), '\\&[')
  assert.equal(escapeArgument('*:80:'), '*:80:\\&')
  assert.equal(escapeArgument('index.html'), 'index.html')
})
