import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LoadError } from './load.ts'
import { parseWrk } from './wrk.ts'

const REPORT = `Running 2s test @ http://127.0.0.1:8080/page.html
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     6.80ms    6.76ms  51.99ms   89.98%
    Req/Sec    10.44k     1.69k   13.76k    70.00%
  Latency Distribution
     50%  331.00us
     75%    1.23ms
     90%    2.00s
     99%    1.50m
`

test('reads how much wrk was answered, in which time and after which', () => {
  const result = parseWrk(`${REPORT}  21253 requests in 2.04s, 25.90MB read\nRequests/sec:  10435.49\n`)
  assert.equal(result.responses, 21253)
  assert.equal(result.seconds, 2.04)
  assert.equal(result.bytes, 25.9 * 1024 ** 2)
  assert.deepEqual(result.latencies, [
    [50, 331],
    [75, 1230],
    [90, 2e6],
    [99, 90e6],
  ])
  assert.deepEqual(result.failures, { unexpected: 0, aborted: 0, malformed: 0, unanswered: 0 })
})

test('keeps no failure of wrk to itself', () => {
  const failures =
    '  Socket errors: connect 1, read 20, write 300, timeout 4\n  Non-2xx or 3xx responses: 5\n'
  const result = parseWrk(`${REPORT}  21253 requests in 2.04s, 25.90MB read\n${failures}`)
  assert.deepEqual(result.failures, { unexpected: 5, aborted: 321, malformed: 0, unanswered: 4 })
})

test('takes nothing else for a report of wrk', () => {
  assert.throws(() => parseWrk('unable to connect to 127.0.0.1:8080 Connection refused'), LoadError)
})
