import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { isReserved, renewReserve } from '../src/files/descriptors.ts'
import { get, request } from './support/client.ts'
import { limitDescriptors } from './support/descriptor-limit.ts'
import type { FakeTransport } from './support/fake-transport.ts'
import { House } from './support/house.ts'
import { openFilesBelow } from './support/open-files.ts'
import { bodyLength, parseResponseHead } from './support/response.ts'
import { until } from './support/wait.ts'

const FILES = { 'a.txt': 'first', 'b.txt': 'second', 'large.bin': randomBytes(1_000_000) }

/** The responses among what was sent, the last of which may be cut off. */
function responsesIn(sent: Buffer): { readonly status: number; readonly body: Buffer }[] {
  const responses = []
  for (let at = 0; at < sent.length; ) {
    const end = sent.indexOf('\r\n\r\n', at)
    if (end < 0) break
    const head = parseResponseHead(sent.toString('latin1', at, end + 4))
    const length = bodyLength(head, 'GET')
    responses.push({ status: head.status, body: sent.subarray(end + 4, end + 4 + length) })
    at = end + 4 + length
  }
  return responses
}

/** The client takes so many bytes at a time until so many exchanges have ended. */
async function drain(
  house: House,
  transport: FakeTransport,
  bytes: number,
  exchanges: number,
): Promise<void> {
  for (let step = 0; house.ended.length < exchanges; step++) {
    assert.ok(step < 50_000, 'no end of it')
    transport.drains(bytes)
    await nextTurn()
  }
}

/** Has a large file packed a piece in each turn: each look at the clock finds it a millisecond later. */
function makePackingGradual(house: House): void {
  const { now } = house
  let looks = 0
  house.now = () => now.call(house) + looks++
}

/** How far the clock of a house was put ahead last: the wall clock is read again only when it goes on. */
let ahead = 0

/** Lets what is published grow so old that it cannot change again without its times telling. */
async function letSettle(house: House): Promise<void> {
  await pause(1100)
  ahead += 10_000_000
  house.pass(ahead)
}

describe('Over any transport', () => {
  for (const sendsFiles of [true, false]) {
    for (const room of [50, 1000, 70_000, 300_000, Number.POSITIVE_INFINITY]) {
      const how = `${sendsFiles ? 'one that sends files' : 'one that cannot send files'} and has room for ${room} bytes`
      test(`every byte comes once and in order: over ${how}`, async () => {
        await using house = await House.open([], FILES)
        const transport = house.visit(room, sendsFiles)
        transport.receives(
          get('/a.txt') + get('/large.bin') + get('/large.bin', 'Range: bytes=5-400000') + get('/b.txt'),
        )
        await drain(house, transport, Math.min(room * 10, 300_000), 4)
        const bodies = responsesIn(transport.sent).map(({ body }) => body)
        const { 'large.bin': large } = FILES
        assert.deepEqual(bodies, [
          Buffer.from('first'),
          large,
          large.subarray(5, 400_001),
          Buffer.from('second'),
        ])
        assert.deepEqual(
          house.ended.map(({ connection }) => connection),
          Array(4).fill('keep-alive'),
        )
        const logged = house.ended.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
        assert.equal(logged, transport.sent.length)
        assert.equal(transport.sentFrom.size > 0, sendsFiles)
      })
    }
  }

  test('a client that resets in the middle is logged with what was taken, and holds nothing', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit(1000, false)
    transport.receives(get('/large.bin'))
    await until(() => transport.sent.length === 1000, 'the beginning of a response')
    transport.resets()
    assert.equal(house.connections.count, 0)
    assert.deepEqual([house.queue.inService, house.queue.waiting, house.queue.setAside], [undefined, 0, 0])
    const [record] = house.ended
    assert.deepEqual(
      [record?.status, record?.connection, record?.bytesSent],
      [200, 'aborted', transport.sent.indexOf('\r\n\r\n') + 4],
    )
    // Of what was not taken whole nothing counts but the head, which was a write of its own.
    transport.drains(1_000_000)
    await nextTurn()
    assert.equal(house.ended.length, 1)
  })

  test('a client that resets before its turn gets none', async () => {
    await using house = await House.open(['MaxWait off'], FILES)
    const first = house.visit(10)
    const second = house.visit()
    first.receives(get('/a.txt'))
    await nextTurn()
    second.receives(get('/b.txt'))
    second.resets()
    assert.deepEqual(
      house.ended.map(({ status, connection }) => [status, connection]),
      [[499, 'aborted']],
    )
    await drain(house, first, 100, 2)
    assert.equal(second.sent.length, 0)
  })

  test('a client that sends no more is answered, and told that nothing follows', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit()
    transport.receives(get('/a.txt') + get('/b.txt'))
    transport.halfCloses()
    await until(() => transport.hasEndedSending, 'the end of sending')
    assert.deepEqual(
      responsesIn(transport.sent).map(({ body }) => `${body}`),
      ['first', 'second'],
    )
    assert.equal(transport.end, undefined)
    house.pass(2000)
    assert.equal(transport.end, 'closed')
  })

  test('a client that sends no more, and has asked for nothing, is told nothing', async () => {
    await using house = await House.open([], FILES)
    const silent = house.visit()
    silent.halfCloses()
    const served = house.visit()
    served.receives(get('/a.txt'))
    await until(() => house.ended.length > 0, 'an answer')
    const { length } = served.sent
    served.halfCloses()
    await nextTurn()
    assert.deepEqual([silent.hasEndedSending, served.hasEndedSending], [true, true])
    assert.deepEqual([silent.sent.length, served.sent.length], [0, length])
    assert.equal(house.ended.length, 1)
  })

  test('a client that sends no more in the middle of a request is told so', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit()
    transport.receives(request('POST / HTTP/1.1', 'Content-Length: 5'))
    transport.halfCloses()
    await until(() => house.ended.length === 1, 'an answer')
    assert.equal(responsesIn(transport.sent)[0]?.status, 400)
  })

  test('nothing more is read than can be used, and reading goes on', async () => {
    await using house = await House.open(['MaxKeepAliveRequests 0'], FILES)
    const transport = house.visit(10)
    transport.receives(get('/a.txt'))
    await nextTurn()
    while (!transport.isPaused) transport.receives(get('/b.txt'))
    const waiting = Math.ceil((16 * 1024) / get('/b.txt').length)
    await drain(house, transport, 1000, 1 + waiting)
    assert.equal(transport.isPaused, false)
    assert.equal(responsesIn(transport.sent).length, 1 + waiting)
  })

  test('reading goes on also within a body that was paused in', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit(10)
    transport.receives(get('/a.txt'))
    await nextTurn()
    const body = 'x'.repeat(50_000)
    transport.receives(`${request('POST /a.txt HTTP/1.1', 'Content-Length: 100000')}${body}`)
    assert.equal(transport.isPaused, true)
    transport.drains(10_000)
    await until(() => !transport.isPaused, 'reading')
    transport.receives(`${body}${get('/b.txt')}`)
    await until(() => house.ended.length === 3, 'three responses')
    assert.deepEqual(
      responsesIn(transport.sent).map(({ status }) => status),
      [200, 405, 200],
    )
  })

  test('what follows the last request is read over, also where reading was paused', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit(10)
    transport.receives(get('/a.txt', 'Connection: close'))
    await nextTurn()
    transport.receives('x'.repeat(50_000))
    assert.equal(transport.isPaused, true)
    transport.drains(10_000)
    await until(() => transport.hasEndedSending, 'the end of sending')
    assert.equal(transport.isPaused, false)
  })

  test('a request has its own time and no more, however long its client was idle before', async () => {
    await using house = await House.open(['KeepAliveTimeout 30s', 'RequestReadTimeout header=20s'], FILES)
    const transport = house.visit()
    transport.receives(get('/a.txt'))
    await until(() => house.ended.length === 1, 'an answer')
    house.pass(4000)
    const second = get('/b.txt')
    transport.receives(second.slice(0, 10))
    house.pass(19_999)
    assert.equal(house.ended.length, 1)
    transport.receives(second.slice(10))
    await until(() => house.ended.length === 2, 'another')
    transport.receives(second.slice(0, 10))
    house.pass(20_000)
    await until(() => house.ended.length === 3, 'the end of its time')
    assert.deepEqual(
      responsesIn(transport.sent).map(({ status }) => status),
      [200, 200, 408],
    )
  })

  test('others are served while a large file is packed for its first client, who may leave meanwhile', async () => {
    const text = 'A line like any other, with a few words in it.\n'.repeat(20_000)
    await using house = await House.open(['MaxWait 0'], {
      'a.txt': 'first',
      'text.txt': text,
      'left.txt': text,
      'other.txt': text,
    })
    makePackingGradual(house)
    await letSettle(house)
    for (const [path, leaves] of [
      ['/left.txt', true],
      ['/text.txt', false],
    ] as const) {
      const ended = house.ended.length
      const [first, second, third] = [house.visit(), house.visit(), house.visit()]
      first.receives(get(path, 'Accept-Encoding: gzip'))
      await nextTurn()
      second.receives(get('/a.txt'))
      // One is packed at a time, so that the pieces of all take no more memory than those of one.
      third.receives(get('/other.txt', 'Accept-Encoding: gzip'))
      await nextTurn()
      assert.deepEqual([first.sent.length, house.ended.at(-1)?.requestLine], [0, 'GET /a.txt HTTP/1.1'])
      if (leaves) first.resets()
      await until(() => house.ended.length === ended + 3, 'the others')
      assert.ok(responsesIn(third.sent)[0]?.body.equals(Buffer.from(text)))
      if (!leaves) assert.ok(gunzipSync(responsesIn(first.sent)[0]?.body ?? '').equals(Buffer.from(text)))
      assert.deepEqual(openFilesBelow(house.folder.resolve('var/www')), [])
    }
  })

  test('a file that is written over while it is packed is sent as it is then, and under its own tag', async () => {
    const text = 'A line like any other, with a few words in it.\n'.repeat(20_000)
    await using house = await House.open([])
    makePackingGradual(house)
    for (const newer of [text.toUpperCase(), text.slice(0, 500_000), undefined]) {
      house.folder.publish('text.txt', text)
      await letSettle(house)
      const client = house.visit()
      client.receives(get('/text.txt', 'Accept-Encoding: gzip'))
      await nextTurn()
      assert.equal(client.sent.length, 0)
      if (newer === undefined) rmSync(house.folder.resolve('var/www/text.txt'))
      else writeFileSync(house.folder.resolve('var/www/text.txt'), newer)
      const ended = house.ended.length
      await until(() => house.ended.length > ended, 'a response')
      const [response] = responsesIn(client.sent)
      assert.equal(house.ended.at(-1)?.connection, 'keep-alive')
      if (newer === undefined) {
        assert.equal(response?.status, 404)
      } else {
        assert.ok(response?.body.equals(Buffer.from(newer)))
        assert.match(client.sent.toString('latin1', 0, 400), /\r\nETag: W\//)
      }
    }
  })

  test('a client is not given up for time that the server took', async () => {
    await using house = await House.open(['Timeout 1s', 'SendMinRate 1G'], FILES)
    const transport = house.visit(100_000, false)
    transport.receives(get('/large.bin'))
    await until(() => transport.memoryHeld > 0, 'a chunk to wait')
    house.pass(125)
    house.pass(400)
    const { write } = transport
    transport.write = bytes => {
      house.pass(5000)
      return write.call(transport, bytes)
    }
    transport.drains(300_000)
    house.pass(400)
    assert.equal(transport.end, undefined)
    house.pass(200)
    assert.equal(transport.end, 'aborted')
  })

  test('a new limit of descriptors counts from the next look around', async () => {
    await using house = await House.open([], FILES)
    renewReserve()
    assert.equal(isReserved(60), false)
    {
      using _limit = limitDescriptors(64)
      house.pass(0)
      assert.equal(isReserved(60), true)
    }
    house.pass(0)
    assert.equal(isReserved(60), false)
  })

  test('clients that take nothing of what is short hold no more memory than that, for long as there are many', async () => {
    await using house = await House.open(['MaxWait 0'], FILES)
    const transports = Array.from({ length: 3 }, () => house.visit(0))
    for (const transport of transports) transport.receives(get('/large.bin', 'Range: bytes=0-9'))
    for (const transport of transports) {
      await until(() => transport.memoryHeld > 0, 'a response')
      assert.ok(transport.memoryHeld < 128 * 1024, `${transport.memoryHeld} bytes`)
    }
    for (const transport of transports) transport.drains(1000)
    await until(() => house.ended.length === 3, 'their ends')
    for (const { sent } of transports)
      assert.deepEqual(responsesIn(sent)[0]?.body, FILES['large.bin'].subarray(0, 10))
  })

  test('a stop breaks off what is left once its time is up, and not before', async t => {
    await using house = await House.open([], FILES)
    const transport = house.visit(10)
    transport.receives(get('/large.bin'))
    await until(() => house.queue.inService !== undefined, 'a turn')
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const stopped = house.connections.stop(10_000)
    t.mock.timers.tick(9999)
    assert.equal(transport.end, undefined)
    t.mock.timers.tick(1)
    assert.equal(transport.end, 'aborted')
    await stopped
  })

  test('a stop is over with the last response, and breaks nothing off later', async t => {
    await using house = await House.open([], FILES)
    const transport = house.visit(10)
    transport.receives(get('/a.txt'))
    await until(() => house.queue.inService !== undefined, 'a turn')
    t.mock.timers.enable({ apis: ['setTimeout'] })
    house.serverState = 'stopping'
    const stopped = house.connections.stop(10_000)
    transport.drains(1000)
    await nextTurn()
    assert.equal(responsesIn(transport.sent)[0]?.body.toString(), 'first')
    house.pass(2000)
    await stopped
    const late = house.visit()
    t.mock.timers.tick(10_000)
    assert.equal(late.end, undefined)
  })

  test('a fault in the middle of a response ends in a reset, and is reported', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit(100_000, false)
    transport.receives(get('/large.bin'))
    await until(() => transport.sent.length === 100_000, 'the beginning of a response')
    house.folder.publish('large.bin', 'short')
    for (let step = 0; house.ended.length === 0; step++) {
      assert.ok(step < 1000, 'no end of it')
      transport.drains(100_000)
      await nextTurn()
    }
    assert.equal(transport.end, 'aborted')
    assert.match(String(house.faults), /became shorter while it was sent/)
    assert.equal(house.ended[0]?.connection, 'aborted')
  })
})
