import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { BUSY, fakeDaemon } from '../../test/support/fake-daemon.ts'
import { until } from '../../test/support/wait.ts'
import { callDaemon } from '../ctl/control-client.ts'
import type { TraceEnd } from '../turn/turn-trace.ts'
import { lockHolder } from '../unix/lock-holder.ts'
import { ControlServer } from './control-server.ts'
import type { Daemon } from './daemon.ts'
import { CONTROL_LIMITS, type ControlLimits } from './protocol.ts'

const STATUS = '{"jsonrpc":"2.0","method":"status","id":7}\n'
const STOP = '{"jsonrpc":"2.0","method":"stop","id":1}\n'
const STOPPED = { finished: 0, brokenOff: 0 }
const STATUS_REPLY = { jsonrpc: '2.0', id: 7, result: BUSY }

let folder: string
let path: string
let problems: string[]
let held: AsyncDisposableStack

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'control-server-'))
  path = join(folder, 'webserver.sock')
  problems = []
  held = new AsyncDisposableStack()
})

afterEach(async () => {
  await held.disposeAsync()
  rmSync(folder, { recursive: true })
})

async function listen(
  daemon: Partial<Daemon> = {},
  limits: Partial<ControlLimits> = {},
): Promise<ControlServer> {
  const onProblem = (message: string, error: unknown) => problems.push(`${message} ${error}`)
  const server = new ControlServer(path, fakeDaemon(daemon), onProblem, { ...CONTROL_LIMITS, ...limits })
  await server.listen()
  held.defer(() => server.close())
  return server
}

function open(): Socket {
  const socket = held.adopt(connect(path), socket => void socket.destroy())
  // A test looks at what arrives until the connection is closed, however it is closed.
  socket.on('error', () => {})
  return socket
}

/** All that arrives until the connection is closed. */
async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', bytes => {
    text += bytes
  })
  await new Promise(resolve => socket.once('close', resolve))
  return text
}

async function exchange(bytes: string | Buffer): Promise<string> {
  const socket = open()
  socket.write(bytes)
  return await received(socket)
}

function errorCode(reply: string): number {
  assert.match(reply, /^[^\n]+\n$/)
  return JSON.parse(reply).error.code
}

/** A socket that nobody listens on any more, as a killed daemon leaves it. */
async function leaveStaleSocket(): Promise<void> {
  const server = createServer()
  const temporary = join(folder, 'stale')
  await once(server.listen(temporary), 'listening')
  linkSync(temporary, path)
  await new Promise(resolve => server.close(resolve))
}

async function listenAs(stranger: Server): Promise<void> {
  await once(stranger.listen(path), 'listening')
  held.defer(() => void stranger.close())
}

test('answers one request with one line and closes', async () => {
  await listen()
  const reply = await exchange(STATUS)
  assert.deepEqual(JSON.parse(reply), STATUS_REPLY)
  assert.equal(reply.indexOf('\n'), reply.length - 1)
})

test('answers a client that sends byte by byte, or shuts down its side at once', async () => {
  await listen()
  const socket = open()
  const reply = received(socket)
  for (const character of STATUS) await new Promise(resolve => socket.write(character, resolve))
  assert.deepEqual(JSON.parse(await reply), STATUS_REPLY)

  const hasty = open()
  hasty.end(STATUS)
  assert.deepEqual(JSON.parse(await received(hasty)), STATUS_REPLY)
})

test('lets only its owner and group in, whatever the umask', async () => {
  const umask = process.umask(0)
  try {
    await listen()
  } finally {
    process.umask(umask)
  }
  assert.equal(lstatSync(path).mode & 0o777, 0o660)
  assert.equal(lstatSync(`${path}.lock`).mode & 0o777, 0o600)
})

test('makes the folder that is missing', async () => {
  path = join(folder, 'var/run/webserver.sock')
  await listen()
  assert.equal(lstatSync(dirname(path)).mode & 0o777, 0o755 & ~process.umask())
})

test('leaves nothing but its lock behind', async () => {
  const server = await listen()
  assert.deepEqual(readdirSync(folder).sort(), ['webserver.sock', 'webserver.sock.lock'])
  await server.close()
  assert.deepEqual(readdirSync(folder), ['webserver.sock.lock'])
})

test('takes over the socket of a daemon that has died', async () => {
  await leaveStaleSocket()
  await listen()
  assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
})

test('does not take the socket of a live daemon', async () => {
  await listen()
  await assert.rejects(listen(), {
    name: 'SocketPathError',
    message: new RegExp(`Another daemon \\(pid ${process.pid}\\) answers at ".*webserver.sock"`),
  })
  assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
})

test('does not remove a file that stands in the way', async () => {
  writeFileSync(path, 'precious')
  await assert.rejects(listen(), { name: 'SocketPathError', message: /Expected a socket or nothing/ })
  assert.equal(readFileSync(path, 'utf8'), 'precious')
})

test('refuses to answer on a descriptor that is no socket', async () => {
  const server = new ControlServer(path, fakeDaemon({}), () => {})
  const descriptor = openSync('/dev/null', 'r')
  try {
    await assert.rejects(server.adopt(descriptor), { syscall: 'listen' })
  } finally {
    closeSync(descriptor)
  }
})

test('removes its own socket only, and not one that has taken its place', async () => {
  const server = await listen()
  renameSync(path, join(folder, 'moved'))
  await listenAs(createServer())
  await server.close()
  assert.ok(existsSync(path))
})

test('makes its socket again when it was deleted, also with its lock and its folder, and says so', async () => {
  path = join(folder, 'run/webserver.sock')
  await listen({}, { restore: 5 })
  for (const [count, deleted] of [path, `${path}.lock`, dirname(path)].entries()) {
    rmSync(deleted, { recursive: true })
    if (deleted.endsWith('.lock')) rmSync(path)
    await until(() => problems.length > count, 'the socket to be made again')
    assert.equal(problems[count], `The control socket was not at "${path}" any more it has been made again`)
    assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
    assert.equal(lockHolder(path), process.pid)
  }
})

test('tells once that a socket that was deleted cannot be made again', async () => {
  const server = await listen()
  rmSync(path)
  renameSync(folder, `${folder}.moved`)
  writeFileSync(folder, '')
  await server.restore()
  await server.restore()
  rmSync(folder)
  renameSync(`${folder}.moved`, folder)
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /is not at ".*" any more, and cannot be made again .*not a directory/)
  await server.restore()
  assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
})

test('takes the place back of a socket that nobody answers on, and tells once of what it may not take away', async () => {
  const server = await listen()
  rmSync(path)
  writeFileSync(path, 'something else')
  await server.restore()
  await server.restore()
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /cannot be made again .*found something else: move it away/)
  rmSync(path)
  await leaveStaleSocket()
  await server.restore()
  assert.equal(problems.length, 2)
  assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
})

test('keeps its path from other daemons though its socket was deleted, until it closes', async () => {
  const server = await listen()
  rmSync(path)
  await assert.rejects(listen(), {
    name: 'SocketPathError',
    message: new RegExp(`another daemon \\(pid ${process.pid}\\)`),
  })
  await server.close()
  assert.equal(lockHolder(path), undefined)
  await listen()
})

test('gives one of many daemons that start at once the socket, and the others a reason', async () => {
  await leaveStaleSocket()
  const module = JSON.stringify(new URL('control-server.ts', import.meta.url).href)
  const program = `
    import { ControlServer } from ${module}
    const server = new ControlServer(${JSON.stringify(path)}, {}, () => {})
    process.stdout.write('ready\\n')
    process.stdin.once('data', () =>
      server.listen().then(
        () => process.stdout.write('owner\\n'),
        error => process.stdout.write(error.name + '\\n', () => process.exit()),
      ),
    )`
  const children = Array.from({ length: 12 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // It is killed while it ends by itself: coverage that it has half written would be of no use to anybody.
      env: { ...process.env, NODE_V8_COVERAGE: '' },
    })
    held.defer(() => void child.kill('SIGKILL'))
    return child
  })
  const words = (child: (typeof children)[number]) => once(child.stdout, 'data').then(([data]) => `${data}`)
  await Promise.all(children.map(words))
  const outcomes = Promise.all(children.map(words))
  for (const child of children) child.stdin.write('go')
  const counts = Object.groupBy(await outcomes, outcome => outcome.trim())
  assert.equal(counts['owner']?.length, 1)
  assert.equal(counts['SocketPathError']?.length, 11)
})

test('says what to do about a path that no socket can have', async () => {
  path = join(folder, 'a'.repeat(120))
  await assert.rejects(listen(), {
    name: 'SocketPathError',
    message: /at most 107 bytes.*choose a shorter/,
  })
  path = join(folder, 'file/webserver.sock')
  writeFileSync(dirname(path), '')
  await assert.rejects(listen(), { name: 'SocketPathError', message: /not a folder; .*choose another/ })
})

test('answers garbage with a parse error and closes', async () => {
  await listen()
  for (const garbage of ['GET / HTTP/1.1\r\n', '{"jsonrpc":\n', '\xff\n', '\n']) {
    assert.equal(errorCode(await exchange(Buffer.from(garbage, 'latin1'))), -32700)
  }
  const unfinished = open()
  unfinished.end(STATUS.trimEnd())
  assert.equal(errorCode(await received(unfinished)), -32700)
})

test('answers JSON that is no request of its own with an error', async () => {
  await listen()
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  for (const line of [
    'null',
    '5',
    '[]',
    '[null]',
    `[${STATUS.trim()}]`,
    deep,
    '{"method":"status","id":1}',
    '{"__proto__":{"jsonrpc":"2.0","method":"status","id":1}}',
    ...['5', 'null', '{}', deep].map(method => `{"jsonrpc":"2.0","method":${method},"id":1}`),
    ...['5', 'null', '"all"'].map(params => `{"jsonrpc":"2.0","method":"status","params":${params},"id":1}`),
    ...['true', '{}', '[1]', deep, '1e999', '-1e999', '12345678901234567890'].map(
      id => `{"jsonrpc":"2.0","method":"status","id":${id}}`,
    ),
  ]) {
    assert.equal(errorCode(await exchange(`${line}\n`)), -32600, line.slice(0, 100))
  }
  for (const method of ['toString', '__proto__', 'constructor', '', '\\u0000', 'STATUS']) {
    const reply = await exchange(`{"jsonrpc":"2.0","method":"${method}","id":1}\n`)
    assert.equal(errorCode(reply), -32601, method)
  }
  assert.deepEqual(problems, [])
})

test('answers to the id that it was asked under, as it was written', async () => {
  await listen()
  const longest = 'x'.repeat(CONTROL_LIMITS.request - STATUS.length + '7\n'.length - '""'.length)
  for (const id of [0, -1, 1.5, Number.MAX_SAFE_INTEGER, null, '', '\u0000\ud800', longest]) {
    const request = { jsonrpc: '2.0', method: 'status', id }
    assert.equal(JSON.parse(await exchange(`${JSON.stringify(request)}\n`)).id, id)
  }
  assert.equal(JSON.parse(await exchange('{"id":7}\n')).id, 7)
})

test('refuses a request longer than the limit before it has ended, and none that is as long', async () => {
  await listen()
  const longest = STATUS.replace('\n', '').padEnd(CONTROL_LIMITS.request)
  assert.deepEqual(JSON.parse(await exchange(`${longest}\n`)), STATUS_REPLY)
  assert.equal(errorCode(await exchange(`${longest} \n`)), -32600)
  assert.equal(errorCode(await exchange(' '.repeat(CONTROL_LIMITS.request + 1))), -32600)
})

test('closes a silent client, one that dribbles and one that never reads at their deadline', async () => {
  const vast = { ...BUSY, documentRoot: '/'.repeat(16 * 1024 * 1024) }
  await listen({ status: () => vast }, { deadline: 100 })
  const silent = open()
  const dribbling = open()
  const dribble = setInterval(() => dribbling.write(' '), 10)
  held.defer(() => clearInterval(dribble))
  const deaf = open()
  deaf.pause()
  deaf.write(STATUS)
  await Promise.all([received(silent), received(dribbling), untilRefused(deaf)])
})

/** Writes until the other end is closed. */
async function untilRefused(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('error', () => resolve())
  const writing = setInterval(() => socket.write(' '), 10)
  await promise
  clearInterval(writing)
}

test('answers beside any number of clients that say nothing, the first of which lose their places', async () => {
  await listen({}, { connections: 3 })
  const silent = Array.from({ length: 50 }, () => {
    const socket = open()
    return { socket, reply: received(socket) }
  })
  await Promise.all(silent.map(({ socket }) => once(socket, 'connect')))
  for (let count = 0; count < 5; count++) {
    assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
  }
  for (const { reply } of silent.slice(0, 40)) assert.equal(errorCode(await reply), -32000)
})

test('gives no command more places than its share, so that others are left', async () => {
  await listenToTrace({ connections: 8, ofOneCommand: 2 })
  const traces = await Promise.all([1, 2].map(beginTrace))
  for (let count = 0; count < 20; count++) assert.equal(errorCode(await exchange(TRACE)), -32000)
  assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
  assert.deepEqual(await callDaemon(path, 'trace', { seconds: 5 }, 10_000), {
    kind: 'busy',
    message: '2 clients have asked for it already',
  })

  traces[0]?.socket.end()
  assert.match((await traces[0]?.reply) ?? '', /"result":/)
  await beginTrace()
  assert.deepEqual(problems, [])
})

/** A trace that has reported something already. */
async function beginTrace() {
  const socket = open()
  const reply = received(socket)
  socket.write(TRACE)
  await once(socket, 'data')
  return { socket, reply }
}

test('takes no place from a client whose command is at work', async () => {
  await listenToTrace({ connections: 2, ofOneCommand: 2 })
  const traces = await Promise.all([beginTrace(), beginTrace()])
  assert.equal(errorCode(await exchange(STATUS)), -32000)
  for (const { socket, reply } of traces) {
    socket.end()
    assert.match(await reply, /"result":/)
  }
})

test('ends a trace that is not read before it fills the memory, and no other', async () => {
  const records = Array.from({ length: 500 }, (_, at) => ({ kind: 'waiting', request: 1, at }) as const)
  const ends: TraceEnd[] = []
  let told = 0
  await listen({
    async trace(_duration, report, signal) {
      while (report(records)) {
        told++
        await nextTurn()
        if (signal.aborted) return { duration: 1, reason: 'ended early' }
      }
      const end = { duration: 1, reason: 'unread' } as const
      ends.push(end)
      return end
    },
  })
  const read = open()
  const reply = received(read)
  read.write(TRACE)
  const deaf = open()
  deaf.pause()
  deaf.write(TRACE)
  const deadline = Date.now() + 10_000
  while (ends.length === 0) {
    await nextTurn()
    assert.ok(Date.now() < deadline, 'Expected the end of the trace that is not read')
  }
  const least = told
  while (told < least + 100) await nextTurn()
  read.end()
  assert.match(await reply, /"reason":"ended early"/)

  // What it had been sent before, and why there is no more, is there for it to read for a while.
  const late = received(deaf)
  deaf.resume()
  const lines = (await late).trimEnd().split('\n')
  assert.deepEqual(JSON.parse(lines.at(-1) ?? ''), { jsonrpc: '2.0', id: 1, result: ends[0] })
  const size = lines.reduce((sum, line) => sum + line.length + 1, 0)
  assert.ok(size < 2 * CONTROL_LIMITS.unread, `${size} bytes`)
})

test('goes on when a client vanishes while its command is at work', async () => {
  const { started, finish } = await listenToStop()
  const socket = open()
  socket.write(STOP)
  await started
  socket.destroy()
  finish()
  assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
  assert.deepEqual(problems, [])
})

test('answers the first request of a connection, and no other', async () => {
  const { started, finish } = await listenToStop()
  const socket = open()
  const reply = received(socket)
  socket.write(STOP)
  await started
  await new Promise(resolve => socket.write(STATUS, resolve))
  await exchange(STATUS)
  finish()
  assert.deepEqual(JSON.parse(await reply), { jsonrpc: '2.0', id: 1, result: STOPPED })
})

test('answers while another command is at work', async () => {
  const { started, finish } = await listenToStop()
  const reply = callDaemon(path, 'stop', undefined, 10_000)
  await started
  assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
  finish()
  assert.deepEqual(await reply, { kind: 'reply', result: STOPPED })
})

test('sends the reply to stop when it is closed as soon as the server has stopped', async () => {
  const { server, started, finish } = await listenToStop()
  const silent = open()
  const nothing = received(silent)
  await once(silent, 'connect')
  const reply = callDaemon(path, 'stop', undefined, 10_000)
  await started
  finish()
  await server.close()
  assert.deepEqual(await reply, { kind: 'reply', result: STOPPED })
  assert.equal(await nothing, '')
})

test('does not wait for a command that never ends when it is closed', async () => {
  const { server, started } = await listenToStop({ deadline: 100 })
  const reply = callDaemon(path, 'stop', undefined, 10_000)
  await started
  await server.close()
  assert.deepEqual(await reply, { kind: 'closed' })
})

/** A server that, once asked to stop, does so when the test has it finish. */
async function listenToStop(limits: Partial<ControlLimits> = {}) {
  const { promise: started, resolve: start } = Promise.withResolvers<void>()
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
  const stop = async () => {
    start()
    await finished
    return STOPPED
  }
  return { server: await listen({ stop }, limits), started, finish }
}

test('reports along the way, and ends early for a client that shuts down its side', async () => {
  const { reported } = await listenToTrace()
  const enough = new AbortController()
  const heard: unknown[] = []
  const reply = callDaemon(path, 'trace', { seconds: 300 }, 10_000, {
    heard(report) {
      heard.push(report)
      enough.abort()
    },
    enough: enough.signal,
  })
  assert.deepEqual(await reply, { kind: 'reply', result: { duration: 7, reason: 'ended early' } })
  assert.deepEqual(heard, [reported])
})

test('tells a command to end when its client has vanished, or the server closes', async () => {
  const { server, ended } = await listenToTrace()
  const socket = open()
  socket.write(TRACE)
  await once(socket, 'data')
  socket.destroy()
  assert.equal(await ended(), 1)

  const waiting = open()
  const reply = received(waiting)
  waiting.write(TRACE)
  await once(waiting, 'data')
  await server.close()
  assert.equal(await ended(), 2)
  assert.match(await reply, /"method":"trace".*\n.*"id":1,"result":/)
  assert.deepEqual(problems, [])
})

test('refuses a trace of no time or too much, which is not a fault of the daemon', async () => {
  await listen()
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  for (const seconds of ['0', '301', '-5', '1e999', '"5"', 'null', '{}', deep, `"${'5'.repeat(60_000)}"`]) {
    const params = `{"seconds":${seconds}}`
    const reply = await exchange(`{"jsonrpc":"2.0","method":"trace","params":${params},"id":1}\n`)
    assert.equal(errorCode(reply), -32602)
    assert.ok(reply.length < 200)
  }
  for (const params of ['{}', '[]', '[5]']) {
    const reply = await exchange(`{"jsonrpc":"2.0","method":"trace","params":${params},"id":1}\n`)
    assert.equal(errorCode(reply), -32602)
  }
  assert.equal(errorCode(await exchange('{"jsonrpc":"2.0","method":"trace","id":1}\n')), -32602)
  assert.deepEqual(problems, [])
})

const TRACE = '{"jsonrpc":"2.0","method":"trace","params":{"seconds":300},"id":1}\n'

/** A server whose traces report once and go on until they are told to end. */
async function listenToTrace(limits: Partial<ControlLimits> = {}) {
  const reported = [{ kind: 'waiting', request: 1, at: 5 }] as const
  let endings = 0
  let wake = () => {}
  const trace: Daemon['trace'] = async (_duration, report, signal) => {
    report(reported)
    await once(signal, 'abort')
    endings++
    wake()
    return { duration: 7, reason: 'ended early' }
  }
  const server = await listen({ trace }, limits)
  let seen = 0
  const ended = async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    wake = resolve
    if (endings === seen) await promise
    seen = endings
    return endings
  }
  return { server, reported, ended }
}

test('reports a command that fails to its client and to the error log, and lives on', async () => {
  await listen({
    reopenLogs() {
      throw new Error('disk on fire')
    },
  })
  assert.deepEqual(await callDaemon(path, 'reopen', undefined, 10_000), {
    kind: 'error',
    message: 'disk on fire',
  })
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /reopen.*disk on fire/)
  assert.deepEqual(JSON.parse(await exchange(STATUS)), STATUS_REPLY)
})

test('tells a caller that a method is unknown, or that no daemon is there', async () => {
  assert.deepEqual(await callDaemon(path, 'status', undefined, 10_000), { kind: 'not running' })
  await leaveStaleSocket()
  for (const nobody of [path, folder, join(path, 'below'), join(folder, 'a'.repeat(120))]) {
    assert.deepEqual(await callDaemon(nobody, 'status', undefined, 10_000), { kind: 'not running' })
  }
  await listen()
  assert.deepEqual(await callDaemon(path, 'frobnicate', undefined, 10_000), { kind: 'unknown' })
})

test('tells a caller that the answer came from something else, or not in time', async () => {
  const answers = ['null\n', 'HTTP/1.1 400 Bad Request\r\n', '', undefined]
  const clients: Socket[] = []
  held.defer(() => {
    for (const client of clients) client.destroy()
  })
  const stranger = createServer(socket => {
    clients.push(socket)
    const answer = answers[clients.length - 1]
    if (answer !== undefined) socket.end(answer)
  })
  await listenAs(stranger)
  for (const kind of ['foreign', 'foreign', 'closed']) {
    assert.deepEqual(await callDaemon(path, 'status', undefined, 10_000), { kind })
  }
  assert.deepEqual(await callDaemon(path, 'status', undefined, 100), { kind: 'late' })
})
