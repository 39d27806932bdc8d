import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { until } from '../../test/support/wait.ts'
import { parseProcessStat, processorSeconds } from './processor-time.ts'

test('finds parent and times also behind a name that looks like more fields', () => {
  const text = '42 (a) b 1 (c) S 7 42 42 0 -1 4194560 100 0 0 0 150 25 900 900 20 0 1 0 100 0 0'
  assert.deepEqual(parseProcessStat(text), { parent: 7, seconds: 1.75, childrenSeconds: 18 })
})

test('counts what the children of a process take with it', async t => {
  // The shell does nothing but wait for the one that works.
  const child = spawn('sh', ['-c', 'while :; do :; done & echo; wait'], { stdio: 'ignore', detached: true })
  t.after(() => process.kill(-(child.pid ?? 0), 'SIGKILL'))
  await until(() => processorSeconds(child.pid ?? 0) >= 0.05, 'processor time of the child')
})
