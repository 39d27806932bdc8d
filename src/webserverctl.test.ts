import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { ControlServer } from './control/control-server.ts'
import type { Daemon } from './control/daemon.ts'
import { BUSY, fakeDaemon } from './control/fake-daemon.ts'
import { VERSION } from './version.ts'

const PROGRAM = join(import.meta.dirname, 'webserverctl.ts')
const PATIENCE = { timeout: 20_000 }

let folder: string
let socket: string
let server: ControlServer | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webserverctl-'))
  socket = join(folder, 'webserver.sock')
  server = undefined
})

afterEach(async () => {
  await server?.close()
  rmSync(folder, { recursive: true })
})

async function listen(daemon: Partial<Daemon> = {}): Promise<void> {
  server = new ControlServer(socket, fakeDaemon(daemon), () => {})
  await server.listen()
}

interface Ending {
  readonly output: string
  readonly problems: string
  readonly exitCode: number | null
}

/** Runs the real program; its terminal is a pipe. */
async function webserverctl(...args: string[]): Promise<Ending> {
  return await runAs({}, args)
}

async function runAs(
  user: { readonly uid?: number; readonly gid?: number },
  args: string[],
): Promise<Ending> {
  using child = spawn(process.execPath, [PROGRAM, ...args], { ...user, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, problems] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { output, problems, exitCode: child.exitCode }
}

/** A server's folder with this configuration; the path of the file. */
function configure(configuration: string): string {
  const file = join(folder, 'etc/webserver.conf')
  mkdirSync(join(folder, 'etc'))
  mkdirSync(join(folder, 'var/www'), { recursive: true })
  writeFileSync(file, configuration)
  return file
}

test('shows the status as a page, without colours where there is no terminal', PATIENCE, async () => {
  await listen()
  const { output, problems, exitCode } = await webserverctl('--socket', socket, 'status')
  assert.match(output, /^● webserver 1\.2\.3 is running, up /)
  assert.doesNotMatch(output, /\x1b/)
  assert.equal(problems, '')
  assert.equal(exitCode, 0)
})

test('prints the status as JSON that is safe on a terminal', PATIENCE, async () => {
  const status = { ...BUSY, documentRoot: '/srv/\u009b31m\x1b\x7fä' }
  await listen({ status: () => status })
  const { output, exitCode } = await webserverctl('status', '--json', '--socket', socket)
  assert.deepEqual(JSON.parse(output), status)
  assert.match(output, /^[\n -~]+$/)
  assert.equal(exitCode, 0)
})

test('tells what a reload has changed', PATIENCE, async () => {
  await listen({ reload: async () => ({ kind: 'reloaded', changes: ['MaxWait 5 ms', 'Listen 81'] }) })
  const ending = await webserverctl('--socket', socket, 'reload')
  assert.deepEqual(ending, {
    output: 'Reloaded: 2 changes\n  MaxWait 5 ms\n  Listen 81\n',
    problems: '',
    exitCode: 0,
  })
})

test(
  'shows every mistake when a reload is refused, and that the old configuration holds',
  PATIENCE,
  async () => {
    const mistakes = [
      'webserver.conf:1:1: Unknown directive "Lisen"\n  \tLisen 80\n  \t^',
      'webserver.conf:2:9: \x1b[2J',
    ]
    await listen({ reload: async () => ({ kind: 'refused', problems: mistakes }) })
    const ending = await webserverctl('--socket', socket, 'reload')
    assert.deepEqual(ending, {
      output: '',
      problems:
        'webserver.conf:1:1: Unknown directive "Lisen"\n  \tLisen 80\n  \t^\n' +
        'webserver.conf:2:9: \\x1b[2J\n' +
        'Not reloaded, 2 mistakes: the old configuration stays in force\n',
      exitCode: 1,
    })
  },
)

test('says when the logs are reopened and when the server has stopped', PATIENCE, async () => {
  const done: string[] = []
  await listen({
    reopenLogs: () => void done.push('reopened'),
    stop: async () => void done.push('stopped'),
  })
  assert.deepEqual(await webserverctl('--socket', socket, 'reopen'), {
    output: 'Reopened the logs\n',
    problems: '',
    exitCode: 0,
  })
  assert.deepEqual(await webserverctl('--socket', socket, 'stop'), {
    output: 'Stopped\n',
    problems: '',
    exitCode: 0,
  })
  assert.deepEqual(done, ['reopened', 'stopped'])
})

test('exits with 3 when the server is not running', PATIENCE, async () => {
  const { problems, exitCode } = await webserverctl('--socket', socket, 'status')
  assert.equal(problems, `webserver is not running: nothing answers at "${socket}"\n`)
  assert.equal(exitCode, 3)
})

test('exits with 1 and says what to do when the socket is not for this user', PATIENCE, async () => {
  await listen()
  chmodSync(socket, 0)
  chmodSync(folder, 0o755)
  // Nothing is forbidden to root
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const { problems, exitCode } = await runAs(user, ['--socket', socket, 'status'])
  assert.match(problems, /^Permission denied at ".*webserver.sock": run this as root/)
  assert.equal(exitCode, 1)
})

test('exits with 2 and a hint when it is used wrongly', PATIENCE, async () => {
  for (const args of [
    ['frobnicate'],
    ['status', 'now'],
    ['--sockett', 'x'],
    ['--socket', 'a', '--config', 'b', 'stop'],
  ]) {
    const { output, problems, exitCode } = await webserverctl(...args)
    assert.match(problems, /^error: .*\n(.*\n)?Try 'webserverctl --help'\n$/)
    assert.equal(output, '')
    assert.equal(exitCode, 2)
  }
  const { problems, exitCode } = await webserverctl()
  assert.match(problems, /^Usage: webserverctl/)
  assert.equal(exitCode, 2)
})

test('exits with 1 when the server fails to do it', PATIENCE, async () => {
  await listen({ reload: () => Promise.reject(new Error('no \x1b memory')) })
  const { problems, exitCode } = await webserverctl('--socket', socket, 'reload')
  assert.equal(problems, 'Cannot reload: no \\x1b memory, see the error log\n')
  assert.equal(exitCode, 1)
})

test('shows its version and a help that fits 80 columns', PATIENCE, async () => {
  assert.deepEqual(await webserverctl('--version'), { output: `${VERSION}\n`, problems: '', exitCode: 0 })
  const { output, exitCode } = await webserverctl('--help')
  for (const word of ['status', 'reload', 'reopen', 'stop', '--socket', 'Examples:', 'Exit codes:']) {
    assert.ok(output.includes(word), word)
  }
  for (const line of output.split('\n')) assert.ok(line.length <= 80, line)
  assert.equal(exitCode, 0)
})

test('finds the control socket by the configuration', PATIENCE, async () => {
  const file = configure('Listen 8080\nControlSocket webserver.sock\n')
  await listen()
  assert.equal((await webserverctl('--config', file, 'reopen')).exitCode, 0)
})

test(
  'finds the control socket by a configuration with mistakes, so that a reload can show them',
  PATIENCE,
  async () => {
    const file = configure('Lisen 8080\nControlSocket webserver.sock\n')
    await listen()
    assert.equal((await webserverctl('--config', file, 'reload')).exitCode, 0)
  },
)

test('asks for the control socket when the configuration does not tell', PATIENCE, async () => {
  const file = configure('ControlSocket a b\n')
  for (const config of [file, join(folder, 'absent.conf')]) {
    const { problems, exitCode } = await webserverctl('--config', config, 'status')
    assert.match(problems, /webserver.conf:1:17: |absent.conf": no such file/)
    assert.match(problems, /\nName the control socket with --socket PATH\n$/)
    assert.equal(exitCode, 1)
  }
})
