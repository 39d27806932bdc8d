import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WaitingLine } from './waiting-line.ts'

test('is what an array would be, whoever comes and goes', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant('add' as const) },
    { weight: 2, arbitrary: fc.constant('take' as const) },
    { weight: 1, arbitrary: fc.nat({ max: 2000 }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 3000, size: 'max' }), steps => {
      const line = new WaitingLine<object>()
      const expected: { member: object; since: number }[] = []
      for (const [time, step] of steps.entries()) {
        if (step === 'add') {
          const member = { time }
          line.add(member, time)
          expected.push({ member, since: time })
        } else if (step === 'take') {
          assert.equal(line.firstSince, expected[0]?.since)
          assert.equal(line.take(), expected.shift()?.member)
        } else {
          const leaver = expected[step]?.member ?? {}
          line.remove(leaver)
          if (step < expected.length) expected.splice(step, 1)
        }
        assert.equal(line.size, expected.length)
      }
      assert.deepEqual(
        [...line],
        expected.map(({ member, since }) => [member, since]),
      )
    }),
    { numRuns: 50 },
  )
})

test('moves up under a load that never ends, and keeps nobody who has been taken', () => {
  const line = new WaitingLine<number>()
  for (let member = 0; member < 100_000; member++) {
    line.add(member, member)
    if (member >= 10) assert.equal(line.take(), member - 10)
  }
  assert.deepEqual([...line].length, 10)
})
