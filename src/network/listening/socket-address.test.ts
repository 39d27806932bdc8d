import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { descriptorOf } from '../plain/socket-descriptor.ts'
import { endpointIn, pathOf } from './socket-address.ts'

/** With the family as this machine writes it. */
function socketAddress(family: number, rest: string): Buffer {
  const bytes = Buffer.alloc(28)
  new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] = family
  bytes.set(Buffer.from(rest.replaceAll(' ', ''), 'hex'), 2)
  return bytes
}

test('an IPv4 client is known by its address and port', () => {
  assert.deepEqual(endpointIn(socketAddress(2, '1f90 c0a80107')), { address: '192.168.1.7', port: 8080 })
})

test('so it is when it comes to an IPv6 socket', () => {
  const mapped = socketAddress(10, '0050 00000000 00000000 00000000 0000ffff 0a000001')
  assert.deepEqual(endpointIn(mapped), { address: '10.0.0.1', port: 80 })
})

test('of all others somebody else has to tell', () => {
  const addresses = [
    socketAddress(10, '0050 00000000 20010db8 00000000 00000000 00000001'),
    socketAddress(10, '0050 00000000 00000000 00000000 00000000 0a000001'),
    socketAddress(1, '2f746d70'),
  ]
  for (const address of addresses) assert.equal(endpointIn(address), undefined)
})

test('a Unix socket is known by its path, an abstract one by an @ before its name, and any other not at all', async t => {
  const path = join(tmpdir(), `webserver-${randomUUID()}.sock`)
  const name = randomUUID()
  const listenings = [{ path }, { path: `\0${name}` }, { port: 0, host: '127.0.0.1' }]
  const paths: string[] = []
  for (const listening of listenings) {
    const server = createServer()
    t.after(() => server.close())
    await once(server.listen(listening), 'listening')
    paths.push(pathOf(descriptorOf(server)))
  }
  assert.deepEqual(paths, [path, `@${name}`, ''])
  assert.equal(pathOf(-1), '')
})
