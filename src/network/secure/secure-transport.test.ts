import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { fill, securePair } from '../../../test/support/connection.ts'
import { inTime, until } from '../../../test/support/wait.ts'

const MIB = 1024 ** 2

/** What comes to a client until it is so many bytes. */
async function bytesOf(client: TLSSocket, length: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let received = 0
  const take = (piece: Buffer) => {
    pieces.push(piece)
    received += piece.length
  }
  client.on('data', take).resume()
  await until(() => received >= length)
  client.off('data', take).pause()
  return Buffer.concat(pieces)
}

/** All that comes to a client, and how that ends. */
async function untilClosed(client: TLSSocket): Promise<{ bytes: Buffer; end: 'ended' | 'broken off' }> {
  const pieces: Buffer[] = []
  let end: 'ended' | 'broken off' = 'ended'
  client.on('data', (piece: Buffer) => pieces.push(piece))
  client.on('end', () => client.destroy())
  client.on('error', () => {
    end = 'broken off'
  })
  // Not `once`, which rejects with an error.
  await inTime(new Promise(resolve => client.once('close', resolve)), 'the end of a connection')
  return { bytes: Buffer.concat(pieces), end }
}

for (const means of ['handles', 'sockets'] as const) {
  describe(`A connection with TLS in it, over ${means}`, () => {
    test('hands over every byte as a character, in order, and tells the end', async () => {
      using pair = await securePair(means)
      const { listening, client } = pair
      const sent = randomBytes(MIB)
      client.end(sent)
      await until(() => listening.events.length > 0)
      assert.deepEqual(listening.events, ['ended'])
      assert.ok(listening.text === sent.toString('latin1'))
      assert.equal(pair.transport.isClosed, false)
    })

    test('sends pieces in their order, however soon one follows another', async () => {
      using pair = await securePair(means)
      const { transport, listening, client } = pair
      const pieces = Array.from({ length: 9 }, (_, index) => randomBytes(1 + 40_000 * (index % 4)))
      const sent = Buffer.concat(pieces.flatMap(piece => [piece, Buffer.from('|')]))
      const received = bytesOf(client, sent.length)
      for (const piece of pieces) {
        const before = listening.events.length
        if (!transport.write(piece, Buffer.from('|'))) await until(() => listening.events.length > before)
      }
      assert.ok((await received).equals(sent))
    })

    test('tells once when a client has taken what it had no room for', async () => {
      using pair = await securePair(means)
      const { transport, listening, client } = pair
      client.pause()
      const piece = randomBytes(8 * MIB)
      assert.equal(transport.write(piece), false)
      for (let turn = 0; turn < 20; turn++) await nextTurn()
      assert.deepEqual(listening.events, [])
      const received: Buffer[] = []
      client.on('data', (bytes: Buffer) => received.push(bytes)).resume()
      await until(() => listening.events.length > 0)
      transport.endSending()
      await inTime(once(client, 'end'), 'the end')
      assert.ok(Buffer.concat(received).equals(piece))
      assert.deepEqual(listening.events.slice(0, 1), ['taken'])
      assert.equal(listening.events.filter(event => event === 'taken').length, 1)
    })

    test('reads little while it is paused, and all of it afterwards', async () => {
      using pair = await securePair(means)
      const { transport, listening, client } = pair
      client.write('one')
      await until(() => listening.text === 'one')
      transport.pause()
      assert.equal(transport.isPaused, true)
      client.write('two')
      for (let turn = 0; turn < 20; turn++) await nextTurn()
      assert.equal(listening.text, 'one')
      transport.resume()
      await until(() => listening.text === 'onetwo')
      assert.equal(transport.isPaused, false)
    })

    test('ends its side behind all that was written, with close_notify', async () => {
      using pair = await securePair(means)
      const { transport, client } = pair
      client.pause()
      const written = fill(transport, randomBytes(MIB))
      transport.endSending()
      const { bytes, end } = await untilClosed(client.resume())
      assert.equal(end, 'ended')
      assert.ok(bytes.equals(written))
    })

    test('is over when both sides have ended', async () => {
      using pair = await securePair(means)
      const { transport, listening, client } = pair
      client.end()
      await until(() => listening.events.length === 1)
      transport.write(Buffer.from('last'))
      transport.endSending()
      const { bytes, end } = await untilClosed(client)
      assert.deepEqual([`${bytes}`, end], ['last', 'ended'])
      await until(() => listening.events.includes('closed'))
      assert.deepEqual([listening.events.at(0), listening.events.at(-1)], ['ended', 'closed'])
    })

    test('is broken off without one, also while something is being written', async () => {
      for (const isWriting of [false, true]) {
        using pair = await securePair(means)
        const { transport, listening, client } = pair
        if (isWriting) fill(transport, randomBytes(MIB))
        transport.abort()
        assert.equal((await untilClosed(client)).end, 'broken off')
        await until(() => listening.events.length > 0)
        await nextTurn()
        assert.deepEqual(listening.events, ['closed'])
        assert.equal(transport.isClosed, true)
      }
    })

    test('closes when the client breaks off, be it silent or in the middle of a response', async () => {
      for (const isWriting of [false, true]) {
        using pair = await securePair(means)
        const { transport, listening, client, beneath } = pair
        client.pause()
        if (isWriting) fill(transport, randomBytes(MIB))
        beneath.resetAndDestroy()
        await until(() => listening.events.length > 0)
        await nextTurn()
        assert.deepEqual(listening.events, ['closed'])
        assert.equal(transport.isClosed, true)
      }
    })

    test('takes nothing more once it is closed', async () => {
      using pair = await securePair(means)
      const { transport, listening } = pair
      transport.close()
      assert.equal(transport.write(Buffer.from('x')), false)
      transport.pause()
      transport.resume()
      transport.endSending()
      transport.abort()
      await until(() => listening.events.length > 0)
      assert.deepEqual(listening.events, ['closed'])
    })
  })
}

test('What the kernel has taken is taken at once, over handles', async () => {
  using pair = await securePair('handles')
  const { transport, listening, client } = pair
  // Tickets of the handshake may be on their way still.
  client.write('request')
  await until(() => listening.text === 'request')
  for (let turn = 0; turn < 20; turn++) await nextTurn()
  assert.equal(transport.write(Buffer.from('one')), true)
  assert.equal(transport.write(Buffer.from('two')), false, 'before Node calls the first written')
  assert.equal(`${await bytesOf(client, 6)}`, 'onetwo')
  await until(() => listening.events.length > 0)
  assert.equal(transport.write(Buffer.from('three')), true)
  assert.equal(`${await bytesOf(client, 5)}`, 'three')
  assert.deepEqual(listening.events, ['taken'])
})
