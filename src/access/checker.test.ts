import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { until } from '../../test/support/wait.ts'
import { CheckerProcess } from './checker.ts'

const SHA = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='
/** Of a cost that takes a machine days. */
const ENDLESS = '$2y$31$xixSYPOzWnXRe59FOn3SPOUT.fDdk9T/4YvvZY/scOkJZdAF0tAWG'
const password = Buffer.from('password')

test('passwords are checked by a process of a lower priority, one after another, whatever bytes they are of', async () => {
  using checker = new CheckerProcess()
  assert.equal(await checker.ask(password, SHA), 'right')
  assert.equal(getPriority(checker.pid), Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL))
  assert.equal(await checker.ask(Buffer.from('pass\nword\xff', 'latin1'), SHA), 'wrong')
  assert.equal(await checker.ask(Buffer.from(''), SHA), 'wrong')
  assert.equal(await checker.ask(password, SHA), 'right')
})

test('a check that takes too long is given up with its process, and the next one is made by another', async () => {
  using checker = new CheckerProcess(2000)
  const endless = checker.ask(password, ENDLESS)
  const { pid } = checker
  await assert.rejects(endless, /Cannot check a password: it took longer than 2000 ms/)
  await until(() => !existsSync(`/proc/${pid}`), 'the process to end')
  assert.equal(await checker.ask(password, SHA), 'right')
  assert.notEqual(checker.pid, pid)
})

test('a process that has nothing to do ends, and one that ends by itself is replaced', async () => {
  using checker = new CheckerProcess(60_000, 1)
  for (let round = 0; round < 2; round++) {
    const answer = checker.ask(password, SHA)
    const { pid } = checker
    assert.equal(await answer, 'right')
    await until(() => !existsSync(`/proc/${pid}`), 'the process to end')
  }
  const answer = checker.ask(password, ENDLESS)
  process.kill(checker.pid ?? 0, 'SIGKILL')
  await assert.rejects(answer, /its process has ended \(SIGKILL\)/)
  assert.equal(await checker.ask(password, SHA), 'right')
})

test('a hash that this machine cannot compare is told so', async () => {
  using checker = new CheckerProcess()
  await assert.rejects(checker.ask(password, '$5$half'), /need the libcrypt of the system/)
})

test('no process is left behind when the server has ended', async () => {
  const checker = new CheckerProcess()
  const answer = checker.ask(password, ENDLESS)
  const { pid } = checker
  checker[Symbol.dispose]()
  await assert.rejects(answer, /the server has ended/)
  await until(() => !existsSync(`/proc/${pid}`), 'the process to end')
})

test('no process is left behind when the server was killed in the middle of a check', async () => {
  const script = `
    import { CheckerProcess } from ${JSON.stringify(import.meta.resolve('./checker.ts'))}
    const checker = new CheckerProcess(600_000)
    await checker.ask(Buffer.from('password'), ${JSON.stringify(SHA)})
    checker.ask(Buffer.from('password'), ${JSON.stringify(ENDLESS)})
    console.log(checker.pid)
    setInterval(() => {}, 1000)`
  using folder = temporaryFolder()
  const file = join(folder.path, 'server.mjs')
  writeFileSync(file, script)
  const server = spawn(process.execPath, [...process.execArgv, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let pid = 0
  try {
    const [line] = await once(server.stdout.setEncoding('utf8'), 'data')
    pid = Number(line)
    const stat = `/proc/${pid}/stat`
    const ticks = () => Number(readFileSync(stat, 'utf8').split(') ')[1]?.split(' ')[11])
    const before = ticks()
    await until(() => ticks() > before + 20, 'the check to be under way')
    server.kill('SIGKILL')
    await until(() => !existsSync(stat), 'the process to end')
  } finally {
    server.kill('SIGKILL')
    if (pid !== 0 && existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL')
  }
})
