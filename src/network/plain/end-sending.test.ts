import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { endSending } from './end-sending.ts'
import { descriptorOf } from './socket-descriptor.ts'

/** The two ends of a connection, and what undoes all of it. */
async function connected(): Promise<{ server: Socket; client: Socket } & Disposable> {
  using stack = new DisposableStack()
  const listener = stack.adopt(createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1'), each =>
    each.close(),
  )
  await once(listener, 'listening')
  const address = listener.address()
  assert.ok(address !== null && typeof address === 'object')
  const accepted = once(listener, 'connection')
  const options = { port: address.port, host: '127.0.0.1', allowHalfOpen: true }
  const client = stack.adopt(connect(options), each => each.destroy())
  const [server]: Socket[] = await accepted
  assert.ok(server !== undefined)
  stack.adopt(server, each => each.destroy())
  const held = stack.move()
  return { server, client, [Symbol.dispose]: () => held.dispose() }
}

/** All that comes until the other side ends; this side may still send then. */
async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', bytes => {
    text += bytes
  })
  await once(socket, 'end')
  return text
}

test('the client gets all that was sent, and its end, and may go on sending', async () => {
  using ends = await connected()
  ends.server.write('all')
  assert.equal(endSending(descriptorOf(ends.server)), true)
  assert.equal(await received(ends.client), 'all')
  ends.client.end('more')
  assert.equal(await received(ends.server), 'more')
})

test('a socket that is closed has nothing to end', async () => {
  using ends = await connected()
  ends.server.destroy()
  assert.equal(endSending(descriptorOf(ends.server)), false)
})
