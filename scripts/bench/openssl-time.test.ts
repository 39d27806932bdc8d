import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LoadError } from './load.ts'
import { parseOpensslTime } from './openssl-time.ts'

const report = (mark: string) => `Collecting connection statistics for 1 seconds
${mark.repeat(207)}

207 connections in 0.36s; 575.00 connections/user sec, bytes read 268893
207 connections in 2 real seconds, 1299 bytes read per connection
`

test('reads how often openssl has shaken hands, in which processor time', () => {
  for (const [resumes, mark] of [
    [false, '*'],
    [true, 'r'],
  ] as const) {
    const { responses, opened, bytes, seconds, processorSeconds } = parseOpensslTime(
      report(mark),
      resumes,
      1.2,
    )
    assert.deepEqual(
      { responses, opened, bytes, seconds, processorSeconds },
      { responses: 207, opened: 207, bytes: 268_893, seconds: 1.2, processorSeconds: 0.36 },
    )
  }
})

test('takes no other sessions for what was wanted, and nothing else for a report', () => {
  assert.throws(() => parseOpensslTime(report('*'), true, 1), LoadError)
  assert.throws(() => parseOpensslTime(report('r'), false, 1), LoadError)
  assert.throws(() => parseOpensslTime(report('r*'), true, 1), LoadError)
  assert.throws(() => parseOpensslTime('', false, 1), LoadError)
})
