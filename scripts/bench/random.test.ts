import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom, shuffledOrder, zipfOrder } from './random.ts'

test('the same seed gives the same requests, another seed others', () => {
  const draw = (seed: number) => [...zipfOrder(100, 50, createRandom(seed))]
  assert.deepEqual(draw(1), draw(1))
  assert.notDeepEqual(draw(1), draw(2))
})

test('the first file is asked for twice as often as the second, and ten times as often as the tenth', () => {
  const counts = new Array<number>(1000).fill(0)
  for (const number of zipfOrder(1000, 200_000, createRandom(3))) counts[number] = (counts[number] ?? 0) + 1
  const ratio = (number: number) => (counts[0] ?? 0) / (counts[number] ?? 0)
  assert.ok(Math.abs(ratio(1) - 2) < 0.1, `${ratio(1)}`)
  assert.ok(Math.abs(ratio(9) - 10) < 1, `${ratio(9)}`)
})

test('each file is asked for once, in another order than their own', () => {
  const order = [...shuffledOrder(1000, createRandom(1))]
  const ascending = Array.from({ length: 1000 }, (_, index) => index)
  assert.notDeepEqual(order, ascending)
  assert.deepEqual(
    order.toSorted((one, other) => one - other),
    ascending,
  )
})
