import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { receive } from './receive.ts'

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

/** A connection: its accepted socket, and the client's. */
async function connected(t: TestContext): Promise<{ accepted: Socket; client: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(port, '127.0.0.1')
  t.after(() => client.destroy())
  const [accepted] = (await once(server, 'connection')) as [Socket]
  t.after(() => accepted.destroy())
  return { accepted, client }
}

/** Everything a socket receives until its client ends. */
function received(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  receive(socket, piece => {
    text += piece
  })
  socket.on('end', () => resolve(text))
  return promise
}

test('hands over every byte as a character, in order, and tells the end', async t => {
  const { accepted, client } = await connected(t)
  const whole = received(accepted)
  const sent = Buffer.concat(Array.from({ length: 4000 }, () => ALL_BYTES))
  client.end(sent)
  assert.equal(await whole, sent.toString('latin1'))
})

test('reads sockets into one buffer, without allocating for each piece', async t => {
  const { accepted, client } = await connected(t)
  receive(accepted, () => {})
  client.write('x')
  // A socket that is read as usual has somebody who listens for its data.
  assert.equal(accepted.listenerCount('data'), 0)
})

test('keeps apart what several clients send at the same time', async t => {
  const pairs = await Promise.all(Array.from({ length: 20 }, () => connected(t)))
  const texts = pairs.map(({ accepted }) => received(accepted))
  for (let piece = 0; piece < 50; piece++) {
    for (const [number, { client }] of pairs.entries()) client.write(`${number}.${piece};`)
  }
  for (const { client } of pairs) client.end()
  for (const [number, text] of (await Promise.all(texts)).entries()) {
    assert.equal(text, Array.from({ length: 50 }, (_, piece) => `${number}.${piece};`).join(''))
  }
})

test('waits while it is paused, and loses nothing by it', async t => {
  const { accepted, client } = await connected(t)
  const whole = received(accepted)
  accepted.pause()
  client.end('x'.repeat(300_000))
  await once(client, 'finish')
  accepted.resume()
  assert.equal((await whole).length, 300_000)
})

test('takes pieces the usual way where a socket has no such parts inside', async t => {
  const { accepted, client } = await connected(t)
  Reflect.set(Reflect.get(accepted, '_handle'), 'useUserBuffer', undefined)
  const whole = received(accepted)
  assert.equal(accepted.listenerCount('data'), 1)
  client.end(ALL_BYTES)
  assert.equal(await whole, ALL_BYTES.toString('latin1'))
})
