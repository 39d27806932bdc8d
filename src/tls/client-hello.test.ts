import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { before, test } from 'node:test'
import { connect } from 'node:tls'
import fc from 'fast-check'
import { LONGEST_HELLO, serverNameIn } from './client-hello.ts'

/** What a real client begins with. */
let hello: Buffer
let nameless: Buffer

/** The first bytes that a client sends, all of them. */
async function helloOf(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  let bytes = Buffer.alloc(0)
  while (serverNameIn(bytes) === 'incomplete') bytes = Buffer.concat([bytes, (await once(socket, 'data'))[0]])
  client.destroy()
  server.close()
  return bytes
}

before(async () => {
  hello = await helloOf('www.example.com')
  nameless = await helloOf('')
})

test('finds the name that a client asks for, once all of it has come', () => {
  assert.equal(serverNameIn(hello), 'www.example.com')
  assert.equal(serverNameIn(Buffer.concat([hello, Buffer.from('more')])), 'www.example.com')
  assert.equal(serverNameIn(nameless), undefined)
  for (let length = 0; length < hello.length; length++)
    assert.equal(serverNameIn(hello.subarray(0, length)), 'incomplete', `${length} bytes`)
})

test('finds it also where the message comes in several records', () => {
  const [header, message] = [hello.subarray(0, 3), hello.subarray(5)]
  const record = (part: Buffer) => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(part.length)
    return Buffer.concat([header, length, part])
  }
  for (const size of [1, 3, 50, 300]) {
    const parts = Array.from({ length: Math.ceil(message.length / size) }, (_, n) =>
      record(message.subarray(n * size, (n + 1) * size)),
    )
    assert.equal(serverNameIn(Buffer.concat(parts)), 'www.example.com', `${size} bytes each`)
  }
})

test('gives up what is longer than any, or is none', () => {
  assert.equal(
    serverNameIn(Buffer.concat([Buffer.from('1603013fff', 'hex'), Buffer.alloc(LONGEST_HELLO)])),
    undefined,
  )
  assert.equal(serverNameIn(Buffer.from('1603010000', 'hex')), undefined)
  assert.equal(serverNameIn(Buffer.from('GET / HTTP/1.1\r\n\r\n')), undefined)
})

test('a message in records of a byte is looked at after each byte in next to no time', () => {
  // The first record has the header of a message that is longer than what comes.
  const record = Buffer.from('160301000100', 'hex')
  const bytes = Buffer.concat([
    Buffer.from('160301000401004000', 'hex'),
    ...new Array<Buffer>(Math.floor(LONGEST_HELLO / record.length)).fill(record),
  ])
  // If each record had all before it copied, this would take a quarter of an hour: the runner gives up before.
  for (let length = 1; length < LONGEST_HELLO; length++)
    assert.equal(serverNameIn(bytes.subarray(0, length)), 'incomplete')
})

test('no bytes make it throw', () => {
  const bytes = fc.uint8Array({ maxLength: 600 }).map(array => Buffer.from(array))
  const change = fc.record({ at: fc.nat(599), to: fc.nat(255) })
  fc.assert(
    fc.property(bytes, random => {
      serverNameIn(random)
      serverNameIn(Buffer.concat([Buffer.from('160301', 'hex'), random]))
    }),
  )
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), changes => {
      const changed = Buffer.from(hello)
      for (const { at, to } of changes) changed[at % changed.length] = to
      serverNameIn(changed)
    }),
  )
})
