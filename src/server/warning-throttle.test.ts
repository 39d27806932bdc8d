import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WarningThrottle } from './warning-throttle.ts'

test('tells of each trouble at once, and of the same one once a minute', () => {
  let now = 0
  const throttle = new WarningThrottle<'fire' | 'water'>(() => now)
  assert.equal(throttle.isDue('fire'), true)
  assert.equal(throttle.isDue('water'), true)
  now = 59_999
  assert.equal(throttle.isDue('fire'), false)
  now = 60_000
  assert.equal(throttle.isDue('fire'), true)
  assert.equal(throttle.isDue('fire'), false)
})
