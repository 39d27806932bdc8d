import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from './report.ts'
import { measurementOf, sample } from './sample.ts'

const GROUPS = { webserver: 'ours', lighttpd: 'leading' } as const

test('a peer is shown beside ours, with rate and processor time', () => {
  const report = describe(
    measurementOf(
      [
        sample('webserver', 'not-found', { responses: 20_000 }),
        sample('lighttpd', 'not-found', { responses: 10_000 }),
      ],
      GROUPS,
    ),
  )
  assert.match(report, /### 404 Not Found, 64 connections\n/)
  assert.match(report, /\| webserver +\| 20,000 +\| 0 % +\| 1\.00 +\| 25 +\| 1\.00 +\| 0\.1 +\| 1 +\| +\|\n/)
  assert.match(report, /\| lighttpd +\| 10,000 +\| 0 % +\| 0\.50 +\| 50 +\| 2\.00 +\| 0\.1 +\| 1 +\| +\|\n/)
})

test('no figure is shown without what takes its worth away', () => {
  const failures = { unexpected: 3, aborted: 0, malformed: 0, unanswered: 7 }
  const report = describe(
    measurementOf(
      [
        sample('webserver', 'page-64', { failures, otherSeconds: 0.4 }),
        sample('lighttpd', 'page-64', { processorSeconds: 0.99 }),
      ],
      GROUPS,
    ),
  )
  assert.match(report, /\| webserver .*\| \*\*3 unexpected\*\*, \*\*7 unanswered\*\*, disturbed, 40 % \|\n/)
  assert.match(
    report,
    /\| 1 KiB × 64 beside lighttpd .*\| \*\*not met\*\*, \*\*with failures\*\*, uncertain, disturbed \|/,
  )
  assert.match(report, /\| lighttpd .*\| the client is the limit +\|\n/)
})

test('another version of this server is shown with what has changed since, and how certain that is', () => {
  const rounds = [1, 2, 3, 4, 5, 6].flatMap(round => [
    sample('webserver', 'encoded', { round, responses: 1200 + round }),
    sample('webserver 1234567', 'encoded', { round }),
  ])
  const report = describe(measurementOf(rounds, { webserver: 'ours', 'webserver 1234567': 'ours' }))
  assert.match(report, /\| 38 KiB script .* \| webserver 1234567 \| 1\.20 +\| ± 0 % +\| +\| 1\.20 +\|/)
})

test('who could not be measured is named with the reason', () => {
  const measurement = measurementOf([sample('webserver', 'encoded', {})], GROUPS)
  const refusals = [
    { peer: 'lighttpd', workload: 'encoded', objection: 'sends neither br nor gzip' },
  ] as const
  assert.match(
    describe({ ...measurement, refusals }),
    /\nNot measured: lighttpd: sends neither br nor gzip\.\n/,
  )
})

test('a target that is just missed is said to be missed, and does not look as if it were met', () => {
  const samples = [
    sample('webserver', 'page-64', { responses: 1149 }),
    sample('lighttpd', 'page-64', { responses: 1000 }),
  ]
  const report = describe(measurementOf(samples, GROUPS))
  assert.match(
    report,
    /\| 1 KiB × 64 beside lighttpd \| at least 1\.15 \| 1\.14 \| unknown +\| \*\*not met\*\*, uncertain \|/,
  )
})
