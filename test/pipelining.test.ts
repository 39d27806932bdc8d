import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { get, request } from './support/client.ts'
import type { FakeTransport } from './support/fake-transport.ts'
import { House } from './support/house.ts'
import { until } from './support/wait.ts'

const FILES = { 'a.txt': 'first', 'b.txt': 'second', 'c.txt': 'third' }
const LISTED = Object.fromEntries(Array.from({ length: 3000 }, (_, number) => [`many/${number}.txt`, '']))

/** What is written to a transport, call by call. */
function writesOf(transport: FakeTransport): string[] {
  const writes: string[] = []
  const { write } = transport
  transport.write = (bytes, more) => {
    writes.push(`${bytes}${more ?? ''}`)
    return write.call(transport, bytes, more)
  }
  return writes
}

/** The status codes of the responses in a text, in their order. */
function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status))
}

/** What is in the log of each exchange that has ended. */
function logged(house: House): (readonly [line: string, connection: string, bytes: number])[] {
  return house.ended.map(({ requestLine, connection, bytesSent }) => [requestLine, connection, bytesSent])
}

const untilEnded = (house: House, count: number) => until(() => house.ended.length >= count, 'their end')

describe('Requests that come together', () => {
  test('are answered in one write, in their order, each in a turn of its own', async () => {
    await using house = await House.open([], FILES)
    const turns: string[] = []
    house.queue.observe({
      entered: () => {},
      served: ({ requestLine }) => turns.push(`${requestLine} is served`),
      setAside: () => {},
      left: ({ requestLine }) => turns.push(`${requestLine} has left`),
    })
    const transport = house.visit()
    const writes = writesOf(transport)
    transport.receives(get('/a.txt') + get('/b.txt') + get('/none') + request('HEAD /c.txt HTTP/1.1'))
    await untilEnded(house, 4)
    const lines = ['GET /a.txt HTTP/1.1', 'GET /b.txt HTTP/1.1', 'GET /none HTTP/1.1', 'HEAD /c.txt HTTP/1.1']
    assert.deepEqual(
      turns,
      lines.flatMap(line => [`${line} is served`, `${line} has left`]),
    )
    assert.equal(writes.length, 1)
    assert.deepEqual(statusesIn(writes[0] ?? ''), [200, 200, 404, 200])
    assert.deepEqual(
      logged(house).map(([line, connection]) => [line, connection]),
      lines.map(line => [line, 'keep-alive']),
    )
    const bytes = house.ended.map(({ bytesSent }) => bytesSent)
    assert.equal(
      bytes.reduce((sum, count) => sum + count, 0),
      transport.sent.length,
    )
  })

  test('are answered in one write also where addresses are asked for, but no passwords', async () => {
    await using house = await House.open(['Require ip 192.0.2.0/24'], FILES)
    const transport = house.visit()
    const writes = writesOf(transport)
    transport.receives(get('/a.txt').repeat(3))
    await untilEnded(house, 3)
    assert.deepEqual(
      writes.map(text => statusesIn(text)),
      [[200, 200, 200]],
    )
  })

  test('are logged when the kernel has taken their answers, and not before', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit(0)
    transport.receives(get('/a.txt') + get('/b.txt') + get('/c.txt'))
    await until(
      () => house.queue.inService?.requestLine === 'GET /c.txt HTTP/1.1',
      'the last to be in service',
    )
    transport.drains(500)
    await nextTurn()
    assert.deepEqual(house.ended, [])
    transport.drains(10_000)
    await untilEnded(house, 3)
    assert.deepEqual(statusesIn(`${transport.sent}`), [200, 200, 200])
    assert.equal(house.queue.inService, undefined)
  })

  test('are logged as broken off when their client goes before it has taken the answers', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit(0)
    transport.receives(get('/a.txt') + get('/b.txt') + get('/c.txt'))
    await until(
      () => house.queue.inService?.requestLine === 'GET /c.txt HTTP/1.1',
      'the last to be in service',
    )
    transport.resets()
    assert.deepEqual(logged(house), [
      ['GET /a.txt HTTP/1.1', 'aborted', 0],
      ['GET /b.txt HTTP/1.1', 'aborted', 0],
      ['GET /c.txt HTTP/1.1', 'aborted', 0],
    ])
    assert.equal(house.queue.inService, undefined)
    assert.equal(house.connections.count, 0)
  })

  test('keep others waiting for no more than seventeen small answers', async () => {
    await using house = await House.open([], FILES)
    const served: string[] = []
    house.queue.observe({
      entered: () => {},
      served: ({ requestLine }) => served.push(requestLine),
      setAside: () => {},
      left: () => {},
    })
    const greedy = house.visit()
    const writes = writesOf(greedy)
    const other = house.visit()
    greedy.receives(get('/a.txt').repeat(100))
    other.receives(get('/b.txt'))
    await untilEnded(house, 101)
    assert.equal(served.indexOf('GET /b.txt HTTP/1.1'), 17)
    assert.deepEqual(
      writes.map(text => statusesIn(text).length),
      [17, 17, 17, 17, 17, 15],
    )
    assert.deepEqual(house.faults, [])
  })

  test('are not held for what is long: it goes out with them, or by itself', async () => {
    await using house = await House.open([], { ...FILES, 'long.txt': 'x'.repeat(40_000) })
    const transport = house.visit()
    const writes = writesOf(transport)
    transport.receives(get('/a.txt') + get('/long.txt') + get('/b.txt'))
    await untilEnded(house, 3)
    assert.deepEqual(
      writes.map(text => statusesIn(text)),
      [[200, 200], [200]],
    )
    assert.equal(`${transport.sent}`.split('x'.repeat(40_000)).length, 2)
  })

  test('end with the last that the connection may have', async () => {
    await using house = await House.open(['MaxKeepAliveRequests 3'], FILES)
    const transport = house.visit()
    const writes = writesOf(transport)
    transport.receives(get('/a.txt').repeat(5))
    await untilEnded(house, 3)
    await until(() => transport.hasEndedSending, 'the end')
    assert.deepEqual(
      house.ended.map(({ connection, keepAliveRequests }) => [connection, keepAliveRequests]),
      [
        ['keep-alive', 0],
        ['keep-alive', 1],
        ['close', 2],
      ],
    )
    assert.equal(writes.length, 1)
    assert.match(writes[0] ?? '', /\r\nConnection: close\r\n/)
  })

  test('are answered before one among them that is refused, and it ends the connection', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit()
    transport.receives(`${get('/a.txt')}G(T /b.txt HTTP/1.1\r\nHost: a\r\n\r\n${get('/c.txt')}`)
    await until(() => transport.hasEndedSending, 'the end')
    assert.deepEqual(statusesIn(`${transport.sent}`), [200, 400])
    assert.equal(house.ended.length, 2)
  })

  test('do not wait for one of which only a part has come', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit()
    const second = get('/b.txt')
    transport.receives(get('/a.txt') + second.slice(0, 20))
    await untilEnded(house, 1)
    assert.deepEqual(statusesIn(`${transport.sent}`), [200])
    transport.receives(second.slice(20))
    await untilEnded(house, 2)
    assert.deepEqual(statusesIn(`${transport.sent}`), [200, 200])
  })

  test('do not wait for the body of the next, nor does that for its 100 Continue', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit()
    transport.receives(
      get('/a.txt') + request('POST /b.txt HTTP/1.1', 'Content-Length: 4', 'Expect: 100-continue'),
    )
    await untilEnded(house, 1)
    await until(() => statusesIn(`${transport.sent}`).length === 2, '100 Continue')
    assert.deepEqual(statusesIn(`${transport.sent}`), [200, 100])
    transport.receives(`body${get('/c.txt')}`)
    await untilEnded(house, 3)
    assert.deepEqual(statusesIn(`${transport.sent}`), [200, 100, 405, 200])
  })

  for (const room of [Number.POSITIVE_INFINITY, 100]) {
    test(`do not wait for one that takes long to prepare: with room for ${room} bytes`, async () => {
      await using house = await House.open(['Options +Indexes'], { ...FILES, ...LISTED })
      const transport = house.visit(room)
      const { now } = house
      let looks = 0
      // Each look at the clock finds it a millisecond later, so that a listing takes several turns.
      house.now = () => now.call(house) + looks++
      transport.receives(get('/a.txt') + get('/many/') + get('/b.txt'))
      await until(() => statusesIn(`${transport.sent}`).length === 1, 'the first answer')
      assert.equal(house.queue.inService?.requestLine, 'GET /many/ HTTP/1.1')
      transport.drains(10_000_000)
      await untilEnded(house, 3)
      assert.deepEqual(statusesIn(`${transport.sent}`), [200, 200, 200])
      assert.deepEqual(house.faults, [])
    })
  }

  test('are logged once each, though the log of one of them fails', async () => {
    await using house = await House.open([], FILES)
    const transport = house.visit()
    house.onEnded = record => {
      if (record.requestLine.includes('/b.txt')) throw new Error('The log fails')
    }
    transport.receives(get('/a.txt') + get('/b.txt') + get('/c.txt'))
    await untilEnded(house, 3)
    assert.deepEqual(
      house.ended.map(({ requestLine }) => requestLine),
      ['GET /a.txt HTTP/1.1', 'GET /b.txt HTTP/1.1', 'GET /c.txt HTTP/1.1'],
    )
    assert.equal(house.faults.length, 1)
    assert.equal(house.queue.inService, undefined)
  })
})
