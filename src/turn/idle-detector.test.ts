import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../test/support/wait.ts'
import { IdleDetector } from './idle-detector.ts'

const NOBODY = { inService: undefined, waiting: 0 }

/** An event loop that works and rests as it is told, in milliseconds. */
class SimulatedLoop {
  #active = 0
  #idle = 0

  work(milliseconds: number): void {
    this.#active += milliseconds
  }

  rest(milliseconds: number): void {
    this.#idle += milliseconds
  }

  measure: typeof performance.eventLoopUtilization = (to, from) => {
    const active = (to?.active ?? this.#active) - (from?.active ?? 0)
    const idle = (to?.idle ?? this.#idle) - (from?.idle ?? 0)
    return { active, idle, utilization: active / (active + idle) }
  }
}

test('is idle while there is little to do, since it was asked before', () => {
  const loop = new SimulatedLoop()
  const detector = new IdleDetector(NOBODY, loop.measure)
  const share = (work: number) => {
    loop.work(work)
    loop.rest(100 - work)
    return detector.isIdle()
  }
  assert.deepEqual([0, 24, 25, 26, 100, 24].map(share), [true, true, false, false, false, true])
})

test('is not idle while somebody is served, or waits, however little there is to do', () => {
  const loop = new SimulatedLoop()
  const queue: { inService: unknown; waiting: number } = { ...NOBODY }
  const detector = new IdleDetector(queue, loop.measure)
  const isIdle = () => {
    loop.rest(100)
    return detector.isIdle()
  }
  assert.equal(isIdle(), true)
  queue.inService = {}
  assert.equal(isIdle(), false)
  queue.inService = undefined
  queue.waiting = 1
  assert.equal(isIdle(), false)
  queue.waiting = 0
  assert.equal(isIdle(), true)
})

test('goes by what the event loop of this process does', async () => {
  // Before its first turn an event loop measures nothing.
  await sleep(1)
  const detector = new IdleDetector(NOBODY)
  const rest = () => until(() => detector.isIdle())
  await rest()
  const end = performance.now() + 50
  while (performance.now() < end);
  assert.equal(detector.isIdle(), false, 'after work without a pause')
  await rest()
})
