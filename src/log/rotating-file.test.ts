import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { inZone, namesIn } from '../../test/support/log.ts'
import { testFolder } from '../../test/support/temporary-folder.ts'
import { untilPasses } from '../../test/support/wait.ts'
import { RotatingFile, type Rotation } from './rotating-file.ts'
import { strftime } from './strftime.ts'

const read = (path: string) => fs.readFileSync(path, 'utf8')
const DAILY: Rotation = {
  logRotate: { kind: 'daily' },
  logKeep: { kind: 'files', count: 9 },
  logCompress: false,
}
const HOURLY: Rotation = { ...DAILY, logRotate: { kind: 'hourly' } }
const bySize = (bytes: number): Rotation => ({ ...DAILY, logRotate: { kind: 'size', bytes } })

function open(t: TestContext, rotation: Rotation, path = join(testFolder(t), 'access.log')) {
  const problems: string[] = []
  const log = new RotatingFile(path, rotation, problem => problems.push(problem))
  t.after(() => log.close())
  return { path, log, problems, names: () => namesIn(dirname(path)) }
}

/** Stops the clock at a local time; `tick` moves it, and the timers with it. */
function clockAt(t: TestContext, ...time: [number, number, number, number, number, number?]) {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: new Date(...time).getTime() })
  return t.mock.timers
}

type Clock = ReturnType<typeof clockAt>

/** Lets the callback end in which lines were written. */
async function collected(_clock: Clock): Promise<void> {
  await nextTurn()
}

/** What was written is on the disk. */
async function flushed(log: RotatingFile): Promise<void> {
  log.flush()
  await nextTurn()
}

test('writes lines when the callback has returned that they come from, in order', async t => {
  const { log, path, names } = open(t, DAILY)
  const lines = ['0.0', '0.1', '0.2', '1.0', '1.1', '1.2', '2.0', '2.1', '2.2'].map(line => `${line}\n`)
  for (let turn = 0; turn < 3; turn++) {
    for (let line = 0; line < 3; line++) log.write(`${turn}.${line}`)
    await nextTurn()
    assert.equal(read(path), lines.slice(0, 3 * turn + 3).join(''))
  }
  assert.deepEqual(names(), ['access.log'])
})

test('collects lines for 10 ms where that is wished for', async t => {
  const clock = clockAt(t, 2026, 10, 21, 12, 0)
  const path = join(testFolder(t), 'access.log')
  const log = new RotatingFile(path, DAILY, assert.fail, 'short')
  t.after(() => log.close())
  for (let round = 0; round < 3; round++) {
    fs.truncateSync(path)
    log.write('1')
    await nextTurn()
    clock.tick(9)
    log.write('2')
    await nextTurn()
    assert.equal(read(path), '')
    clock.tick(1)
    assert.equal(read(path), '1\n2\n')
  }
})

test('keeps no more than 256 KiB in memory', async t => {
  const { log, path } = open(t, DAILY)
  await nextTurn()
  const line = 'x'.repeat(1023)
  for (let count = 1; count <= 1000; count++) {
    log.write(line)
    assert.ok(count * 1024 - fs.statSync(path).size <= 256 * 1024)
  }
})

test('has everything on disk when flush returns, in the very tick it was opened too', t => {
  const { log, path } = open(t, DAILY)
  for (let line = 0; line < 20_000; line++) log.write(`line ${line}`)
  log.flush()
  assert.equal(read(path), Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join(''))
})

test('writes nothing twice after a flush', async t => {
  const { log, path } = open(t, DAILY)
  log.write('1')
  log.flush()
  log.write('2')
  await flushed(log)
  assert.equal(read(path), '1\n2\n')
})

test('has everything on disk when close returns, and appends what comes later', async t => {
  const { log, path } = open(t, DAILY)
  log.write('1')
  log.close()
  assert.equal(read(path), '1\n')
  fs.renameSync(path, `${path}.moved`)
  log.write('2')
  log.write('3')
  log.close()
  assert.equal(read(path), '2\n3\n')
})

test('gives the file of yesterday its date with the first line of today', async t => {
  const clock = clockAt(t, 2026, 10, 21, 23, 59, 30)
  const { log, path, names } = open(t, DAILY)
  log.write('yesterday')
  await collected(clock)
  clock.setTime(new Date(2026, 10, 22, 0, 0, 0).getTime())
  log.write('today')
  await collected(clock)
  assert.deepEqual(names(), ['access.log', 'access.log.2026-11-21'])
  assert.equal(read(`${path}.2026-11-21`), 'yesterday\n')
  assert.equal(read(path), 'today\n')
})

test('rotates at midnight on an idle server, and makes no files of days without a line', async t => {
  const clock = clockAt(t, 2026, 10, 20, 12, 0)
  const { log, path, names } = open(t, DAILY)
  log.write('line')
  await collected(clock)
  for (let minute = 0; minute < 3 * 24 * 60; minute++) {
    clock.tick(60_000)
    await collected(clock)
  }
  assert.deepEqual(names(), ['access.log', 'access.log.2026-11-20'])
  assert.equal(read(path), '')
})

test('rotates on the hour', async t => {
  const clock = clockAt(t, 2026, 10, 22, 20, 59)
  const { log, path, names } = open(t, HOURLY)
  for (const line of ['20h', '21h', '22h']) {
    log.write(line)
    await collected(clock)
    clock.tick(3_600_000)
    await collected(clock)
  }
  assert.deepEqual(names(), [
    'access.log',
    'access.log.2026-11-22-20',
    'access.log.2026-11-22-21',
    'access.log.2026-11-22-22',
  ])
  assert.equal(read(`${path}.2026-11-22-21`), '21h\n')
})

test('rotates at local midnight on the day of 25 hours that ends summer time', async t => {
  inZone(t, 'Europe/Berlin')
  const clock = clockAt(t, 2026, 9, 24, 23, 30)
  const { log, path, names } = open(t, DAILY)
  log.write('before')
  for (let minute = 0; minute < 26 * 60; minute++) {
    clock.tick(60_000)
    if (minute % 60 === 0) log.write(new Date().toString())
    await collected(clock)
  }
  assert.deepEqual(names(), ['access.log', 'access.log.2026-10-24', 'access.log.2026-10-25'])
  const sunday = read(`${path}.2026-10-25`).trimEnd().split('\n')
  assert.equal(sunday.length, 25)
  assert.match(sunday.at(0) ?? '', /^Sun Oct 25 2026 00:.*GMT\+0200/)
  assert.match(sunday.at(-1) ?? '', /^Sun Oct 25 2026 23:.*GMT\+0100/)
})

for (const [zone, from, doubled, skipped] of [
  ['Europe/Berlin', '2026-10-24T22:30Z', '2026-10-25-02', undefined],
  ['Europe/Berlin', '2026-03-28T23:30Z', undefined, '2026-03-29-02'],
  // Half an hour forward and back.
  ['Australia/Lord_Howe', '2026-04-04T12:45Z', '2026-04-05-01', undefined],
  ['Australia/Lord_Howe', '2026-10-03T13:15Z', undefined, undefined],
] as const) {
  test(`rotates by the hours of the clock on the wall in ${zone} from ${from} on, and loses no line`, async t => {
    inZone(t, zone)
    const start = Date.parse(from)
    t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: start })
    const clock = t.mock.timers
    const { log, path, names } = open(t, HOURLY)
    const stampOf = strftime('%Y-%m-%d-%H')
    const written = new Map<string, string>()
    for (let quarter = 0; quarter < 24; quarter++) {
      const line = `${new Date().toISOString()}\n`
      written.set(stampOf(new Date()), (written.get(stampOf(new Date())) ?? '') + line)
      log.write(line.trimEnd())
      await collected(clock)
      clock.setTime(start + (quarter + 1) * 15 * 60_000)
    }
    const finished = names().filter(name => name !== 'access.log')
    const stamps = [...written.keys()]
    assert.deepEqual(
      finished,
      stamps.slice(0, -1).map(stamp => `access.log.${stamp}`),
    )
    for (const name of finished) {
      assert.equal(read(join(dirname(path), name)), written.get(name.slice('access.log.'.length)))
    }
    assert.equal(read(path), written.get(stamps.at(-1) ?? ''))
    // The hour that comes twice has one file for both, and the one that is left out has none.
    const linesOf = (stamp: string) => written.get(stamp)?.trimEnd().split('\n').length
    if (doubled !== undefined) assert.ok((linesOf(doubled) ?? 0) > 4)
    if (skipped !== undefined) assert.equal(linesOf(skipped), undefined)
  })
}

test('goes on in the same file when the clock is set back within its period, and loses nothing across days', async t => {
  const clock = clockAt(t, 2026, 10, 22, 0, 5)
  const { log, path, names } = open(t, DAILY)
  log.write('22nd')
  await collected(clock)
  clock.setTime(new Date(2026, 10, 21, 23, 55).getTime())
  log.write('21st again')
  await collected(clock)
  clock.setTime(new Date(2026, 10, 22, 0, 1).getTime())
  log.write('22nd again')
  await collected(clock)
  assert.deepEqual(names(), ['access.log', 'access.log.2026-11-21', 'access.log.2026-11-22'])
  assert.equal(
    read(`${path}.2026-11-22`) + read(`${path}.2026-11-21`) + read(path),
    '22nd\n21st again\n22nd again\n',
  )
})

test('closes cleanly in the very moment a day ends', async t => {
  const clock = clockAt(t, 2026, 10, 21, 23, 59)
  const { log, path, names, problems } = open(t, DAILY)
  log.write('yesterday')
  await collected(clock)
  clock.setTime(new Date(2026, 10, 22, 0, 0).getTime())
  log.write('last')
  log.close()
  await nextTurn()
  assert.equal(read(`${path}.2026-11-21`), 'yesterday\n')
  assert.equal(read(path), 'last\n')
  assert.deepEqual(names(), ['access.log', 'access.log.2026-11-21'])
  assert.deepEqual(problems, [])
})

test('gives a file that an earlier run left its own date at the start', t => {
  const path = join(testFolder(t), 'access.log')
  fs.writeFileSync(path, 'old\n')
  const lastWeek = new Date(2026, 10, 15, 13)
  fs.utimesSync(path, lastWeek, lastWeek)
  const { log, names } = open(t, DAILY, path)
  log.write('new')
  log.flush()
  assert.deepEqual(names(), ['access.log', 'access.log.2026-11-15'])
  assert.equal(read(path), 'new\n')
})

test('never lets a file grow above its size, counting what earlier runs left in it', async t => {
  clockAt(t, 2026, 10, 22, 12, 0)
  const path = join(testFolder(t), 'access.log')
  const line = 'x'.repeat(99)
  for (let run = 0; run < 5; run++) {
    const { log } = open(t, bySize(1000), path)
    for (let count = 0; count < 7; count++) {
      log.write(line)
      await flushed(log)
    }
    log.close()
  }
  const sizes = namesIn(dirname(path)).map(name => [name, fs.statSync(join(dirname(path), name)).size])
  assert.deepEqual(sizes, [
    ['access.log', 500],
    ['access.log.2026-11-22', 1000],
    ['access.log.2026-11-22.1', 1000],
    ['access.log.2026-11-22.2', 1000],
  ])
})

test('keeps a file that grows by size whole over midnight', async t => {
  const clock = clockAt(t, 2026, 10, 21, 23, 59)
  const { log, path, names } = open(t, bySize(1000))
  log.write('yesterday')
  await collected(clock)
  clock.tick(120_000)
  log.write('today')
  await collected(clock)
  assert.equal(read(path), 'yesterday\ntoday\n')
  assert.deepEqual(names(), ['access.log'])
})

test('keeps no more finished files than LogKeep, compressed, and leaves nothing else in the folder', async t => {
  const clock = clockAt(t, 2026, 10, 1, 12, 0)
  const { log, names, problems } = open(t, {
    logRotate: { kind: 'daily' },
    logKeep: { kind: 'files', count: 2 },
    logCompress: true,
  })
  for (let day = 0; day < 6; day++) {
    log.write(`day ${day}`)
    await collected(clock)
    clock.tick(24 * 3_600_000)
  }
  log.write('last')
  await untilPasses(() =>
    assert.deepEqual(names(), ['access.log', 'access.log.2026-11-05.gz', 'access.log.2026-11-06.gz']),
  )
  assert.deepEqual(problems, [])
})

test('believes no audit file of winston-daily-rotate-file, and leaves those of others as they are', async t => {
  const folder = testFolder(t)
  const foreign: Readonly<Record<string, string>> = {
    '.audit.json': '{"keep":{"amount":1},"auditLog":"/etc/passwd","files":[{"name":"',
    '.0123456789abcdef-audit.json': '\0\0\0',
    'access.log-audit.json': '',
  }
  for (const [name, text] of Object.entries(foreign)) fs.writeFileSync(join(folder, name), text)
  const clock = clockAt(t, 2026, 10, 21, 12, 0)
  const rotation: Rotation = { ...DAILY, logKeep: { kind: 'files', count: 1 } }
  const { log, names, problems } = open(t, rotation, join(folder, 'access.log'))
  for (const day of ['one', 'two', 'three']) {
    log.write(day)
    await collected(clock)
    clock.tick(24 * 3_600_000)
    await collected(clock)
  }
  const wanted = ['access.log', 'access.log.2026-11-23', ...Object.keys(foreign)].sort()
  await untilPasses(() => assert.deepEqual(names(), wanted))
  for (const [name, text] of Object.entries(foreign)) assert.equal(read(join(folder, name)), text)
  assert.deepEqual(problems, [])
})

test('loses no line to a rotation in the middle of a burst', async t => {
  const { log, path, names } = open(t, { ...bySize(10_000), logKeep: { kind: 'files', count: 10_000 } })
  for (let line = 0; line < 50_000; line++) {
    log.write(`line ${line}`)
    if (line % 100 === 0) await nextTurn()
  }
  log.flush()
  const numbered = names().sort((a, b) => orderOf(a) - orderOf(b))
  assert.ok(numbered.length > 20)
  const text = numbered.map(name => read(join(dirname(path), name))).join('')
  assert.equal(text, Array.from({ length: 50_000 }, (_, line) => `line ${line}\n`).join(''))
})

function orderOf(name: string): number {
  if (name === 'access.log') return Number.POSITIVE_INFINITY
  return Number(/\.(\d+)$/.exec(name)?.[1] ?? 0)
}

test('lets logrotate do the work: moves away, reopens, loses nothing', async t => {
  const { log, path } = open(t, DAILY)
  log.write('1')
  await flushed(log)
  fs.renameSync(path, `${path}.1`)
  log.write('2')
  log.reopen()
  log.write('3')
  await flushed(log)
  assert.equal(read(`${path}.1`), '1\n2\n')
  assert.equal(read(path), '3\n')
})

test('takes any path that a file can have', async t => {
  const path = join(testFolder(t), '[a-z]* %DATE%', 'site:8080 "x" <y>|?.log')
  const clock = clockAt(t, 2026, 10, 21, 12, 0)
  const { log, names } = open(t, DAILY, path)
  log.write('1')
  await collected(clock)
  clock.tick(24 * 3_600_000)
  log.write('2')
  await collected(clock)
  assert.deepEqual(names(), ['site:8080 "x" <y>|?.log', 'site:8080 "x" <y>|?.log.2026-11-21'])
})

test('keeps the process alive for nothing', async t => {
  const path = join(testFolder(t), 'access.log')
  const child = spawnWriter(t, path, `log.write('line')`)
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  assert.equal(read(path), 'line\n')
})

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`has whole lines in their order on disk after ${signal} in the middle of a burst`, async t => {
    const path = join(testFolder(t), 'access.log')
    const child = spawnWriter(
      t,
      path,
      `let line = 0
       const burst = () => {
         for (let count = 0; count < 200; count++) log.write('line ' + line++ + ' ' + 'x'.repeat(80))
         setImmediate(burst)
       }
       burst()`,
    )
    const exit = once(child, 'exit')
    await untilPasses(() => assert.ok(fs.statSync(path).size > 500_000))
    child.kill(signal)
    await exit
    const lines = read(path).split('\n')
    // The kernel may have taken only part of the write that was cut off.
    lines.pop()
    assert.ok(lines.length > 5000)
    for (const [number, line] of lines.entries()) assert.equal(line, `line ${number} ${'x'.repeat(80)}`)
  })
}

/** A process of its own with a `log` that it writes to as the code says. */
function spawnWriter(t: TestContext, path: string, code: string) {
  const module = new URL('./rotating-file.ts', import.meta.url)
  const script = `
    import { RotatingFile } from ${JSON.stringify(module.href)}
    const log = new RotatingFile(${JSON.stringify(path)}, ${JSON.stringify(DAILY)}, problem => { throw new Error(problem) })
    ${code}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}
