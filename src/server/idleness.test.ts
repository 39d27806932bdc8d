import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../content/testing.ts'
import { Idleness } from './idleness.ts'

const PATIENCE = { timeout: 10_000 }

test('is idle while nobody is served, nobody waits, and there is little to do', PATIENCE, async () => {
  const queue: { inService: unknown; waiting: number } = { inService: undefined, waiting: 0 }
  const idleness = new Idleness(queue)
  const rest = () => until(() => idleness.isIdle())
  await rest()
  queue.inService = {}
  await sleep(20)
  assert.equal(idleness.isIdle(), false)
  queue.inService = undefined
  queue.waiting = 1
  await sleep(20)
  assert.equal(idleness.isIdle(), false)
  queue.waiting = 0
  await rest()

  const end = performance.now() + 50
  while (performance.now() < end);
  assert.equal(idleness.isIdle(), false, 'after 50 ms of work')
  await rest()
})
