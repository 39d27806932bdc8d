import assert from 'node:assert/strict'
import { test } from 'node:test'
import { remember } from './remember.ts'

function counting() {
  const asked: string[] = []
  const judge = (text: string) => {
    asked.push(text)
    return { text }
  }
  return { asked, judge }
}

test('judges a text once, and gives what was made of it again', () => {
  const { asked, judge } = counting()
  const remembered = remember(judge, { texts: 10, longest: 10 })
  const first = remembered('a')
  assert.equal(remembered('b').text, 'b')
  assert.equal(remembered('a'), first)
  assert.equal(remembered('a'), first)
  assert.deepEqual(asked, ['a', 'b'])
})

test('never mistakes one text for another, however alike they are', () => {
  const remembered = remember(counting().judge, { texts: 3, longest: 10 })
  for (const text of ['a', 'A', 'a ', 'ab', 'a', '', 'ab', 'b', 'a'])
    assert.equal(remembered(text).text, text)
})

test('remembers no more texts than it may, and none that are too long', () => {
  const { asked, judge } = counting()
  const remembered = remember(judge, { texts: 2, longest: 3 })
  for (const text of ['a', 'b', 'c', 'a', 'long', 'a', 'long']) remembered(text)
  assert.deepEqual(asked, ['a', 'b', 'c', 'a', 'long', 'long'])
})
