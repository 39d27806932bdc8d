import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'

const KIB = 1024
const MIB = 1024 * KIB
const CLIENTS = 60
/** How long each kind of client goes on, in milliseconds. */
const GOES_ON = 2500

/*
 * What the manual says a connection may hold: what is read ahead, a head that is not whole, and a piece of a response.
 */
const READ_AHEAD = 80 * KIB
const HEAD = 8190 + 4 * 8190
const RESPONSE = 256 * KIB
/** And what V8 lets lie until it collects it, whoever the clients are. */
const GARBAGE = 128 * MIB
const MOST_MORE = CLIENTS * (READ_AHEAD + HEAD + RESPONSE) + GARBAGE

/** What one client sends, piece by piece, for as long as the server takes it. */
interface Behaviour {
  readonly title: string
  /** Whether it takes its answers. */
  readonly reads: boolean
  piece(count: number): string
}

const BEHAVIOURS: readonly Behaviour[] = [
  { title: 'send request after request', reads: true, piece: () => get('/small.txt').repeat(500) },
  {
    title: 'send request after request and take nothing',
    reads: false,
    piece: () => get('/small.txt').repeat(500),
  },
  {
    title: 'ask for a large file again and again, and take nothing',
    reads: false,
    piece: () => get('/big.bin'),
  },
  {
    title: 'ask for large ranges, and take nothing',
    reads: false,
    piece: () =>
      get(
        '/big.bin',
        `Range: bytes=${Array.from({ length: 50 }, (_, n) => `${n * 1000}-${n * 1000 + 500}`)}`,
      ),
  },
  {
    title: 'send bodies',
    reads: true,
    piece: () => `${request('POST / HTTP/1.1', 'Content-Length: 100000')}${'x'.repeat(100_000)}`,
  },
  {
    title: 'send bodies in chunks of one byte',
    reads: true,
    piece: () =>
      `${request('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}${'1\r\nx\r\n'.repeat(20_000)}0\r\n\r\n`,
  },
  { title: 'send heads as long as may be, each another', reads: true, piece: longHead },
  {
    title: 'never end the head',
    reads: true,
    piece: count => (count === 0 ? `GET / HTTP/1.1\r\nHost: a\r\nA: ${'x'.repeat(8000)}\r\nB: ` : 'x'),
  },
  {
    title: 'ask each time for something else',
    reads: true,
    piece: count => get(`/small.txt?${Math.random()}-${count}`),
  },
]

function longHead(count: number): string {
  const filler = 'x'.repeat(7000)
  return get(
    `/small.txt?${Math.random()}${filler}`,
    `A: ${count}${filler}`,
    `B: ${filler}`,
    `Accept-Encoding: ${filler}`,
  )
}

describe('Memory stays within what the configuration allows, though clients', async () => {
  const daemon = await Daemon.start({
    config: ['MaxConnections 100', 'MaxKeepAliveRequests 0', 'FileCacheSize 1M'],
    files: { 'small.txt': 'small' },
  })
  after(() => daemon[Symbol.asyncDispose]())
  daemon.folder.publishSparse('big.bin', 64 * MIB)
  for (let count = 0; count < 500; count++) await daemon.ask(get('/small.txt', 'Connection: close'))
  const before = residentMemory(daemon.pid)

  for (const behaviour of BEHAVIOURS) {
    test(behaviour.title, async () => {
      const clients = Array.from({ length: CLIENTS }, () => behave(daemon.port, behaviour))
      let most = 0
      const end = performance.now() + GOES_ON
      while (performance.now() < end) {
        most = Math.max(most, residentMemory(daemon.pid))
        await pause(20)
      }
      const { connections } = await daemon.status()
      for (const client of clients) client.destroy()
      assert.ok(connections.open >= 1, 'nobody was connected')
      assert.ok(most - before <= MOST_MORE, `${(most - before) / MIB} MiB more than ${before / MIB}`)
      await daemon.untilStatus(({ connections }) => connections.open === 0, 'all connections to be closed')
    })
  }
})

/** Connects, again when the server ends the connection, and sends as much as the kernel takes. */
function behave(port: number, behaviour: Behaviour): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let count = 0
  const send = () => {
    // Others in this process have to have their say too.
    if (socket.write(behaviour.piece(count++), 'latin1')) setImmediate(send)
  }
  socket.on('error', () => {})
  socket.on('connect', send)
  socket.on('drain', send)
  if (behaviour.reads) socket.resume()
  return socket
}

/** In bytes. */
function residentMemory(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * KIB
}
