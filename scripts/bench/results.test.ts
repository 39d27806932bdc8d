import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latencyOf, resultsOf } from './results.ts'
import { sample } from './sample.ts'

test('the rounds of a peer become their median, and failures of all rounds are added up', () => {
  const [result, ...more] = resultsOf({
    samples: [
      sample('nginx', 'page-64', { responses: 1000, seconds: 1, serverSeconds: 0.5, latencies: [[99, 10]] }),
      sample('nginx', 'page-64', { responses: 4000, seconds: 2, serverSeconds: 1, latencies: [[99, 30]] }),
      sample('nginx', 'page-64', {
        responses: 1500,
        seconds: 1,
        serverSeconds: 0.3,
        latencies: [[99, 20]],
        failures: { unexpected: 2, aborted: 1, malformed: 0, unanswered: 0 },
      }),
    ],
  })
  assert.deepEqual(more, [])
  assert.ok(result !== undefined)
  assert.equal(result.rate, 1500)
  assert.equal(result.spread, (2000 - 1000) / 1500)
  assert.equal(Math.round(result.processorTime), 250)
  assert.equal(latencyOf(result, 99), 20)
  assert.ok(Number.isNaN(latencyOf(result, 50)))
  assert.deepEqual(result.failures, { unexpected: 2, aborted: 1, malformed: 0, unanswered: 0 })
})

test('large files are counted in bytes, those of downloads that were not over among them', () => {
  const [result] = resultsOf({
    samples: [
      sample('nginx', 'film-1', { responses: 0, bytes: 50 * 1024 ** 2, seconds: 0.5, serverSeconds: 0.1 }),
    ],
  })
  assert.ok(result !== undefined)
  assert.equal(result.rate, 100 * 1024 ** 2)
  assert.equal(Math.round(result.processorTime), 2000)
  // None was over, so none took any time.
  assert.ok(Number.isNaN(latencyOf(result, 50)))
})

test('peers and workloads are kept apart', () => {
  const results = resultsOf({
    samples: [sample('a', 'page-64', {}), sample('b', 'page-64', {}), sample('a', 'page-1', {})],
  })
  assert.deepEqual(
    results.map(({ peer, workload }) => [peer, workload]),
    [
      ['a', 'page-64'],
      ['b', 'page-64'],
      ['a', 'page-1'],
    ],
  )
})
