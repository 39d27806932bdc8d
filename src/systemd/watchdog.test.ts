import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takeWatchdogTimeout } from './watchdog.ts'

const PID = 4711

test('systemd is told of life within the time it sets for this process', () => {
  const environment = { WATCHDOG_USEC: '30000000', WATCHDOG_PID: `${PID}`, PATH: '/bin' }
  assert.equal(takeWatchdogTimeout(environment, PID), 30_000)
  assert.deepEqual(environment, { PATH: '/bin' }, 'and no process that this one starts')
})

test('without a process named, this one is meant', () => {
  assert.equal(takeWatchdogTimeout({ WATCHDOG_USEC: '500000' }, PID), 500)
})

for (const environment of [
  {},
  { WATCHDOG_PID: `${PID}` },
  { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' },
  { WATCHDOG_USEC: '0' },
  { WATCHDOG_USEC: 'soon' },
]) {
  test(`nobody watches with ${JSON.stringify(environment)}`, () => {
    assert.equal(takeWatchdogTimeout(environment, PID), undefined)
  })
}
