import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Result, resultsOf } from './results.ts'
import { sample } from './sample.ts'
import { judge } from './targets.ts'

const GROUPS = new Map([
  ['slow', 'node'],
  ['quick', 'node'],
] as const)

test('a target is met by the rate alone, and processor time is told beside it', () => {
  const of = (ours: number) =>
    judgeFor('beside nginx as shipped', [
      sample('webserver', 'page-64', { responses: ours, serverSeconds: 0.5 }),
      sample('nginx as shipped', 'page-64', { responses: 1000, serverSeconds: 1 }),
    ])
  assert.partialDeepStrictEqual(of(1700), { wanted: 1.7, got: 1.7, isMet: true, gotOfProcessor: 3.4 })
  assert.partialDeepStrictEqual(of(1690), { got: 1.69, isMet: false })
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

test('of several servers the quickest has to be beaten', () => {
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
  assert.deepEqual(judge(resultsOf({ samples: [sample('webserver', 'page-64', {})] }), GROUPS), [])
})

/** The verdict whose text has this in it. */
function judgeFor(text: string, samples: readonly ReturnType<typeof sample>[]) {
  const results: Result[] = resultsOf({ samples })
  return judge(results, GROUPS).find(verdict => verdict.text.includes(text))
}
