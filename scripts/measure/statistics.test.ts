import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, quantile, spread, uncertainty } from './statistics.ts'

test('a median is the middle value, or lies between the middle two', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([8, 1, 9, 4]), 6)
  assert.equal(median([7]), 7)
  assert.ok(Number.isNaN(median([])))
})

test('a quantile is a value that was measured, and that so many do not exceed', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index)
  assert.equal(quantile(values, 0.5), 100)
  assert.equal(quantile(values, 0.99), 198)
  assert.equal(quantile(values, 1), 200)
  assert.ok(Number.isNaN(quantile([], 0.5)))
})

test('a median is as certain as the values around it, and more of them make it so', () => {
  const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)
  // Fewer than one in 40 times the median lies below the smallest of six, and above the greatest.
  assert.equal(uncertainty(upTo(6)), 5 / 3.5)
  assert.equal(uncertainty(upTo(8)), 7 / 4.5)
  // Of nine both ends can be left out, of 18 four at each.
  assert.equal(uncertainty(upTo(9)), 6 / 5)
  assert.equal(uncertainty(upTo(18)), 9 / 9.5)
  assert.equal(uncertainty([100, 100, 90, 100, 100, 100, 100, 250, 100]), 0)
  assert.equal(uncertainty([5]), Number.POSITIVE_INFINITY)
})

test('a spread is the distance of the outermost values as a share of the median', () => {
  assert.equal(spread([90, 100, 120]), 0.3)
  assert.equal(spread([5]), 0)
})
