import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { limitUnsent } from './listening-socket.ts'

const CHUNK = Buffer.alloc(64 * 1024)

/** Bytes the kernel takes for a client that reads nothing. */
async function takenForStalledClient(prepare: (server: ReturnType<typeof createServer>) => void) {
  using stack = new DisposableStack()
  const server = stack.adopt(createServer().listen(0, '127.0.0.1'), each => each.close())
  await once(server, 'listening')
  prepare(server)
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const accepted = once(server, 'connection')
  stack.adopt(connect({ port: address.port, host: '127.0.0.1' }).pause(), each => each.destroy())
  const [connection]: Socket[] = await accepted
  assert.ok(connection !== undefined)
  stack.adopt(connection, each => each.destroy())

  let taken = 0
  while (connection.writableLength === 0 && taken < 64 * 1024 ** 2) {
    connection.write(CHUNK)
    taken += CHUNK.length
    // What the client's side of the kernel has room for is taken over once this side lets events in.
    await new Promise(resolve => setImmediate(resolve))
  }
  return taken
}

test('the kernel takes no more for a stalled client than it has room for and the limit', async () => {
  const unlimited = await takenForStalledClient(() => {})
  const limited = await takenForStalledClient(server => assert.ok(limitUnsent(server, 128 * 1024)))
  assert.ok(limited < 1024 ** 2, `${limited} bytes`)
  assert.ok(limited < unlimited / 2, `${limited} bytes, without the limit ${unlimited}`)
})

test('what is no longer listening is left alone', () => {
  assert.equal(limitUnsent(createServer(), 128 * 1024), false)
})
