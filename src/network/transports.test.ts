import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fill, proxiedPair, transportPair } from '../../test/support/connection.ts'
import { until } from '../../test/support/wait.ts'

const MIB = 1024 ** 2

const MEANS = ['handles', 'sockets'] as const
const IN_THE_CLEAR = [
  ...MEANS.map(means => ({ title: means, means, protocol: 'http' }) as const),
  { title: 'Unix sockets', means: 'handles', protocol: 'unix' },
] as const
const KINDS = [
  ...IN_THE_CLEAR,
  ...MEANS.map(means => ({ title: `${means}, with TLS in it`, means, protocol: 'https' }) as const),
] as const

for (const { title, means, protocol } of KINDS) {
  describe(`A connection over ${title}`, () => {
    test('knows both of its ends', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client } = pair
      if (protocol === 'unix') {
        assert.deepEqual(transport.remote, { address: 'unix:', port: 0 })
        assert.match(transport.local.address, /^unix:\/.*\.sock$/)
      } else {
        assert.deepEqual(transport.remote, { address: '127.0.0.1', port: client.port })
        assert.equal(transport.local.address, '127.0.0.1')
        assert.ok(transport.local.port > 0)
      }
      assert.deepEqual([transport.isClosed, transport.isPaused, transport.isOnReserve], [false, false, false])
    })

    test('knows its own end when the client has gone, if it has learnt it', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      transport.learnLocal()
      client.reset()
      await until(() => listening.events.length > 0)
      assert.match(transport.local.address, protocol === 'unix' ? /\.sock$/ : /^127\.0\.0\.1$/)
    })

    test('hands over every byte as a character, in order, and tells the end', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      const sent = randomBytes(MIB)
      client.send(sent)
      client.endSending()
      await until(() => listening.events.length > 0)
      assert.deepEqual(listening.events, ['ended'])
      assert.ok(listening.text === sent.toString('latin1'))
      assert.equal(transport.isClosed, false)
    })

    test('sends pieces in their order, however soon one follows another', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      const pieces = Array.from({ length: 9 }, (_, index) => randomBytes(1 + 40_000 * (index % 4)))
      const sent = Buffer.concat(pieces.flatMap(piece => [piece, Buffer.from('|')]))
      const received = client.bytes(sent.length)
      for (const piece of pieces) {
        const before = listening.events.length
        if (!transport.write(piece, Buffer.from('|'))) await until(() => listening.events.length > before)
      }
      assert.ok((await received).equals(sent))
    })

    for (const count of [1, 2] as const) {
      test(`tells once when a client has taken what it had no room for, of ${count} piece(s)`, async () => {
        using pair = await transportPair(means, protocol)
        const { transport, client, listening } = pair
        const written = [fill(transport, randomBytes(MIB))]
        await nextTurn()
        assert.deepEqual(listening.events, [])
        assert.ok((await client.bytes(written[0]?.length ?? 0)).equals(Buffer.concat(written)))
        await until(() => listening.events.length > 0)
        const more = Array.from({ length: count }, () => randomBytes(6 * MIB)) as [Buffer, Buffer?]
        assert.equal(transport.write(...more), false)
        const all = Buffer.concat(more as Buffer[])
        assert.ok((await client.bytes(all.length)).equals(all))
        await until(() => listening.events.length > 1)
        // Of a write of TLS a stream always tells later.
        const isToldLater = means === 'sockets' && protocol === 'https'
        assert.equal(transport.write(Buffer.from('end')), !isToldLater)
        assert.equal(`${await client.bytes(3)}`, 'end')
        if (isToldLater) await until(() => listening.events.length > 2)
        assert.deepEqual(listening.events, ['taken', 'taken', ...(isToldLater ? ['taken'] : [])])
      })
    }

    test('reads nothing while it is paused, and all of it afterwards', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      client.send('one')
      await until(() => listening.text === 'one')
      transport.pause()
      assert.equal(transport.isPaused, true)
      client.send('two')
      // The kernel has it when the client has been told so.
      for (let turn = 0; turn < 20; turn++) await nextTurn()
      assert.equal(listening.text, 'one')
      transport.resume()
      await until(() => listening.text === 'onetwo')
      assert.equal(transport.isPaused, false)
    })

    test('ends its side behind all that was written, and still hears the client', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      const written = fill(transport, randomBytes(MIB))
      transport.endSending()
      client.send('late')
      await until(() => listening.text === 'late')
      assert.equal(transport.isClosed, false)
      const { bytes, end } = await client.untilClosed()
      assert.equal(end, 'closed')
      assert.ok(bytes.equals(written))
    })

    test('is over when both sides have ended', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      client.endSending()
      await until(() => listening.events.length === 1)
      transport.write(Buffer.from('last'))
      transport.endSending()
      const { bytes, end } = await client.untilClosed()
      assert.deepEqual([`${bytes}`, end], ['last', 'closed'])
      await until(() => listening.events.includes('closed'))
      const ends = listening.events.filter(event => event !== 'taken')
      assert.deepEqual(ends, ['ended', 'closed'])
    })

    test('is closed without a loss of what was taken, and tells so once', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      transport.write(Buffer.from('all'))
      transport.close()
      transport.close()
      assert.equal(transport.isClosed, true)
      assert.deepEqual(listening.events, [], 'not from within the call')
      const { bytes, end } = await client.untilClosed()
      assert.deepEqual([`${bytes}`, end], ['all', 'closed'])
      await until(() => listening.events.length > 0)
      await nextTurn()
      assert.deepEqual(listening.events, ['closed'])
    })

    test('is broken off with a reset, also while something is being written', async () => {
      for (const isWriting of [false, true]) {
        using pair = await transportPair(means, protocol)
        const { transport, client, listening } = pair
        if (isWriting) fill(transport, randomBytes(MIB))
        transport.abort()
        transport.abort()
        // A Unix socket knows no reset.
        assert.equal((await client.untilClosed()).end, protocol === 'unix' ? 'closed' : 'reset')
        await until(() => listening.events.length > 0)
        await nextTurn()
        assert.deepEqual(listening.events, ['closed'])
      }
    })

    test('closes when the client breaks off, be it silent or in the middle of a response', async () => {
      for (const isWriting of [false, true]) {
        using pair = await transportPair(means, protocol)
        const { transport, client, listening } = pair
        if (isWriting) fill(transport, randomBytes(MIB))
        client.reset()
        await until(() => listening.events.length > 0)
        await nextTurn()
        // At a Unix socket whoever goes has ended: only who has not read all is known to be gone.
        const isKnown = protocol !== 'unix' || isWriting
        assert.deepEqual(listening.events, [isKnown ? 'closed' : 'ended'])
        assert.equal(transport.isClosed, isKnown)
      }
    })

    test('takes nothing more once it is closed', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, listening } = pair
      transport.close()
      assert.equal(transport.write(Buffer.from('x')), false)
      assert.equal(transport.sendFile?.(0, 0, 1), protocol === 'https' ? undefined : 0)
      transport.pause()
      transport.resume()
      transport.endSending()
      transport.abort()
      await until(() => listening.events.length > 0)
      assert.deepEqual(listening.events, ['closed'])
    })
  })
}

const HEADER = 'PROXY TCP4 192.0.2.7 198.51.100.1 1025 443\r\n'
const UNIX_END = { address: 'unix:', port: 0 }
const NAMED = { address: '192.0.2.7', port: 1025 }

for (const { title, means, protocol } of KINDS) {
  describe(`A connection over ${title}, behind a PROXY header,`, () => {
    test('is of the client that it names, who hears and is heard', async () => {
      using pair = await proxiedPair(means, HEADER, protocol)
      const { transport, client, listening } = pair
      client.send('asked')
      await until(() => listening.text === 'asked')
      assert.deepEqual([pair.announced(), transport.remote], [NAMED, NAMED])
      transport.write(Buffer.from('answered'))
      assert.equal(`${await client.bytes(8)}`, 'answered')
      client.send(' again')
      await until(() => listening.text === 'asked again')
      client.endSending()
      await until(() => listening.events.includes('ended'))
      transport.endSending()
      assert.equal((await client.untilClosed()).end, 'closed')
      await until(() => listening.events.includes('closed'))
    })

    test('is of the proxy itself where that names nobody', async () => {
      using pair = await proxiedPair(means, 'PROXY UNKNOWN\r\n', protocol)
      pair.client.send('asked')
      await until(() => pair.listening.text === 'asked')
      const itself = protocol === 'unix' ? UNIX_END : { address: '127.0.0.1', port: pair.client.port }
      assert.deepEqual(pair.announced(), itself)
    })

    test('is closed without an answer where that is malformed, or something else', async () => {
      for (const [bytes, kind] of [
        ['PROXY TCP4 192.0.2.7\r\n', 'malformed'],
        ['GET / HTTP/1.1\r\n', 'missing'],
      ] as const) {
        using pair = await proxiedPair(means, bytes, protocol, 'http')
        assert.equal((await pair.client.untilClosed()).bytes.length, 0)
        assert.equal(pair.misconduct()?.kind, kind)
        await until(() => pair.listening.events.includes('closed'))
      }
    })

    test('is closed when the client ends or breaks off before it is whole', async () => {
      for (const [bytes, end, kind] of [
        ['', 'endSending', undefined],
        ['PROXY', 'endSending', 'malformed'],
        // A Unix socket knows no reset.
        ['PROXY', 'reset', protocol === 'unix' ? 'malformed' : undefined],
      ] as const) {
        using pair = await proxiedPair(means, bytes, protocol, 'http')
        pair.client[end]()
        await until(() => pair.listening.events.includes('closed'))
        assert.equal(pair.misconduct()?.kind, kind)
        assert.equal(pair.transport.isClosed, true)
      }
    })
  })
}

for (const { title, means, protocol } of IN_THE_CLEAR) {
  describe(`A connection in the clear, over ${title},`, () => {
    test('sends two pieces in their order, and says at once that they are taken', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      assert.equal(transport.write(Buffer.from('one'), Buffer.from('two')), true)
      assert.equal(transport.write(Buffer.from('three')), true)
      assert.equal(`${await client.bytes(11)}`, 'onetwothree')
      await nextTurn()
      assert.deepEqual(listening.events, [])
    })

    test('sends bytes of a file behind what was written, and none before that is taken', async t => {
      const folder = mkdtempSync(join(tmpdir(), 'webserver-'))
      t.after(() => rmSync(folder, { recursive: true }))
      const content = randomBytes(MIB)
      writeFileSync(join(folder, 'file'), content)
      const file = openSync(join(folder, 'file'), 'r')
      t.after(() => closeSync(file))
      using pair = await transportPair(means, protocol)
      const { transport, client, listening } = pair
      transport.write(Buffer.from('head'))
      assert.equal(transport.sendFile?.(file, 1000, 5000), 5000)
      assert.ok(
        (await client.bytes(5004)).equals(Buffer.concat([Buffer.from('head'), content.subarray(1000, 6000)])),
      )
      const written = fill(transport, content)
      assert.equal(transport.sendFile?.(file, 0, 10), 0)
      assert.ok((await client.bytes(written.length)).equals(written))
      await until(() => listening.events.length > 0)
      assert.equal(transport.sendFile?.(file, MIB - 5, 10), 5)
      assert.ok((await client.bytes(5)).equals(content.subarray(-5)))
    })

    test('counts what the client has acknowledged', async () => {
      using pair = await transportPair(means, protocol)
      const { transport, client } = pair
      const before = transport.acknowledgedBytes
      transport.write(Buffer.alloc(1000))
      await client.skip(1000)
      await until(() => transport.acknowledgedBytes === before + 1000)
    })
  })
}

test('With TLS too, what the kernel has taken is taken at once, over handles', async () => {
  using pair = await transportPair('handles', 'https')
  const { transport, client, listening } = pair
  // Tickets of the handshake may be on their way still.
  for (let turn = 0; turn < 20; turn++) await nextTurn()
  assert.equal(transport.write(Buffer.from('one')), true)
  assert.equal(transport.write(Buffer.from('two')), false, 'before Node calls the first written')
  assert.equal(`${await client.bytes(6)}`, 'onetwo')
  await until(() => listening.events.length > 0)
  assert.equal(transport.write(Buffer.from('three')), true)
  assert.equal(`${await client.bytes(5)}`, 'three')
  assert.deepEqual(listening.events, ['taken'])
})
