import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coalesce } from './coalesce.ts'

test('acts once on all that comes at a time, and once more on what comes within the interval', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const pass = (milliseconds: number) => {
    now += milliseconds
    t.mock.timers.tick(milliseconds)
  }
  let count = 0
  const call = coalesce(() => count++, 200)

  for (let time = 0; time < 1000; time++) call()
  pass(1)
  assert.equal(count, 1)
  for (let time = 0; time < 100; time++) {
    call()
    pass(1)
  }
  assert.equal(count, 1)
  pass(100)
  assert.equal(count, 2)
  pass(1000)
  assert.equal(count, 2)
  call()
  pass(1)
  assert.equal(count, 3)
})
