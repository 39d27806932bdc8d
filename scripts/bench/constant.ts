/**
 * The floor for a server on Node: bare `node:net` that answers whatever comes with the same bytes.
 *
 * Usage: constant.ts PORT
 */
import { createServer } from 'node:net'

const BODY = 'x'.repeat(1024)
const RESPONSE = Buffer.from(
  'HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: constant\r\n' +
    `Content-Type: text/html; charset=utf-8\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
)
const END_OF_HEAD = '\r\n\r\n'
const MOST_PIPELINED = 64
const ANSWERS = Array.from({ length: MOST_PIPELINED + 1 }, (_, count) =>
  Buffer.concat(Array.from({ length: count }, () => RESPONSE)),
)

/** Clients here never split a head over two packets. */
function countHeads(bytes: Buffer): number {
  let count = 0
  let at = bytes.indexOf(END_OF_HEAD)
  while (at >= 0 && count < MOST_PIPELINED) {
    count++
    at = bytes.indexOf(END_OF_HEAD, at + END_OF_HEAD.length)
  }
  return count
}

createServer({ noDelay: true }, socket => {
  socket.on('data', (bytes: Buffer) => socket.write(ANSWERS[countHeads(bytes)] ?? RESPONSE))
  // A client that has gone is no concern of a floor.
  socket.on('error', () => socket.destroy())
}).listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 })
