import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LoadError } from './load.ts'
import { parseOpensslTime } from './openssl-time.ts'

const report = (mark: string) => `Collecting connection statistics for 1 seconds
${mark.repeat(207)}

207 connections in 0.36s; 575.00 connections/user sec, bytes read 268893
207 connections in 2 real seconds, 1299 bytes read per connection
`

const timed = (stdout: string) => ({ stdout, seconds: 1.2, processorSeconds: 0.36 })

test('reads how often openssl has shaken hands', () => {
  for (const [resumes, mark] of [
    [false, '*'],
    [true, 'r'],
  ] as const) {
    const { responses, opened, bytes, seconds, processorSeconds } = parseOpensslTime(
      timed(report(mark)),
      resumes,
    )
    assert.deepEqual(
      { responses, opened, bytes, seconds, processorSeconds },
      { responses: 207, opened: 207, bytes: 268_893, seconds: 1.2, processorSeconds: 0.36 },
    )
  }
})

test('takes no other sessions for what was wanted, and nothing else for a report', () => {
  const read = (text: string, resumes: boolean) => () => parseOpensslTime(timed(text), resumes)
  assert.throws(read(report('*'), true), LoadError)
  assert.throws(read(report('r'), false), LoadError)
  assert.throws(read(report('r*'), true), LoadError)
  assert.throws(read('', false), LoadError)
})
