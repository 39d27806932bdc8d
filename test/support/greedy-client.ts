import { connect, type Socket } from 'node:net'
import { get, request } from './client.ts'

/** What one client sends, piece by piece, for as long as the server takes it. */
export interface Behaviour {
  readonly title: string
  /** Whether it takes its answers. */
  readonly reads: boolean
  piece(count: number): string
}

/** All ways we know to make a server hold what one asks for; /small.txt and /big.bin are what is asked for. */
export const BEHAVIOURS: readonly Behaviour[] = [
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

/** Connects, and sends as much as the kernel takes until the socket is destroyed. */
export function behave(port: number, behaviour: Behaviour): Socket {
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
