import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { follow } from './follow.ts'
import type { Report } from './report.ts'

const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'

class FakeOutput extends EventEmitter {
  readonly isTTY: boolean
  readonly rows = 3
  written = ''

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  write(text: string): void {
    this.written += text
  }
}

function report(output: string): Report {
  return { output, problems: '', exitCode: 0 }
}

/** Gives one report after another, and ends with the last. */
function inTurn(...outputs: readonly string[]) {
  const ended = new AbortController()
  let index = 0
  const look = async () => {
    const output = outputs[index++]
    if (index === outputs.length) ended.abort()
    return report(output ?? 'too many\n')
  }
  return { look, signal: ended.signal }
}

test('draws each report in the place of the one before, and gives the terminal back', async () => {
  const terminal = new FakeOutput(true)
  const { look, signal } = inTurn('a\nb\n', 'c\n')
  assert.equal(await follow(look, terminal, signal), undefined)
  assert.equal(terminal.written, `${ENTER}\x1b[H\x1b[2Ka\r\n\x1b[2Kb\x1b[J\x1b[H\x1b[2Kc\x1b[J${LEAVE}`)
})

test('draws no more lines than the terminal has rows', async () => {
  const terminal = new FakeOutput(true)
  const { look, signal } = inTurn('1\n2\n3\n4\n5\n')
  await follow(look, terminal, signal)
  assert.match(terminal.written, /3\x1b\[J/)
  assert.doesNotMatch(terminal.written, /K4/)
})

test('gives the terminal back before a failure is shown, or thrown', async () => {
  const { signal } = new AbortController()
  const terminal = new FakeOutput(true)
  const failure: Report = { output: '', problems: 'gone\n', exitCode: 3 }
  assert.equal(await follow(async () => failure, terminal, signal), failure)
  assert.equal(terminal.written, ENTER + LEAVE)

  const other = new FakeOutput(true)
  await assert.rejects(
    follow(() => Promise.reject(new Error('broken')), other, signal),
    /broken/,
  )
  assert.equal(other.written, ENTER + LEAVE)
})

test('adds one report to another where there is no terminal, until nobody reads any more', async () => {
  const pipe = new FakeOutput(false)
  let looks = 0
  const look = async () => {
    if (++looks === 2) pipe.emit('error', Object.assign(new Error('broken pipe'), { code: 'EPIPE' }))
    return report(`${looks}\n`)
  }
  assert.equal(await follow(look, pipe, new AbortController().signal), undefined)
  assert.equal(pipe.written, '1\n2\n')
})
