import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { test } from 'node:test'
import { lowerPoolPriority } from './pool-priority.ts'

test('puts the threads that compress behind all others, and leaves the one that serves as it is', async () => {
  const before = getPriority()
  await lowerPoolPriority()
  const pool = readdirSync('/proc/self/task').filter(
    thread => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8') === 'libuv-worker\n',
  )
  assert.notEqual(pool.length, 0)
  for (const thread of pool) assert.equal(getPriority(Number(thread)), constants.priority.PRIORITY_LOW)
  assert.equal(getPriority(), before)
})
