import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Program } from '../support/program.ts'

/** Milliseconds; npm run chaos takes as long as it is told to. */
const TIME_LIMIT = 300_000
const [SEED, SECONDS] = ['7', '25']
const CHAOS = join(import.meta.dirname, '../../scripts/chaos.ts')

test('Half a minute of faults of all kinds leaves each request logged once, no byte wrong, and the server well', {
  timeout: TIME_LIMIT,
}, async t => {
  await using program = new Program(CHAOS, ['--seed', SEED, '--seconds', SECONDS])
  const code = await program.ended
  t.diagnostic(program.stdout)
  assert.equal(code, 0, program.stderr)
})
