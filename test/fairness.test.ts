import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import type { TurnList } from '../src/turn/turn-list.ts'
import { type Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { startTrace } from './support/trace.ts'
import { checkTrace, slicesOf } from './support/trace-format.ts'
import { eventually, until } from './support/wait.ts'

const MIB = 1024 ** 2
/** More than the kernel takes for a client that takes nothing. */
const BIG = 17 * MIB
const FILES = { 'small.txt': 'small', 'medium.bin': Buffer.alloc(300 * 1024) }

/** A client whose download goes on only when it takes what it is sent. */
async function stalledDownload(daemon: Daemon): Promise<Client> {
  const client = await daemon.connect()
  client.send(get('/big.bin'))
  await client.responseHead()
  return client
}

async function startDaemon(...config: readonly string[]): Promise<Daemon> {
  const daemon = await Daemon.start({ config, files: FILES })
  daemon.folder.publishSparse('big.bin', BIG)
  return daemon
}

async function turnsOf(daemon: Daemon): Promise<TurnList> {
  return JSON.parse((await daemon.ctl('turns', '--json')).stdout)
}

describe('webserverctl', () => {
  test('tells how long turns were waited for and how long they lasted in the last minute', async () => {
    await using daemon = await startDaemon()
    assert.deepEqual((await daemon.status()).turn.lastMinute, { wait: null, service: null })
    for (let count = 0; count < 10; count++) await daemon.ask(get('/small.txt'))
    const { wait, service } = (await daemon.status()).turn.lastMinute
    assert.equal(wait?.count, 10)
    assert.equal(service?.count, 10)
    assert.ok(service.p50 >= 1 && service.p50 <= service.p90 && service.p99 <= service.max)
    assert.match(
      (await daemon.ctl('status')).stdout,
      /\n {4}service {6}\S+ [µm]?s +\S+ [µm]?s +\S+ [µm]?s +\S/,
    )
  })

  test('shows who is in service and who waits, in their order and how far they are', async () => {
    await using daemon = await startDaemon('MaxWait off')
    using clients = new DisposableStack()
    clients.use(await stalledDownload(daemon))
    for (let number = 0; number < 120; number++) {
      const client = clients.use(await daemon.connect())
      client.send(get(`/small.txt?${number}`))
      if (number < 3) await daemon.untilStatus(({ turn }) => turn.waiting === number + 1, 'one more to wait')
    }
    await daemon.untilStatus(({ turn }) => turn.waiting === 120, '120 to wait')

    const { waiting, setAside, requests } = await turnsOf(daemon)
    assert.deepEqual({ waiting, setAside, shown: requests.length }, { waiting: 120, setAside: 0, shown: 100 })
    const [download, ...others] = requests
    assert.equal(download?.state, 'in service')
    assert.equal(download.requestLine, 'GET /big.bin HTTP/1.1')
    assert.ok(download.bytesSent > 0 && download.bytesSent < BIG && (download.bytesTotal ?? 0) > BIG)
    assert.ok(others.every(({ state, bytesTotal }) => state === 'waiting' && bytesTotal === null))
    assert.deepEqual(
      others.slice(0, 3).map(({ requestLine }) => requestLine),
      [0, 1, 2].map(number => `GET /small.txt?${number} HTTP/1.1`),
    )
    assert.match((await daemon.ctl('turns')).stdout, /\nand 21 more requests\n$/)
  })

  test('shows who is set aside', async () => {
    await using daemon = await startDaemon('MaxWait 0')
    using clients = new DisposableStack()
    for (let number = 0; number < 3; number++) clients.use(await stalledDownload(daemon))
    await daemon.ask(get('/small.txt'))
    const { setAside, requests } = await turnsOf(daemon)
    // The kernel may just have taken something for one of them.
    assert.ok(setAside >= 2, `${setAside} set aside`)
    const states = requests.map(({ state }) => state)
    assert.deepEqual(states.slice(-2), ['set aside', 'set aside'])
    assert.equal(states.length, 3)
    assert.ok(requests.every(({ duration, bytesSent }) => duration > 0 && bytesSent > 0))
  })

  test('shows a hostile request line as text', async () => {
    await using daemon = await startDaemon('MaxWait off')
    using _stalled = await stalledDownload(daemon)
    using hostile = await daemon.connect()
    hostile.send(`GET /\x1b[2J\x07${'a'.repeat(1000)} HTTP/1.1\r\n\r\n`)
    await daemon.untilStatus(({ turn }) => turn.waiting === 1, 'one to wait')
    for (const args of [['turns'], ['turns', '--json'], ['status']]) {
      assert.doesNotMatch((await daemon.ctl(...args)).stdout, /[^\P{C}\n]/u)
    }
    const [, shown] = (await turnsOf(daemon)).requests
    assert.match(shown?.requestLine ?? '', /^GET \/\\x1b\[2J\\x07a{100,}\.\.\.$/)
  })

  test('records a timeline on which turns never overlap', async () => {
    await using daemon = await startDaemon('MaxWait 20ms')
    const file = daemon.folder.resolve('turn.json')
    using stalled = await stalledDownload(daemon)
    await using tracing = await startTrace(daemon, file)
    await Promise.all(Array.from({ length: 20 }, () => daemon.ask(get('/small.txt'))))
    using pipelining = await daemon.connect()
    pipelining.send(get('/small.txt').repeat(3))
    for (let count = 0; count < 3; count++) await pipelining.response()
    await stalled.skip(BIG)
    await daemon.untilStatus(({ turn }) => turn.inService === null && turn.setAside === 0, 'nothing to serve')
    tracing.signal('SIGINT')
    const { code, stderr } = await tracing.outcome()
    assert.equal(code, 0, stderr)
    assert.match(stderr, /\nRecorded \d+ requests in /)

    const events = checkTrace(daemon.folder.read('turn.json'))
    const turns = slicesOf(events, 'the turn')
    assert.ok(turns.length >= 25, `${turns.length} turns`)
    for (const [index, { ts }] of turns.entries()) {
      const before = turns[index - 1]
      if (before !== undefined) assert.ok(before.ts + before.dur <= ts + 0.001, 'no two turns overlap')
    }
    const names = new Set(events.map(({ name }) => name))
    for (const name of [
      'waiting',
      'in service',
      'set aside',
      'GET /big.bin HTTP/1.1',
      'GET /small.txt HTTP/1.1',
    ]) {
      assert.ok(names.has(name), name)
    }
  })

  test('that goes away ends its trace, and the server serves on', async () => {
    await using daemon = await startDaemon()
    await using tracing = await startTrace(daemon, daemon.folder.resolve('turn.json'))
    tracing.signal('SIGKILL')
    await tracing.outcome()
    assert.equal((await daemon.ask(get('/small.txt'))).status, 200)
    assert.equal(await daemon.stop(), 0)
  })

  test('writes what it has when the server stops during a trace', async () => {
    await using daemon = await startDaemon()
    await using tracing = await startTrace(daemon, daemon.folder.resolve('turn.json'))
    assert.equal((await daemon.ask(get('/small.txt'))).status, 200)
    assert.equal(await daemon.stop(), 0)
    assert.equal((await tracing.outcome()).code, 0)
    const events = checkTrace(daemon.folder.read('turn.json'))
    assert.ok(events.some(({ name }) => name === 'GET /small.txt HTTP/1.1'))
  })
})

/** The answer to a client of another address. */
async function answerFromElsewhere(daemon: Daemon): Promise<string> {
  const socket = connect({ port: daemon.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
  socket.end(get('/small.txt'))
  return await text(socket)
}

describe('With MaxConnectionsPerAddress open', () => {
  test('the longest idle one of that address makes room', async () => {
    await using daemon = await startDaemon('MaxConnectionsPerAddress 2')
    using first = await daemon.connect()
    using second = await daemon.connect()
    for (const client of [first, second]) {
      client.send(get('/small.txt'))
      await client.response()
    }
    assert.equal((await daemon.ask(get('/small.txt'))).status, 200)
    assert.equal((await first.untilClosed()).end, 'closed')
    second.send(get('/small.txt'))
    assert.equal((await second.response()).status, 200)
  })

  test('and none of them idle, one more is told so, and clients of other addresses are served', async () => {
    await using daemon = await startDaemon('MaxConnectionsPerAddress 2')
    using clients = new DisposableStack()
    for (let count = 0; count < 2; count++) clients.use(await stalledDownload(daemon))
    for (let count = 0; count < 3; count++) {
      const { status, fields } = await daemon.ask(get('/small.txt'))
      assert.equal(status, 503)
      assert.equal(fields.get('connection'), 'close')
    }
    const { connections } = await daemon.status()
    assert.equal(connections.maximumPerAddress, 2)
    assert.deepEqual(connections.turnedAway, { full: 0, perAddress: 3, descriptors: 0 })
    assert.match((await daemon.ctl('status')).stdout, /\n {2}Turned away +0 when full, 3 for their address\n/)
    const complaints = daemon.folder.read('var/log/error.log').match(/Turned clients away: .*/g)
    assert.deepEqual(complaints, [
      'Turned clients away: MaxConnectionsPerAddress (2) are open from 127.0.0.1',
    ])
    assert.match(await answerFromElsewhere(daemon), /^HTTP\/1\.1 200 /)

    clients.dispose()
    await daemon.untilStatus(({ connections }) => connections.open <= 1, 'the downloads to be gone')
    assert.equal((await daemon.ask(get('/small.txt'))).status, 200)
  })

  test('a reload that sets it counts those that are open already', async () => {
    await using daemon = await startDaemon()
    using _first = await stalledDownload(daemon)
    using _second = await stalledDownload(daemon)
    await daemon.reconfigure('MaxConnectionsPerAddress 2')
    assert.equal((await daemon.ask(get('/small.txt'))).status, 503)
  })

  test('those that are turned away do not fill the server', async () => {
    await using daemon = await startDaemon('MaxConnectionsPerAddress 1', 'MaxConnections 4')
    using _stalled = await stalledDownload(daemon)
    using clients = new DisposableStack()
    for (let count = 0; count < 100; count++) {
      const socket = clients.adopt(connect(daemon.port, '127.0.0.1'), socket => void socket.destroy())
      // With so many at a time, the last of them are reset.
      socket.on('error', () => {})
    }
    await daemon.untilStatus(
      ({ connections }) => connections.turnedAway.perAddress === 100,
      '100 turned away',
    )
    assert.match(await answerFromElsewhere(daemon), /^HTTP\/1\.1 200 /)
    assert.equal((await daemon.status()).connections.turnedAway.full, 0)
  })
})

/** What a client is answered on a connection of its own; undefined when that is reset. */
async function answerIfAny(daemon: Daemon, target: string): Promise<string | undefined> {
  const socket = connect(daemon.port, '127.0.0.1')
  socket.write(get(target, 'Connection: close'))
  try {
    return (await text(socket)) || undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET') return undefined
    throw error
  }
}

test('Out of descriptors the server says so once, answers with 503, and serves again when there are some', async () => {
  await using daemon = await startDaemon()
  execFileSync('prlimit', ['--pid', String(daemon.pid), '--nofile=48'])
  using clients = new DisposableStack()
  for (let count = 0; count < 100; count++) {
    const socket = clients.adopt(connect(daemon.port, '127.0.0.1'), socket => void socket.destroy())
    // Of so many the last are reset.
    socket.on('error', () => {})
  }
  const outOfDescriptors = () => daemon.folder.read('var/log/error.log').includes('out of file descriptors')
  await until(outOfDescriptors, 'the error log to say so')

  for (let count = 0; count < 5; count++) {
    // For every other client another that is idle makes room.
    const answer = await eventually(() => answerIfAny(daemon, '/medium.bin'), 'an answer')
    assert.match(answer, /^HTTP\/1\.1 503 /)
  }
  clients.dispose()
  await until(async () => {
    using client = await daemon.connect()
    client.send(get('/medium.bin', 'Connection: close'))
    return `${(await client.untilClosed()).bytes.subarray(0, 12)}` === 'HTTP/1.1 200'
  }, 'a file to be served again')
  const complaints = daemon.folder.read('var/log/error.log').match(/.*error\].*\n/g)
  assert.equal(complaints?.length, 1, String(complaints))
  assert.equal(await daemon.stop(), 0)
})
