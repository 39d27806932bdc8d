import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Folder } from '../../test/support/folder.ts'
import { inTime } from '../../test/support/wait.ts'
import type { LoadResult } from './client.ts'
import { compile } from './compile.ts'
import { Load, type LoadOptions } from './load.ts'

const skip = spawnSync('cc', ['--version']).error === undefined ? false : 'cc is not installed'
const REQUEST = 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n'

test('counts every answer, and every byte of it, however it comes', { skip }, async t => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n'
  const head = 'HTTP/1.1 200 OK\r\ncontent-LENGTH: 28\r\n\r\n'
  const whole = head.padEnd(chunked.length, 'x')
  assert.equal(whole.length - head.length, 28)
  const answers = [whole, chunked]
  let count = 0
  const serve = (socket: Socket) => {
    const answer = answers[count++ % 2] ?? ''
    // A piece that ends within the head, and one that ends within the body.
    for (const piece of [answer.slice(0, 20), answer.slice(20, -3), answer.slice(-3)]) {
      setImmediate(() => socket.write(piece))
    }
  }
  const result = await run(t, serve, { connections: 3, count: 600, seconds: 10 })
  assert.ok(result.responses >= 600 && result.responses < 603, `${result.responses}`)
  assert.equal(result.opened, 0)
  assert.deepEqual(result.failures, { unexpected: 0, aborted: 0, malformed: 0, unanswered: 0 })
  // On each connection an answer may be under way when counting begins, and another when it ends.
  const difference = result.bytes - result.responses * whole.length
  assert.ok(
    Math.abs(difference) < 3 * whole.length,
    `${difference} bytes more than ${result.responses} answers`,
  )
})

test('does not take an answer with another status for one that was asked for', { skip }, async t => {
  const serve = (socket: Socket) => socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n')
  const { responses, failures } = await run(t, serve, { connections: 1, count: 10, seconds: 10 })
  assert.deepEqual({ responses, unexpected: failures.unexpected }, { responses: 10, unexpected: 10 })
})

test('counts a connection that ends before its answer, and goes on with another', { skip }, async t => {
  let count = 0
  const serve = (socket: Socket) => {
    if (++count % 5 === 0) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel')
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
  }
  const { responses, failures, opened } = await run(t, serve, { connections: 1, count: 20, seconds: 10 })
  assert.equal(responses, 20)
  assert.equal(failures.aborted, opened)
  assert.ok(failures.aborted >= 4, `${failures.aborted}`)
})

test('goes on with another connection when the server is done with one, which is no failure', {
  skip,
}, async t => {
  const serve = (socket: Socket) =>
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  const { failures, opened } = await run(t, serve, { connections: 2, count: 20, seconds: 10 })
  assert.equal(failures.aborted, 0)
  assert.ok(opened >= 18, `${opened}`)
})

test('counts requests that are never answered', { skip }, async t => {
  let count = 0
  const serve = (socket: Socket) => {
    if (++count <= 3) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  }
  const { failures } = await run(t, serve, { connections: 3, seconds: 0.2, warmUp: 0.2 })
  assert.equal(failures.unanswered, 3)
})

test('at a rate, a server that stalls is charged for the requests it kept from being sent', {
  skip,
}, async t => {
  let count = 0
  const serve = (socket: Socket) => {
    const answer = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    // The first request comes before anything is measured.
    if (++count === 2) setTimeout(answer, 800)
    else answer()
  }
  const { latencies } = await run(t, serve, { connections: 1, rate: 200, count: 200, seconds: 20 })
  // Only one request met the stall, but of two hundred the first 160 were due while it lasted, one every 5 ms, and
  // waited for its end. A machine that is slow makes the others wait too.
  const [, median = 0] = latencies.find(([percent]) => percent === 50) ?? []
  assert.ok(median >= 290_000, `${median}`)
})

/** What the clients tell of a server that does this with each request. */
async function run(
  t: TestContext,
  serve: (socket: Socket) => void,
  options: Omit<LoadOptions, 'port' | 'requests'>,
): Promise<LoadResult> {
  const server = createServer({ noDelay: true }, socket => {
    socket.on('error', () => {})
    socket.on('data', () => serve(socket))
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  using folder = new Folder()
  const requests = folder.resolve('requests')
  writeFileSync(requests, REQUEST)
  const { port } = server.address() as AddressInfo
  await using load = new Load([compile('load', folder)], { port, requests, ...options })
  await inTime(load.begun(), 'the clients to begin')
  return await inTime(load.result(), 'a result of the clients')
}
