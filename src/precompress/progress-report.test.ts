import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { ProgressReport } from './progress-report.ts'

let output: string
let problems: string
let now: number

beforeEach(() => {
  output = ''
  problems = ''
  now = 0
})

function report(isTTY: boolean): ProgressReport {
  return new ProgressReport(
    { write: text => (output += text) },
    { write: text => (problems += text), isTTY, columns: 60 },
    () => now,
  )
}

test('says a line for each file, and sums them up', () => {
  const subject = report(false)
  subject.planned(6, 5000)
  subject.advanced(1000)
  subject.finished('/a.css', 2048, { kind: 'written', sidecars: { br: 512, gzip: 1024 } })
  subject.finished('/b\x1b[2J.css', 2048, { kind: 'written', sidecars: { gzip: 1024 } })
  subject.finished('/c.css', 10, { kind: 'up to date' })
  subject.finished('/d.css', 10, { kind: 'gains nothing' })
  assert.equal(subject.hasFailures, false)
  subject.finished('/e.css', 10, { kind: 'skipped' })
  subject.finished('/f.css', 10, { kind: 'failed', reason: 'EACCES: permission denied' })
  subject.summarize(false)
  assert.equal(
    output,
    'a.css: 2 KiB, br 512 B, gzip 1 KiB\n' +
      'b\\x1b[2J.css: 2 KiB, gzip 1 KiB\n' +
      'br    1 file: 2 KiB became 512 B (25 %)\n' +
      'gzip  2 files: 4 KiB became 2 KiB (50 %)\n' +
      '2 files precompressed, 1 up to date, 1 without gain, ' +
      '1 skipped (unreadable, or a link to the outside), 1 failed\n',
  )
  assert.equal(problems, 'Cannot precompress "f.css": EACCES: permission denied\n')
  assert.equal(subject.hasFailures, true)
})

test('draws a bar on a terminal, no more often than an eye can follow, and takes it away', () => {
  const subject = report(true)
  subject.planned(2, 4000)
  subject.advanced(1000)
  assert.equal(problems, '\r\x1b[K██████░░░░░░░░░░░░░░░░░░ 25 %, 0 of 2 files, 1000 B')
  subject.advanced(1000)
  assert.equal(problems, '\r\x1b[K██████░░░░░░░░░░░░░░░░░░ 25 %, 0 of 2 files, 1000 B')
  now = 100
  subject.advanced(0)
  assert.match(problems, / 50 %, 0 of 2 files, \S+ \S+$/)
  now = 1000
  problems = ''
  subject.finished('/a.css', 1000, { kind: 'written', sidecars: { br: 10 } })
  subject.advanced(1000)
  assert.equal(problems, '\r\x1b[K██████████████████░░░░░░ 75 %, 1 of 2 files, 2.93 KiB')
  subject.summarize(true)
  assert.match(problems, /\r\x1b\[K$/)
  assert.match(output, /^br {2}1 file: .*\n1 file precompressed, .*; interrupted\n$/)
})
