import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Client, get, request } from './support/client.ts'
import { type Guest, House } from './support/house.ts'
import { eventually, until } from './support/wait.ts'

const MIB = 1024 ** 2
const FILES = { 'a.txt': 'first', 'b.txt': 'second' }
/** More than the kernel takes for a client that takes nothing. */
const BIG = { 'big.bin': Buffer.alloc(24 * MIB, 'x') }

/** Waits until a client that takes nothing has acknowledged all it ever will. */
async function stalled({ transport }: Guest): Promise<void> {
  let before = -1
  let alike = 0
  await until(() => {
    const bytes = transport.acknowledgedBytes
    alike = bytes === before ? alike + 1 : 0
    before = bytes
    return bytes > 0 && alike === 20
  }, 'the client to acknowledge no more')
}

describe('A client that sends request after request without waiting', () => {
  /** The most that is read of a connection before it is answered, in bytes: read ahead, and one piece more. */
  const MOST_HELD = (16 + 64) * 1024
  const piece = get('/a.txt').repeat(1000)
  const most = MIB

  test('is read no faster than it is answered', async () => {
    await using house = await House.open(['MaxKeepAliveRequests 0'], FILES)
    using guest = await house.connect()
    const { client } = guest
    let answered = 0
    let held = 0
    house.onEnded = ({ bytesReceived }) => {
      answered += bytesReceived
      held = Math.max(held, guest.bytesRead - answered)
    }
    for (let sent = 0; sent < most; sent += piece.length) client.send(piece)
    client.endSending()
    while (answered < most) {
      assert.equal((await client.response()).status, 200)
    }
    assert.ok(held > 0 && held <= MOST_HELD, `${held}`)
  })

  test('is read no further while it takes no answers', async () => {
    await using house = await House.open(['MaxKeepAliveRequests 0'], { ...FILES, ...BIG })
    using guest = await house.connect()
    guest.client.send(get('/big.bin'))
    await stalled(guest)
    for (let sent = 0; sent < most; sent += piece.length) guest.client.send(piece)
    await until(() => guest.transport.isPaused, 'reading to pause')
    assert.ok(guest.bytesRead <= MOST_HELD + get('/big.bin').length, `${guest.bytesRead}`)
  })
})

describe('A response is given up', () => {
  const stalling = async (house: House) => {
    const guest = await house.connect()
    guest.client.send(get('/big.bin'))
    await stalled(guest)
    house.pass(1000 / 8)
    return guest
  }

  test('when nothing of it was taken for as long as Timeout', async () => {
    await using house = await House.open(['Timeout 1s'], BIG)
    using guest = await stalling(house)
    house.pass(999)
    assert.equal(guest.transport.isClosed, false)
    house.pass(1)
    assert.equal(guest.transport.isClosed, true)
    await until(() => house.ended.length === 1, 'the exchange to end')
    assert.equal(house.ended[0]?.connection, 'aborted')
    assert.equal((await guest.client.untilClosed()).end, 'reset')
  })

  test('though the client goes on sending', async () => {
    await using house = await House.open(['Timeout 1s'], BIG)
    using guest = await stalling(house)
    for (let time = 0; time < 1000; time += 125) {
      const { bytesRead } = guest
      guest.client.send('\r\n')
      await until(() => guest.bytesRead > bytesRead, 'what it sent to come')
      house.pass(125)
    }
    assert.equal(guest.transport.isClosed, true)
  })

  test('but not to a client that takes a little now and then, however little', async () => {
    await using house = await House.open(['Timeout 1s'], BIG)
    using guest = await stalling(house)
    // The kernel tells of room in its own large steps, so this is a little of what it may have.
    for (let time = 0; time < 20_000; time += 900) {
      const before = guest.transport.acknowledgedBytes
      do await guest.client.skip(256 * 1024)
      while (guest.transport.acknowledgedBytes === before)
      await stalled(guest)
      house.pass(900)
      assert.equal(guest.transport.isClosed, false, `${time} ms`)
    }
  })

  test('to a client that takes less than SendMinRate', async () => {
    // More than a client of these steps takes in a second.
    for (const [rate, isGivenUp] of [
      ['1G', true],
      ['1K', false],
    ] as const) {
      await using house = await House.open(['Timeout 1s', `SendMinRate ${rate}`], BIG)
      using guest = await stalling(house)
      for (let step = 0; step < 4; step++) {
        const before = guest.transport.acknowledgedBytes
        do await guest.client.skip(256 * 1024)
        while (guest.transport.acknowledgedBytes === before)
        await stalled(guest)
        house.pass(250)
      }
      assert.equal(guest.transport.isClosed, isGivenUp, rate)
    }
  })
})

describe('A request is given up', () => {
  /** Sends some bytes, and waits until the server has them. */
  async function send(guest: Guest, bytes: string): Promise<void> {
    const read = guest.bytesRead + bytes.length
    guest.client.send(bytes)
    await until(() => guest.bytesRead === read, `${bytes.length} bytes to arrive`)
  }
  const field = (size: number) => `A: ${'x'.repeat(size - 5)}\r\n`

  test('when its head takes longer than it may, and its body has a time of its own', async () => {
    await using house = await House.open(['RequestReadTimeout header=2 body=3'], FILES)
    using guest = await house.connect()
    house.pass(1999)
    await send(guest, 'POST /a.txt HTTP/1.1\r\n')
    house.pass(1999)
    await send(guest, 'Host: a\r\nContent-Length: 9\r\n\r\n')
    house.pass(2999)
    await send(guest, 'abcd')
    assert.equal(house.ended.length, 0)
    house.pass(1)
    assert.equal((await guest.client.response()).status, 408)
  })

  test('later, when MinRate bytes come each second, but never after the longest time', async () => {
    await using house = await House.open(['RequestReadTimeout header=2-5,MinRate=100'], FILES)
    using guest = await house.connect()
    await send(guest, 'GET /a.txt HTTP/1.1\r\n')
    house.pass(1000)
    await send(guest, field(200 - 21))
    // 2 s and 2 more for 200 bytes.
    house.pass(2999)
    assert.equal(guest.client.isEnded, false)
    assert.equal(house.queue.waiting, 0)
    await send(guest, field(900))
    house.pass(1000)
    assert.equal(house.queue.waiting, 0, 'at 4999 ms')
    house.pass(1)
    assert.equal((await guest.client.response()).status, 408, 'at 5 s')
  })

  test('later for a body too', async () => {
    await using house = await House.open(['RequestReadTimeout body=1,MinRate=100'], FILES)
    using guest = await house.connect()
    await send(guest, request('POST / HTTP/1.1', 'Content-Length: 500'))
    await send(guest, 'x'.repeat(250))
    house.pass(2999)
    assert.equal(house.queue.waiting, 0)
    await send(guest, 'x'.repeat(250))
    assert.equal((await guest.client.response()).status, 405)
  })
})

describe('A client that has its last response', () => {
  async function lingering(house: House): Promise<Guest> {
    const guest = await house.connect()
    guest.client.send(get('/a.txt', 'Connection: close'))
    assert.equal((await guest.client.response()).status, 200)
    return guest
  }

  test('has two seconds to hang up', async () => {
    await using house = await House.open([], FILES)
    using guest = await lingering(house)
    house.pass(1999)
    assert.equal(guest.transport.isClosed, false)
    house.pass(1)
    assert.equal(guest.transport.isClosed, true)
  })

  test('may go on sending meanwhile, but not for ever', async () => {
    await using house = await House.open([], FILES)
    using guest = await lingering(house)
    const { bytesRead } = guest
    const most = 16 * 1024 * 1024
    guest.client.send(Buffer.alloc(most))
    await until(() => guest.bytesRead === bytesRead + most, 'so much to arrive')
    assert.equal(guest.transport.isClosed, false)
    guest.client.send('x')
    await until(() => guest.transport.isClosed, 'the connection to be closed')
  })
})

describe('With MaxConnections open', () => {
  const LINES = ['MaxConnections 2', 'KeepAliveTimeout 1h', 'RequestReadTimeout 1h']

  async function served(house: House): Promise<Guest> {
    const guest = await house.connect()
    guest.client.send(get('/a.txt'))
    assert.equal((await guest.client.response()).status, 200)
    return guest
  }

  test('the one that has waited for its next request for longest makes room', async () => {
    await using house = await House.open(LINES, FILES)
    using first = await served(house)
    house.pass(10)
    using second = await served(house)
    house.pass(10)
    first.client.send(get('/b.txt'))
    assert.equal((await first.client.response()).body.toString(), 'second')
    house.pass(10)
    using third = await house.connect()
    assert.equal(third.admission, 'admitted')
    assert.deepEqual(
      [first, second].map(({ transport }) => transport.isClosed),
      [false, true],
    )
  })

  test('one that has said nothing makes room after a second, and not before', async () => {
    await using house = await House.open(LINES, FILES)
    using silent = await house.connect()
    using other = await house.connect()
    house.pass(999)
    assert.equal((await house.connect()).admission, 'full')
    assert.deepEqual(
      [silent, other].map(({ transport }) => transport.isClosed),
      [false, false],
    )
    house.pass(1)
    assert.equal((await house.connect()).admission, 'admitted')
    assert.deepEqual(
      [silent, other].map(({ transport }) => transport.isClosed),
      [true, false],
    )
  })

  test('one that is sending its request, or is being answered, makes no room', async () => {
    await using house = await House.open(LINES, { ...FILES, ...BIG })
    using sending = await house.connect()
    sending.client.send('GET /a')
    using answered = await house.connect()
    answered.client.send(get('/big.bin'))
    await stalled(answered)
    await until(() => sending.bytesRead === 6, 'the beginning of a request')
    house.pass(2000)
    assert.equal((await house.connect()).admission, 'full')
    sending.client.send('.txt HTTP/1.1\r\nHost: a\r\n\r\n')
    answered.client[Symbol.dispose]()
    assert.equal((await sending.client.response()).status, 200)
  })

  test('of one address, the one that has been idle for longest makes room, whichever came first', async () => {
    for (const active of [0, 1]) {
      await using house = await House.open(['MaxConnectionsPerAddress 2', ...LINES.slice(1)], FILES)
      using first = await served(house)
      using second = await served(house)
      house.pass(10)
      const guests = [first, second]
      guests[active]?.client.send(get('/b.txt'))
      assert.equal((await guests[active]?.client.response())?.status, 200)
      house.pass(10)
      assert.equal((await house.connect()).admission, 'admitted')
      const closed = guests.map(({ transport }) => transport.isClosed)
      assert.deepEqual(closed, [active !== 0, active !== 1])
    }
  })

  test('of one address, only its own connections make room', async () => {
    await using house = await House.open(['MaxConnectionsPerAddress 2', ...LINES.slice(1)], FILES)
    using first = await served(house)
    house.pass(10)
    using second = await served(house)
    house.pass(10)
    assert.equal((await house.connect()).admission, 'admitted')
    assert.deepEqual(
      [first, second].map(({ transport }) => transport.isClosed),
      [true, false],
    )
    second.client.send('GET /')
    await until(() => second.bytesRead > get('/a.txt').length, 'the beginning of a request')
    assert.equal((await house.connect()).admission, 'perAddress')
  })
})

describe('A client for whom there is no room', () => {
  async function full(): Promise<House> {
    const house = await House.open(['MaxConnections 1', 'RequestReadTimeout 1h'], FILES)
    await house.connect()
    return house
  }

  for (const [what, bytes] of [
    ['a request', get('/a.txt?asked')],
    ['one that is known', get('/a.txt?asked')],
    ['a request whose body is still to come', request('POST /a.txt?asked HTTP/1.1', 'Content-Length: 9')],
    [
      'a request that waits to send its body',
      request('POST /a.txt?asked HTTP/1.1', 'Content-Length: 9', 'Expect: 100-continue'),
    ],
    ['a request that is malformed', 'GET /a.txt?asked HTTP/1.1\r\n\r\n'],
  ] as const) {
    test(`is answered 503 to ${what}, and logged with it`, async () => {
      await using house = await full()
      using guest = await house.connect()
      assert.equal(guest.admission, 'full')
      guest.client.send(bytes)
      const { status, fields } = await guest.client.response()
      assert.deepEqual([status, fields.get('connection')], [503, 'close'])
      await until(() => house.ended.length === 1, 'a line for the log')
      const [exchange] = house.ended
      assert.equal(exchange?.requestLine, bytes.slice(0, bytes.indexOf('\r\n')))
      assert.deepEqual([exchange?.status, exchange?.bytesReceived], [503, bytes.length])
    })
  }

  test('has a second to ask, and is closed without a word if it does not', async () => {
    await using house = await full()
    using silent = await house.connect()
    using slow = await house.connect()
    slow.client.send('GET /a.txt')
    await until(() => slow.bytesRead === 10, 'the beginning of a request')
    house.pass(999)
    assert.equal(house.queue.waiting, 0)
    house.pass(1)
    assert.equal((await slow.client.response()).status, 503)
    assert.deepEqual(await silent.client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
    assert.deepEqual(
      house.ended.map(({ requestLine }) => requestLine),
      ['GET /a.txt'],
    )
  })

  test('is reset where too many are being told so', async () => {
    await using house = await full()
    const guests = []
    for (let count = 0; count < 64; count++) guests.push(await house.connect())
    using client = await Client.connect(house.port)
    assert.equal((await client.untilClosed()).end, 'reset')
    for (const each of guests) each.client[Symbol.dispose]()
    await eventually(() => (house.connections.count === 1 ? true : undefined), 'all of them to go')
  })
})
