import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { BUSY, BUSY_TURN, fakeDaemon } from '../test/support/fake-daemon.ts'
import { COMPILED } from '../test/support/program.ts'
import { checkTrace } from '../test/support/trace-format.ts'
import { ControlServer } from './control/control-server.ts'
import type { Daemon } from './control/daemon.ts'
import { CONTROL_LIMITS, type ControlLimits } from './control/protocol.ts'
import type { TraceEnd, TraceRecord } from './turn/turn-trace.ts'
import { VERSION } from './version.ts'

const PROGRAM = join(import.meta.dirname, 'webserverctl.ts')

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

async function listen(daemon: Partial<Daemon> = {}, limits: Partial<ControlLimits> = {}): Promise<void> {
  server = new ControlServer(socket, fakeDaemon(daemon), () => {}, { ...CONTROL_LIMITS, ...limits })
  await server.listen()
}

interface Ending {
  readonly output: string
  readonly problems: string
  readonly exitCode: number | null
}

interface User {
  readonly uid?: number
  readonly gid?: number
}

/** The real program; its terminal is a pipe. */
function start(...args: string[]) {
  return startAs({}, args)
}

function startAs(user: User, args: string[]) {
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED }
  return spawn(process.execPath, [PROGRAM, ...args], { ...user, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs it to its end. */
async function webserverctl(...args: string[]): Promise<Ending> {
  return await runAs({}, args)
}

async function runAs(user: User, args: string[]): Promise<Ending> {
  using child = startAs(user, args)
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

test('shows the status as a page, without colours where there is no terminal', async () => {
  await listen()
  const { output, problems, exitCode } = await webserverctl('--socket', socket, 'status')
  assert.match(output, /^● webserver 1\.2\.3 is running, up /)
  assert.doesNotMatch(output, /\x1b/)
  assert.equal(problems, '')
  assert.equal(exitCode, 0)
})

test('prints the status as JSON that is safe on a terminal', async () => {
  const status = { ...BUSY, documentRoot: '/srv/\u009b31m\x1b\x7fä' }
  await listen({ status: () => status })
  const { output, exitCode } = await webserverctl('status', '--json', '--socket', socket)
  assert.deepEqual(JSON.parse(output), status)
  assert.match(output, /^[\n -~]+$/)
  assert.equal(exitCode, 0)
})

test('shows the turn as a table, or as JSON', async () => {
  await listen()
  const table = await webserverctl('--socket', socket, 'turns')
  assert.match(table.output, /^\S+ \S+ {2}1 in service, 120 waiting, 1 set aside\n\nState /)
  assert.match(table.output, /\nin service .* GET \/big\.iso HTTP\/1\.1\n/)
  assert.equal(table.exitCode, 0)
  const json = await webserverctl('--socket', socket, 'turns', '--json')
  assert.deepEqual(JSON.parse(json.output), BUSY_TURN)
})

test('follows the turn line by line where there is no terminal, until it is interrupted', async () => {
  await listen()
  using child = start('--socket', socket, 'turns', '--follow', '--json')
  const ended = once(child, 'exit')
  const problems = text(child.stderr)
  let output = ''
  for await (const chunk of child.stdout) {
    output += chunk
    if (output.split('\n').length > 2 && !child.killed) child.kill('SIGINT')
  }
  assert.deepEqual(
    output
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
      .slice(0, 2),
    [BUSY_TURN, BUSY_TURN],
  )
  assert.equal(await problems, '')
  assert.deepEqual(await ended, [0, null])
})

test('ends following when nobody reads it any more, or the server has stopped', async () => {
  await listen()
  using deaf = start('--socket', socket, 'turns', '--follow')
  await once(deaf.stdout, 'data')
  deaf.stdout.destroy()
  await once(deaf, 'close')
  assert.equal(deaf.exitCode, 0)

  using child = start('--socket', socket, 'turns', '--follow')
  await once(child.stdout, 'data')
  const problems = text(child.stderr)
  child.stdout.resume()
  await server?.close()
  await once(child, 'close')
  assert.match(await problems, /^webserver is not running/)
  assert.equal(child.exitCode, 3)
})

test('writes a trace that viewers can load, and says what is in it', async () => {
  await listen({ trace: recordOne })
  const file = join(folder, 'turn.json')
  const ending = await webserverctl('--socket', socket, 'trace', '1', '-o', file)
  assert.deepEqual(ending, {
    output: '',
    problems: `Recording; Ctrl-C ends it early\nRecorded 1 request in 2.5 s to "${file}"\n`,
    exitCode: 0,
  })
  const events = checkTrace(readFileSync(file, 'utf8'))
  assert.ok(events.some(({ name }) => name === 'GET / HTTP/1.1'))
})

test('writes what was recorded until Ctrl-C, and leaves no other file', async () => {
  let begun = () => {}
  await listen({
    async trace(duration, report, signal) {
      begun()
      await once(signal, 'abort')
      return await recordOne(duration, report)
    },
  })
  const started = new Promise<void>(resolve => {
    begun = resolve
  })
  const file = join(folder, 'turn.json')
  using child = start('--socket', socket, 'trace', '300', '-o', file)
  const problems = text(child.stderr)
  await started
  child.kill('SIGINT')
  await once(child, 'close')
  assert.match(await problems, /\nRecorded 1 request /)
  assert.equal(child.exitCode, 0)
  checkTrace(readFileSync(file, 'utf8'))
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('turn')),
    ['turn.json'],
  )
})

test('keeps the old file when a trace fails, and does not begin one that cannot be written', async () => {
  let traces = 0
  await listen({
    async trace() {
      traces++
      throw new Error('out of film')
    },
  })
  const file = join(folder, 'turn.json')
  writeFileSync(file, 'old')
  const failed = await webserverctl('--socket', socket, 'trace', '1', '-o', file)
  assert.equal(failed.problems, 'Cannot trace: out of film, see the error log\n')
  assert.equal(failed.exitCode, 1)
  assert.equal(readFileSync(file, 'utf8'), 'old')
  assert.deepEqual(
    readdirSync(folder).filter(name => name.includes('turn.json')),
    ['turn.json'],
  )

  const impossible = await webserverctl(
    '--socket',
    socket,
    'trace',
    '1',
    '-o',
    join(folder, 'absent/turn.json'),
  )
  assert.match(
    impossible.problems,
    /^Cannot write ".*absent\/turn.json": no such file or directory; name another file\n$/,
  )
  assert.equal(impossible.exitCode, 1)
  assert.equal(traces, 1)
})

test('says why a trace has ended before its time', async () => {
  const file = join(folder, 'turns.json')
  const ends = {
    full: /^Recording.*\nRecorded 0 requests in 5 s to ".*", and then it was full\n$/,
    unread: /^Recording.*\nRecorded 0 requests in 5 s to ".*", and then too much of it was unread: /,
  }
  let reason: keyof typeof ends = 'full'
  await listen({
    async trace(_duration, report) {
      report([])
      return { duration: 5_000_000, reason }
    },
  })
  for (reason of ['full', 'unread'] as const) {
    assert.match((await webserverctl('--socket', socket, 'trace', '5', '-o', file)).problems, ends[reason])
  }
})

test('says that others have all places of a command', async () => {
  await listen({ reload: () => new Promise(() => {}) }, { ofOneCommand: 0 })
  assert.deepEqual(await webserverctl('--socket', socket, 'reload'), {
    output: '',
    problems: 'Cannot reload: 0 clients have asked for it already; try again when some of them are done\n',
    exitCode: 1,
  })
})

test('asks for the time and the file of a trace', async () => {
  for (const [args, complaint] of [
    [['trace', '0', '-o', 'x'], /Expected a number of seconds from 1 to 300/],
    [['trace', 'x', '-o', 'x'], /Expected a number of seconds from 1 to 300/],
    [['trace', '10'], /'-o, --output <file>' not specified/],
    [['trace', '-o', 'x'], /missing required argument 'seconds'/],
  ] as const) {
    const { problems, exitCode } = await webserverctl('--socket', socket, ...args)
    assert.match(problems, complaint)
    assert.equal(exitCode, 2)
  }
})

/** A trace of one request. */
async function recordOne(
  _duration: number,
  report: (records: readonly TraceRecord[]) => void,
): Promise<TraceEnd> {
  const client = { connection: 1, remoteAddress: '192.0.2.7 port 5' }
  report([{ kind: 'request', request: 1, requestLine: 'GET / HTTP/1.1', ...client }])
  report([
    { kind: 'waiting', request: 1, at: 1 },
    { kind: 'in service', request: 1, at: 2 },
    { kind: 'left', request: 1, at: 3, bytesSent: 1024 },
  ])
  return { duration: 2_500_000, reason: 'over' }
}

test('tells what a reload has changed', async () => {
  await listen({
    reload: async () => ({ kind: 'reloaded', changes: ['MaxWait 5 ms', 'Listen 81'], warnings: [] }),
  })
  const ending = await webserverctl('--socket', socket, 'reload')
  assert.deepEqual(ending, {
    output: 'Reloaded: 2 changes\n  MaxWait 5 ms\n  Listen 81\n',
    problems: '',
    exitCode: 0,
  })
})

test('shows what a reload warns of, which has been put in force all the same', async () => {
  const warnings = ['webserver.conf:2:9: Cannot send "/srv/404.html"\n  \x1b[2J']
  await listen({ reload: async () => ({ kind: 'reloaded', changes: [], warnings }) })
  assert.deepEqual(await webserverctl('--socket', socket, 'reload'), {
    output: 'Reloaded: nothing has changed\n',
    problems: 'Warning: webserver.conf:2:9: Cannot send "/srv/404.html"\n  \\x1b[2J\n',
    exitCode: 0,
  })
})

test('shows every mistake when a reload is refused, and that the old configuration holds', async () => {
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
})

test('says when the logs are reopened and when the server has stopped', async () => {
  const done: string[] = []
  await listen({
    reopenLogs() {
      done.push('reopened')
      return []
    },
    stop: async () => {
      done.push('stopped')
      return { finished: 2, brokenOff: 1 }
    },
  })
  assert.deepEqual(await webserverctl('--socket', socket, 'reopen'), {
    output: 'Reopened the logs\n',
    problems: '',
    exitCode: 0,
  })
  assert.deepEqual(await webserverctl('--socket', socket, 'stop'), {
    output: 'Stopped, 2 requests finished, 1 connection broken off\n',
    problems: '',
    exitCode: 0,
  })
  assert.deepEqual(done, ['reopened', 'stopped'])
})

test('shows whoever reads through a pipe all of a reason, however long', async () => {
  const reason = `Cannot write "/var/log/${'long/'.repeat(60)}access.log", lines are lost: no space left on device`
  const log = { path: '/var/log/access.log', state: 'failing', linesLost: 3, lastError: reason } as const
  await listen({ status: () => ({ ...BUSY, logs: [log] }) })
  const { output } = await webserverctl('--socket', socket, 'status')
  assert.ok(output.includes(reason), output)
})

test('exits with 3 when the server is not running', async () => {
  const { problems, exitCode } = await webserverctl('--socket', socket, 'status')
  assert.equal(problems, `webserver is not running: nothing answers at "${socket}"\n`)
  assert.equal(exitCode, 3)
})

test('exits with 1 and says what to do when the socket is not for this user', async () => {
  await listen()
  chmodSync(socket, 0)
  chmodSync(folder, 0o755)
  // Nothing is forbidden to root
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const { problems, exitCode } = await runAs(user, ['--socket', socket, 'status'])
  assert.match(problems, /^Permission denied at ".*webserver.sock": run this as root/)
  assert.equal(exitCode, 1)
})

test('exits with 2 and a hint when it is used wrongly', async () => {
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

test('exits with 1 when the server fails to do it', async () => {
  await listen({ reload: () => Promise.reject(new Error('no \x1b memory')) })
  const { problems, exitCode } = await webserverctl('--socket', socket, 'reload')
  assert.equal(problems, 'Cannot reload: no \\x1b memory, see the error log\n')
  assert.equal(exitCode, 1)
})

test('never offers to stop the server to whoever asks for something else', async () => {
  const { problems, exitCode } = await webserverctl('top')
  assert.equal(
    problems,
    "error: unknown command 'top'\n(Did you mean turns --follow?)\nTry 'webserverctl --help'\n",
  )
  assert.equal(exitCode, 2)
  assert.match((await webserverctl('relaod')).problems, /\(Did you mean reload\?\)/)
})

test('shows its version and a help that fits 80 columns', async () => {
  assert.deepEqual(await webserverctl('--version'), {
    output: `${VERSION}, on Node.js ${process.versions.node}\n`,
    problems: '',
    exitCode: 0,
  })
  const { output, exitCode } = await webserverctl('--help')
  for (const word of ['status', 'reload', 'reopen', 'stop', '--socket', 'Examples:', 'Exit codes:']) {
    assert.ok(output.includes(word), word)
  }
  for (const line of output.split('\n')) assert.ok(line.length <= 80, line)
  assert.equal(exitCode, 0)
})

test('finds the control socket by the configuration', async () => {
  const file = configure('Listen 8080\nControlSocket webserver.sock\n')
  await listen()
  assert.equal((await webserverctl('--config', file, 'reopen')).exitCode, 0)
})

test('finds the control socket by a configuration with mistakes, so that a reload can show them', async () => {
  const file = configure('Lisen 8080\nControlSocket webserver.sock\n')
  await listen()
  assert.equal((await webserverctl('--config', file, 'reload')).exitCode, 0)
})

test('asks for the control socket when the configuration does not tell', async () => {
  const file = configure('ControlSocket a b\n')
  for (const config of [file, join(folder, 'absent.conf')]) {
    const { problems, exitCode } = await webserverctl('--config', config, 'status')
    assert.match(problems, /webserver.conf:1:17: |absent.conf": no such file/)
    assert.match(problems, /\nName the control socket with --socket PATH\n$/)
    assert.equal(exitCode, 1)
  }
})
