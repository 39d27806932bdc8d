import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linearAxis, logarithmicAxis } from './axis.ts'
import { spreadOut } from './curves.ts'

test('a linear axis begins at zero and ends at a round number, so that lengths can be compared', () => {
  const { at, ticks } = linearAxis(173, 100, 500)
  assert.deepEqual(ticks, [0, 50, 100, 150, 200])
  assert.equal(at(0), 100)
  assert.equal(at(200), 500)
})

test('a logarithmic axis gives equal room to equal ratios', () => {
  const { at, ticks } = logarithmicAxis(1, 100, 0, 200)
  assert.deepEqual(ticks, [1, 2, 5, 10, 20, 50, 100])
  assert.equal(at(1), 0)
  assert.equal(Math.round(at(10)), 100)
  assert.equal(at(100), 200)
})

test('names keep out of each other’s way and near to where they belong', () => {
  assert.deepEqual(spreadOut([10, 200]), [10, 200])
  const [first = 0, second = 0, far = 0] = spreadOut([50, 51, 200])
  assert.ok(second - first >= 16.9, `${first} ${second}`)
  assert.ok(Math.abs(far - 200) < 10, `${far}`)
})
