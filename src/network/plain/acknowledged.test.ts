import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { until } from '../../../test/support/wait.ts'
import { acknowledgedBytes } from './acknowledged.ts'
import { descriptorOf } from './socket-descriptor.ts'

test('counts what the client has taken, and knows nothing of a connection that is gone', async t => {
  const server = createServer()
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const accepted = once(server, 'connection')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => client.destroy())
  const [socket] = await accepted
  t.after(() => socket.destroy())
  const before = acknowledgedBytes(descriptorOf(socket)) ?? Number.NaN
  client.resume()
  socket.write(Buffer.alloc(1000))
  await until(() => acknowledgedBytes(descriptorOf(socket)) === before + 1000)
  socket.destroy()
  await once(socket, 'close')
  assert.equal(acknowledgedBytes(descriptorOf(socket)), undefined)
})
