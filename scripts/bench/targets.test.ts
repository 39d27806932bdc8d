import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sample } from './sample.ts'
import { changes, judge, uncertainWorkloads } from './targets.ts'

const GROUPS = new Map([
  ['slow', 'node'],
  ['quick', 'node'],
] as const)

test('a target is met by processor time alone, and the rate is told beside it', () => {
  const of = (ours: number) =>
    judgeFor('beside nginx as shipped', [
      sample('webserver', 'page-64', { responses: ours, serverSeconds: 0.5 }),
      sample('nginx as shipped', 'page-64', { responses: 1000, serverSeconds: 1 }),
    ])
  assert.partialDeepStrictEqual(of(1250), { wanted: 2.2, got: 2.5, isMet: true, gotOfRate: 1.25 })
  assert.partialDeepStrictEqual(of(1000), { got: 2, isMet: false })
})

test('what is got is the median of the ratios of each round, not a ratio of medians', () => {
  const rounds = [
    { ours: 1000, theirs: 500 },
    { ours: 1200, theirs: 400 },
    { ours: 500, theirs: 500 },
  ]
  const samples = rounds.flatMap(({ ours, theirs }, round) => [
    sample('webserver', 'page-64', { round, responses: ours }),
    sample('lighttpd', 'page-64', { round, responses: theirs }),
  ])
  const verdict = judgeFor('beside lighttpd', samples)
  assert.equal(verdict?.got, 2)
  // From 1 to 3.
  assert.equal(verdict.uncertainty, 1)
})

test('more is to be measured of what is not certain enough, and of nothing else', () => {
  const steady = [1, 2, 3, 4, 5, 6].flatMap(round => [
    sample('webserver', 'page-64', { round, responses: 1000 + round }),
    sample('lighttpd', 'page-64', { round }),
  ])
  const unsteady = [1, 2, 3, 4, 5, 6].flatMap(round => [
    sample('webserver', 'not-modified', { round, responses: 1000 * round }),
    sample('lighttpd', 'not-modified', { round }),
  ])
  assert.deepEqual([...uncertainWorkloads([...steady, ...unsteady], GROUPS)], ['not-modified'])
  assert.deepEqual([...uncertainWorkloads([sample('webserver', 'page-64', {})], GROUPS)], [])
})

test('another version of this server is one to compare with, whatever the workload', () => {
  const samples = [
    sample('webserver', 'encoded', { responses: 1500 }),
    sample('webserver 1234567', 'encoded', { responses: 1000 }),
  ]
  const [change, ...more] = changes(samples, new Map([['webserver 1234567', 'ours']]))
  assert.deepEqual(more, [])
  assert.partialDeepStrictEqual(change, { workload: 'encoded', peer: 'webserver 1234567', got: 1.5 })
  // One round tells nothing of how certain it is.
  assert.deepEqual([...uncertainWorkloads(samples, new Map([['webserver 1234567', 'ours']]))], ['encoded'])
})

test('a latency has to be no longer than theirs', () => {
  const of = (ours: number) =>
    judgeFor('p99', [
      sample('webserver', 'latency', { latencies: [[99, ours]] }),
      sample('nginx as shipped', 'latency', { latencies: [[99, 400]] }),
    ])
  assert.partialDeepStrictEqual(of(400), { got: 1, isMet: true })
  assert.partialDeepStrictEqual(of(500), { got: 1.25, isMet: false })
})

test('of several servers the one that takes the least processor time has to be beaten', () => {
  const verdict = judgeFor('best server on Node', [
    sample('webserver', 'page-64', { responses: 5000 }),
    sample('slow', 'page-64', { responses: 100 }),
    sample('quick', 'page-64', { responses: 3000 }),
  ])
  assert.partialDeepStrictEqual(verdict, { peer: 'quick', isMet: false })
})

test('a target that was met beside failures is not told as if there had been none', () => {
  const failures = { unexpected: 0, aborted: 1, malformed: 0, unanswered: 0 }
  const verdict = judgeFor('beside lighttpd', [
    sample('webserver', 'page-64', { responses: 2000 }),
    sample('lighttpd', 'page-64', { failures }),
  ])
  assert.partialDeepStrictEqual(verdict, { isMet: true, isClean: false })
})

test('nothing is said of what was not measured', () => {
  assert.deepEqual(judge([sample('webserver', 'page-64', {})], GROUPS), [])
})

/** The verdict whose text has this in it. */
function judgeFor(text: string, samples: readonly ReturnType<typeof sample>[]) {
  return judge(samples, GROUPS).find(verdict => verdict.text.includes(text))
}
