import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LastMinute } from './last-minute.ts'

function near(actual: number | undefined, expected: number): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= expected / 100,
    `${actual}, not ${expected}`,
  )
}

test('tells how durations are distributed, to within 1 %', () => {
  const minute = new LastMinute()
  for (let milliseconds = 1; milliseconds <= 1000; milliseconds++) minute.record(milliseconds, 0)
  const quantiles = minute.quantiles(0)
  assert.equal(quantiles?.count, 1000)
  near(quantiles?.p50, 500_000)
  near(quantiles?.p90, 900_000)
  near(quantiles?.p99, 990_000)
  near(quantiles?.max, 1_000_000)
})

test('says nothing when there was nothing', () => {
  assert.equal(new LastMinute().quantiles(123_456), null)
})

test('forgets what is a minute old, and nothing of the last 50 seconds', () => {
  const minute = new LastMinute()
  for (let second = 0; second < 200; second++) {
    minute.record(second + 1, second * 1000)
    const quantiles = minute.quantiles(second * 1000)
    const count = quantiles?.count ?? 0
    assert.ok(count <= 60 && count >= Math.min(second + 1, 50), `${count} after ${second} s`)
    near(quantiles?.max, (second + 1) * 1000)
  }
  assert.equal(minute.quantiles(199_000 + 60_000), null)
})

test('counts what lasted no time, and what lasted for days', () => {
  const minute = new LastMinute()
  minute.record(0, 0)
  minute.record(0.0001, 0)
  assert.deepEqual(minute.quantiles(0), { count: 2, p50: 1, p90: 1, p99: 1, max: 1 })
  minute.record(1e12, 0)
  assert.equal(minute.quantiles(0)?.count, 3)
  near(minute.quantiles(0)?.max, 2 ** 37)
})
