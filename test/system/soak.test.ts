import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soak } from '../../scripts/soak/soak.ts'

/** Milliseconds; npm run soak takes as long as it takes. */
const TIME_LIMIT = 600_000

test('Of 100,000 requests of all kinds, with reloads and rotations between, each is logged once and answered right', {
  timeout: TIME_LIMIT,
}, async t => {
  const report = (line: string) => t.diagnostic(line)
  const { summary, faults } = await soak({ requests: 100_000, seed: 1, report })
  t.diagnostic(summary)
  assert.deepEqual(faults, [])
})
