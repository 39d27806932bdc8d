import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Histogram } from './histogram.ts'

/** The value at which so many percent of all are reached, by sorting them. */
function exact(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0
}

function isNear(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= Math.ceil(expected / 100)
}

test('a percentile is that of the sorted values, to within 1 %', () => {
  const octave = fc.integer({ min: 0, max: 36 })
  const value = octave.chain(power => fc.integer({ min: 2 ** power, max: 2 ** (power + 1) - 1 }))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const histogram = new Histogram()
      for (const each of values) histogram.record(each)
      const expected = exact(values, percent)
      assert.ok(
        isNear(histogram.percentile(percent), expected),
        `${histogram.percentile(percent)}, not ${expected}`,
      )
      assert.equal(histogram.max, Math.max(...values))
    }),
  )
})

test('values that cannot be told apart count as the one in their middle', () => {
  const [from, to] = [4096, 8192]
  const values = Array.from({ length: to - from }, (_, place) => from + place)
  const percentile = (value: number) => {
    const histogram = new Histogram()
    histogram.record(value)
    histogram.record(to)
    return histogram.percentile(50)
  }
  for (const [counted, alike] of Map.groupBy(values, percentile)) {
    const [first = 0, last = 0] = [alike[0], alike.at(-1)]
    assert.equal(counted, Math.floor((first + last) / 2))
  }
})

test('values below 64 are exact', () => {
  for (let value = 1; value < 64; value++) {
    const histogram = new Histogram()
    histogram.record(value)
    histogram.record(1000)
    assert.equal(histogram.percentile(50), value)
  }
})

test('what is too small or too large counts as the smallest or largest', () => {
  const histogram = new Histogram()
  for (const value of [0, 0.2, 1e15]) histogram.record(value)
  assert.equal(histogram.percentile(50), 1)
  assert.equal(histogram.max, 2 ** 37 - 1)
})

test('added to another it counts as if all had been recorded there, and nothing after a reset', () => {
  const [one, other] = [new Histogram(), new Histogram()]
  for (const value of [1, 2, 3]) one.record(value)
  for (const value of [4, 5]) other.record(value)
  one.add(other)
  assert.deepEqual([one.count, one.max, one.percentile(50), one.percentile(100)], [5, 5, 3, 5])
  one.reset()
  assert.deepEqual([one.count, one.max, one.percentile(50)], [0, 0, 0])
})
