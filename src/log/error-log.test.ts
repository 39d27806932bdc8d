import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { inZone, namesIn } from '../../test/support/log.ts'
import { testFolder } from '../../test/support/temporary-folder.ts'
import type { LogLevel } from '../config/config.ts'
import { ErrorLog } from './error-log.ts'

const ROTATION = {
  logRotate: { kind: 'daily' },
  logKeep: { kind: 'files', count: 9 },
  logCompress: false,
} as const

const read = (path: string) => readFileSync(path, 'utf8')

/** Stands in for stderr and keeps what it is told. */
function screen(isTTY = false) {
  const told: string[] = []
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      told.push(String(chunk))
      done()
    },
  })
  return { told, stderr: Object.assign(stderr, { isTTY }) }
}

function openFile(t: TestContext, logLevel: LogLevel = 'info', isTTY = false) {
  const path = join(testFolder(t), 'error.log')
  const { told, stderr } = screen(isTTY)
  const log = new ErrorLog({ errorLog: { kind: 'file', path }, logLevel, ...ROTATION }, stderr)
  t.after(() => log.close())
  return { path, told, log }
}

function openJournal(t: TestContext, logLevel: LogLevel) {
  const { told, stderr } = screen()
  const log = new ErrorLog({ errorLog: { kind: 'journal' }, logLevel, ...ROTATION }, stderr)
  t.after(() => log.close())
  return { told, log }
}

test('writes the time to the millisecond, in six digits', t => {
  const { log, path } = openFile(t)
  for (const [milliseconds, digits] of [
    [0, '000000'],
    [7, '007000'],
    [999, '999000'],
  ] as const) {
    t.mock.timers.enable({ apis: ['Date'], now: 1_795_378_938_000 + milliseconds })
    log.notice('core', 'Ready')
    t.mock.timers.reset()
    assert.match(read(path), new RegExp(`:18\\.${digits} 2026\\] \\[core:notice\\] .* Ready\\n$`))
  }
})

test('writes lines in the shape of the error log of Apache 2.4', t => {
  inZone(t, 'Europe/Berlin')
  t.mock.timers.enable({ apis: ['Date'], now: 1_795_378_938_741 })
  const { log, path } = openFile(t)
  log.error('core', 'Cannot read "/srv/x"', { client: '1.2.3.4:5678' })
  log.notice('core', 'Ready')
  assert.equal(
    read(path),
    `[Sun Nov 22 21:22:18.741000 2026] [core:error] [pid ${process.pid}] [client 1.2.3.4:5678] Cannot read "/srv/x"\n` +
      `[Sun Nov 22 21:22:18.741000 2026] [core:notice] [pid ${process.pid}] Ready\n`,
  )
})

test('has a message on disk as soon as it was told', t => {
  const { log, path } = openFile(t)
  log.error('core', 'about to die')
  assert.match(read(path), /about to die\n$/)
})

test('says the same on stderr in short', t => {
  const { log, told } = openFile(t)
  log.warn('core', 'Slow', { client: '1.2.3.4:5678' })
  log.notice('core', 'Fine')
  assert.deepEqual(told, ['warn: core: Slow (client 1.2.3.4:5678)\n', 'notice: core: Fine\n'])
})

test('uses colour on a terminal only', t => {
  const names = ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'TERM'] as const
  const before = names.map(name => [name, process.env[name]] as const)
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  for (const name of names) delete process.env[name]
  process.env['TERM'] = 'xterm-256color'

  const terminal = openFile(t, 'info', true)
  terminal.log.error('core', 'Bad')
  assert.deepEqual(terminal.told, ['\x1b[31merror\x1b[39m: core: Bad\n'])
  const pipe = openFile(t, 'info', false)
  pipe.log.error('core', 'Bad')
  assert.deepEqual(pipe.told, ['error: core: Bad\n'])
})

test('gives the journal a priority with every line, and makes no file', t => {
  const { log, told } = openJournal(t, 'debug')
  for (const level of ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'] as const) {
    log.log(level, 'core', level)
  }
  assert.deepEqual(told, [
    '<0>core: emerg\n',
    '<1>core: alert\n',
    '<2>core: crit\n',
    '<3>core: error\n',
    '<4>core: warn\n',
    '<5>core: notice\n',
    '<6>core: info\n',
    '<7>core: debug\n',
  ])
  assert.deepEqual(log.status(), [])
})

test('says nothing below LogLevel', t => {
  const { log, told } = openJournal(t, 'warn')
  log.log('info', 'core', 'no')
  log.notice('core', 'no')
  log.warn('core', 'yes')
  log.error('core', 'yes')
  assert.deepEqual(told, ['<4>core: yes\n', '<3>core: yes\n'])
})

test('keeps a stack in one line', t => {
  const { log, told } = openJournal(t, 'info')
  log.error('core', 'Error: C:\\x "y" schön\n    at f (a.ts:1:1)\r\n\tat g')
  assert.deepEqual(told, ['<3>core: Error: C:\\\\x "y" schön\\n    at f (a.ts:1:1)\\r\\n\\tat g\n'])
})

test('lets no message forge a record or steer a terminal', t => {
  const { log, told, path } = openFile(t)
  let records = 0
  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom(
        '\n',
        '\r',
        '\x1b',
        '\x85',
        '\u2028',
        '\u202e',
        '\\',
        '<3>',
        '[core:error]',
        'ä',
        '\ud800',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  })
  fc.assert(
    fc.property(hostile, hostile, (message, client) => {
      log.error('core', message, { client })
      records += 1
      assert.match(told.at(-1) ?? '', /^error: core: [^\p{C}\p{Zl}\p{Zp}]*\n$/u)
    }),
  )
  const lines = read(path).split('\n')
  assert.equal(lines.pop(), '')
  assert.equal(lines.length, records)
  for (const line of lines) assert.match(line, /^\[\w{3} \w{3} [^\p{C}\p{Zl}\p{Zp}]*$/u)
})

test('opens its file anew for logrotate', t => {
  const { log, path } = openFile(t)
  log.error('core', 'first')
  renameSync(path, `${path}.1`)
  log.reopen()
  log.error('core', 'second')
  assert.match(read(`${path}.1`), /first\n$/)
  assert.match(read(path), /^[^\n]*second\n$/)
  assert.deepEqual(namesIn(join(path, '..')), ['error.log', 'error.log.1'])
  assert.equal(log.status()[0]?.state, 'ok')
})

test('still takes a message after it was closed, as during a reload', t => {
  const { log, path, told } = openFile(t)
  log.close()
  log.error('core', 'late')
  log.reopen()
  assert.match(read(path), /late\n$/)
  assert.deepEqual(told, ['error: core: late\n'])
})

test('outlives the reader of its stderr', async t => {
  const path = join(testFolder(t), 'error.log')
  const script = `
    import { ErrorLog } from ${JSON.stringify(new URL('./error-log.ts', import.meta.url).href)}
    const log = new ErrorLog(${JSON.stringify({ errorLog: { kind: 'file', path }, logLevel: 'info', ...ROTATION })})
    process.stdin.once('data', async () => {
      for (let line = 0; line < 100; line++) {
        log.error('core', 'line ' + line)
        await new Promise(setImmediate)
      }
      process.exit(7)
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  child.stderr.destroy()
  await once(child.stderr, 'close')
  child.stdin.write('go')
  const [code] = await once(child, 'exit')
  assert.equal(code, 7)
  assert.equal(read(path).split('\n').length, 101)
})
