import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Dice } from './dice.ts'

function throwsOf(seed: number) {
  const dice = new Dice(seed)
  return [dice.integer(0, 1e9), dice.chance(0.5), dice.pick(['a', 'b', 'c']), dice.bytes(8), dice.seed()]
}

test('The same seed throws the same, another seed something else', () => {
  assert.deepEqual(throwsOf(7), throwsOf(7))
  assert.notDeepEqual(throwsOf(7), throwsOf(8))
})

test('Numbers lie between the least and the most, both of which come', () => {
  const dice = new Dice(1)
  const seen = new Set(Array.from({ length: 200 }, () => dice.integer(3, 5)))
  assert.deepEqual([...seen].sort(), [3, 4, 5])
})

test('What weighs more is picked more often, what weighs nothing never', () => {
  const dice = new Dice(1)
  const rows = [{ weight: 0 }, { weight: 9 }, { weight: 1 }]
  const picked = rows.map(() => 0)
  for (let count = 0; count < 1000; count++) {
    const index = rows.indexOf(dice.pickByWeight(rows))
    picked[index] = (picked[index] ?? 0) + 1
  }
  const [none, much = 0, little = 0] = picked
  assert.equal(none, 0)
  assert.ok(little > 0 && much > 5 * little, String(picked))
})
