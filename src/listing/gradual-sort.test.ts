import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sortGradually } from './gradual-sort.ts'

interface Item {
  readonly key: number
  readonly index: number
}

/** Sorts to the end: the items in order, and how many comparisons there were between two pauses at the most. */
function sort(keys: readonly number[]): { sorted: readonly Item[]; longest: number } {
  let comparisons = 0
  let longest = 0
  const items = keys.map((key, index) => ({ key, index }))
  const itemAt = (index: number) => items[index] ?? assert.fail(`There is no item ${index}`)
  const sorting = sortGradually(keys.length, itemAt, (one, other) => {
    comparisons++
    return one.key - other.key
  })
  for (;;) {
    const step = sorting.next()
    longest = Math.max(longest, comparisons)
    comparisons = 0
    if (step.done === true) return { sorted: Array.from(step.value, itemAt), longest }
  }
}

test('sorts as an array is sorted, and keeps the order of what is equal', () => {
  const keys = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 3000, size: 'max' })
  fc.assert(
    fc.property(keys, some => {
      const expected = some.map((key, index) => ({ key, index })).sort((one, other) => one.key - other.key)
      assert.deepEqual(sort(some).sorted, expected)
    }),
    { numRuns: 50 },
  )
})

test('pauses after a few thousand comparisons at the most, however much there is to sort', () => {
  const keys = Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 50_000)
  const { sorted, longest } = sort(keys)
  assert.deepEqual(
    sorted.map(item => item.key),
    keys.toSorted((one, other) => one - other),
  )
  assert.ok(longest < 3000, `${longest} comparisons`)
})

test('sorts nothing into nothing', () => {
  assert.deepEqual(sort([]).sorted, [])
})
