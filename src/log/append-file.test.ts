import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { namesIn } from '../../test/support/log.ts'
import { testFolder } from '../../test/support/temporary-folder.ts'
import { AppendFile } from './append-file.ts'

const read = (path: string) => fs.readFileSync(path, 'utf8')
const failWith = (code: string, errno: number) => () => {
  throw Object.assign(new Error(code), { code, errno: -errno })
}
const ENOSPC = failWith('ENOSPC', 28)
const EACCES = failWith('EACCES', 13)

function open(t: TestContext, path = join(testFolder(t), 'access.log')) {
  const problems: string[] = []
  const file = new AppendFile(path, problem => problems.push(problem))
  t.after(() => file.close())
  return { path, file, problems, write: (text: string) => file.write(Buffer.from(text)) }
}

/** From here on the disk takes so many bytes more. */
function limitDisk(t: TestContext, bytes: number) {
  const writeSync = fs.writeSync
  let space = bytes
  const take = (descriptor: number, buffer: Buffer, offset: number): number => {
    if (space === 0) return ENOSPC()
    const taken = Math.min(space, buffer.length - offset)
    space -= taken
    return writeSync(descriptor, buffer, offset, taken)
  }
  return t.mock.method(fs, 'writeSync', take).mock
}

test('makes the folder and the file readable for owner and group only', t => {
  const { path } = open(t, join(testFolder(t), 'var', 'log', 'access.log'))
  const umask = process.umask()
  assert.equal(fs.statSync(path).mode & 0o777, 0o640 & ~umask)
  assert.equal(fs.statSync(dirname(path)).mode & 0o777, 0o750 & ~umask)
})

test('says which file it cannot open and why', t => {
  const folder = testFolder(t)
  fs.writeFileSync(join(folder, 'file'), '')
  const openIt = (path: string) => () => new AppendFile(path, assert.fail)

  assert.throws(openIt(folder), {
    message: `Cannot open "${folder}" for writing: illegal operation on a directory`,
  })
  assert.throws(openIt(join(folder, 'file/access.log')), {
    message: `Cannot open "${folder}/file/access.log" for writing: not a directory`,
  })
  t.mock.method(fs, 'openSync', EACCES)
  assert.throws(openIt(join(folder, 'access.log')), {
    message: `Cannot open "${folder}/access.log" for writing: permission denied`,
  })
})

test('keeps what was there and appends', t => {
  const path = join(testFolder(t), 'access.log')
  fs.writeFileSync(path, 'old\n')
  const { write, file } = open(t, path)
  write('new\n')
  assert.equal(read(path), 'old\nnew\n')
  assert.equal(file.size, 8)
})

test('finishes a line torn by a full disk though the file is opened anew meanwhile', t => {
  const { path, file, write } = open(t)
  const disk = limitDisk(t, 'one\ntw'.length)
  write('one\ntwo\n')
  assert.equal(file.reopen(), true)
  assert.equal(read(path), 'one\ntw')
  disk.restore()
  write('three\n')
  assert.equal(read(path), 'one\ntwo\nthree\n')
  assert.equal(file.status().linesLost, 0)
})

test('counts no line as lost of which all but the line end was taken', t => {
  const { path, file, write } = open(t)
  limitDisk(t, 'one\ntwo'.length)
  write('one\ntwo\n')
  file.close()
  assert.equal(read(path), 'one\ntwo')
  assert.equal(file.status().linesLost, 0)
})

test('ends a line that an earlier process left torn', t => {
  const path = join(testFolder(t), 'access.log')
  fs.writeFileSync(path, 'whole\nto')
  open(t, path).write('next\n')
  assert.equal(read(path), 'whole\nto\nnext\n')
})

for (const [what, lose] of [
  ['deleted', (path: string) => fs.rmSync(path)],
  ['moved', (path: string) => fs.renameSync(path, `${path}.moved`)],
  ['replaced', (path: string) => fs.writeFileSync(`${path}.new`, '') ?? fs.renameSync(`${path}.new`, path)],
  ['deleted with its folder', (path: string) => fs.rmSync(dirname(path), { recursive: true })],
] as const) {
  test(`makes the file again within a second after it was ${what}`, t => {
    t.mock.timers.enable({ apis: ['Date'] })
    const { path, write, problems } = open(t)
    write('before\n')
    lose(path)
    t.mock.timers.tick(1000)
    write('after\n')
    assert.equal(read(path), 'after\n')
    assert.deepEqual(problems, [])
  })
}

test('goes on in the file that was moved while a new one cannot be opened', t => {
  t.mock.timers.enable({ apis: ['Date'] })
  const { path, write, file, problems } = open(t)
  fs.renameSync(path, `${path}.moved`)
  const denied = t.mock.method(fs, 'openSync', EACCES).mock
  for (let second = 0; second < 5; second++) {
    t.mock.timers.tick(1000)
    write('line\n')
  }
  assert.equal(read(`${path}.moved`), 'line\n'.repeat(5))
  assert.equal(file.status().state, 'failing')
  denied.restore()
  t.mock.timers.tick(1000)
  write('new\n')
  assert.equal(read(path), 'new\n')
  assert.equal(file.status().state, 'ok')
  assert.deepEqual(problems, [
    `Cannot open "${path}" for writing: permission denied`,
    `Writing "${path}" again, 0 lines lost so far`,
  ])
})

test('counts the lines a full disk does not take, says so once, and goes on by itself', t => {
  const { path, write, file, problems } = open(t)
  write('1\n')
  const disk = limitDisk(t, 0)
  for (let batch = 0; batch < 1000; batch++) write('2\n3\n')
  assert.deepEqual(file.status(), {
    path,
    state: 'failing',
    linesLost: 2000,
    lastError: `Cannot write "${path}", lines are lost: no space left on device`,
  })
  disk.restore()
  write('4\n')
  assert.equal(read(path), '1\n4\n')
  assert.equal(file.status().state, 'ok')
  assert.deepEqual(problems, [
    `Cannot write "${path}", lines are lost: no space left on device`,
    `Writing "${path}" again, 2000 lines lost so far`,
  ])
})

test('goes on counting what is lost when a reload has opened the file anew', t => {
  const { path, write, file } = open(t)
  const disk = limitDisk(t, 0)
  write('1\n2\n')
  const { write: writeLater, file: later } = open(t, path)
  file.close()
  assert.equal(later.status().linesLost, 2)
  writeLater('3\n')
  disk.restore()
  assert.equal(later.status().linesLost, 3)
  assert.equal(open(t).file.status().linesLost, 0)
})

test('leaves whole lines only, wherever in them the disk becomes full', t => {
  const text = 'first\nsecond\nthird\n'
  for (let space = 0; space <= text.length; space++) {
    const { path, write, file } = open(t)
    const disk = limitDisk(t, space)
    write(text)
    write('lost\n')
    disk.restore()
    write('last\n')

    const lines = read(path).split('\n')
    assert.deepEqual(lines.splice(-2), ['last', ''])
    assert.deepEqual(lines, ['first', 'second', 'third'].slice(0, lines.length))
    assert.equal(file.status().linesLost, 4 - lines.length)
    assert.equal(file.size, read(path).length)
  }
})

test('opens the name anew when asked to, and no line is lost or torn by it', t => {
  const { path, write, file } = open(t)
  write('1\n')
  file.reopen()
  const disk = limitDisk(t, 1)
  write('22\n')
  disk.restore()
  file.reopen()
  fs.renameSync(path, `${path}.1`)
  write('3\n')
  file.reopen()
  write('4\n')
  assert.equal(read(`${path}.1`), '1\n22\n3\n')
  assert.equal(read(path), '4\n')
})

test('counts a line that a full disk has torn once, however often the file is opened anew meanwhile', t => {
  const text = 'first\nsecond\n'
  for (let space = 0; space <= text.length; space++) {
    const { path, write, file } = open(t)
    const disk = limitDisk(t, space)
    write(text)
    for (let count = 0; count < 3; count++) file.reopen()
    disk.restore()
    write('last\n')

    const whole = read(path)
      .split('\n')
      .filter(line => ['first', 'second'].includes(line))
    assert.equal(file.status().linesLost, 2 - whole.length, JSON.stringify(read(path)))
  }
})

test('gives the file another name and begins a new one', t => {
  const { path, write, file } = open(t)
  write('old\n')
  file.rename(() => `${path}.old`)
  assert.equal(file.size, 0)
  write('new\n')
  assert.equal(read(`${path}.old`), 'old\n')
  assert.equal(read(path), 'new\n')
})

test('goes on in the same file under the same name when a new one cannot be made', t => {
  const { path, write, file, problems } = open(t)
  const full = t.mock.method(fs, 'openSync', ENOSPC).mock
  file.rename(() => `${path}.old`)
  full.restore()
  write('line\n')
  assert.equal(read(path), 'line\n')
  assert.deepEqual(namesIn(dirname(path)), ['access.log'])
  assert.deepEqual(problems, [`Cannot open "${path}" for writing: no space left on device`])
})

test('goes on when the file cannot be renamed', t => {
  const { path, write, file, problems } = open(t)
  t.mock.method(fs, 'renameSync', EACCES)
  file.rename(() => `${path}.old`)
  write('line\n')
  assert.equal(read(path), 'line\n')
  assert.deepEqual(problems, [`Cannot rename "${path}": permission denied`])
})

test('renames no file that took its name meanwhile', t => {
  const { path, write, file } = open(t)
  fs.renameSync(path, `${path}.1`)
  fs.writeFileSync(path, 'not ours\n')
  file.rename(() => assert.fail('chose a name'))
  write('line\n')
  assert.equal(read(path), 'not ours\nline\n')
})

test('waits for nobody at a pipe: what it does not take is counted', t => {
  const path = join(testFolder(t), 'access.log')
  execFileSync('mkfifo', [path])
  const { write, file } = open(t, path)
  const line = `${'x'.repeat(1023)}\n`
  const lines = 256
  for (let count = 0; count < lines; count++) write(line)
  const { linesLost, lastError } = file.status()
  assert.ok(linesLost > 0 && linesLost < lines, `${linesLost} lines lost`)
  assert.match(lastError ?? '', /, lines are lost: resource temporarily unavailable$/)

  const reader = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  t.after(() => fs.closeSync(reader))
  const taken = Buffer.alloc(lines * line.length)
  assert.equal(taken.toString('latin1', 0, fs.readSync(reader, taken)), line.repeat(lines - linesLost))
})

test('leaves no descriptor behind when a file cannot be looked at', t => {
  const path = join(testFolder(t), 'access.log')
  const before = fs.readdirSync('/proc/self/fd').length
  t.mock.method(fs, 'fstatSync', failWith('EIO', 5))
  assert.throws(() => new AppendFile(path, assert.fail), {
    message: `Cannot open "${path}" for writing: i/o error`,
  })
  assert.equal(fs.readdirSync('/proc/self/fd').length, before)
})

test('says so when the last lines were lost in closing', t => {
  const { path, file, problems, write } = open(t)
  write('line\n')
  t.mock.method(fs, 'closeSync', failWith('EIO', 5))
  file.close()
  assert.deepEqual(problems, [`Cannot write "${path}": i/o error`])
  assert.equal(file.status().state, 'failing')
  t.mock.restoreAll()
})

test('opens the name anew when the system does not say what it leads to', t => {
  t.mock.timers.enable({ apis: ['Date'], now: 0 })
  const { path, file, problems, write } = open(t)
  write('1\n')
  t.mock.timers.tick(1000)
  t.mock.method(fs, 'statSync', EACCES)
  write('2\n')
  assert.equal(read(path), '1\n2\n')
  assert.deepEqual([file.status().state, problems], ['ok', []])

  t.mock.timers.tick(1000)
  t.mock.method(fs, 'statSync', () => {
    throw new Error('a fault of ours')
  })
  assert.throws(() => write('3\n'), /a fault of ours/)
})

test('writes to a device, and counts what it does not take', t => {
  const path = join(testFolder(t), 'access.log')
  fs.symlinkSync('/dev/full', path)
  const { write, file } = open(t, path)
  write('1\n2\n')
  assert.equal(file.status().linesLost, 2)
  assert.equal(file.size, 0)
})
