import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { until } from '../../../test/support/wait.ts'
import { acceptWaiting } from './accept-waiting.ts'

const OPTIONS = { allowHalfOpen: true } as const

/** A server that takes its clients in as is said, and so many clients that ask it for an echo. */
async function meet(t: TestContext, count: number, onConnection: (socket: Socket, server: Server) => void) {
  const server = createServer(OPTIONS, socket => onConnection(socket, server))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const clients = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}))
  t.after(() => {
    server.close()
    for (const client of clients) client.destroy()
  })
  return clients
}

test('all who wait are accepted at once, and can be talked with', async t => {
  const sockets: Socket[] = []
  let turns = 0
  const clients = await meet(t, 40, (socket, server) => {
    turns++
    const accepted = [socket, ...acceptWaiting(server, 100, OPTIONS)]
    for (const each of accepted) each.on('error', () => {}).pipe(each)
    sockets.push(...accepted)
  })
  const echoes = new Set<string>()
  for (const [index, client] of clients.entries()) {
    client.write(`${index}`)
    client.once('data', bytes => echoes.add(`${bytes}`))
  }
  await until(() => echoes.size === 40)
  assert.equal(new Set(sockets.map(({ remotePort }) => remotePort)).size, 40)
  assert.ok(turns < 40, `${turns} turns of the loop`)
  // Each was opened in another turn of its own, and is the client's again to end.
  for (const socket of sockets) assert.equal(socket.allowHalfOpen, true)
  for (const client of clients) client.end()
  await until(() => sockets.every(({ destroyed }) => destroyed))
})

test('no more are accepted than may be', async t => {
  const counts: number[] = []
  let accepted = 0
  await meet(t, 40, (_socket, server) => {
    const more = acceptWaiting(server, 5, OPTIONS)
    counts.push(more.length)
    accepted += 1 + more.length
    for (const socket of more) t.after(() => socket.destroy())
  })
  await until(() => accepted === 40)
  assert.equal(Math.max(...counts), 5)
})

test('a server that has been closed accepts nobody', () => {
  assert.deepEqual(acceptWaiting(createServer(), 5, OPTIONS), [])
})
