import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { until } from './support/wait.ts'

const MIB = 1024 ** 2
/** More than the kernel takes for a client that takes nothing. */
const BIG = 32 * MIB
const FILES = { 'a.txt': 'first', 'b.txt': 'second', 'c.txt': 'third', 'big.bin': Buffer.alloc(300_000, 'x') }
const LOG = 'CustomLog var/log/access.log "%r %>s %X"'

const [daemon, hasty, patient, small] = await Promise.all([
  Daemon.start({ files: FILES, config: [LOG] }),
  Daemon.start({
    files: FILES,
    config: [LOG, 'RequestReadTimeout 700ms', 'KeepAliveTimeout 300ms', 'Timeout 1s'],
  }),
  Daemon.start({ files: FILES, config: [LOG, 'MaxWait off', 'RequestReadTimeout 1s'] }),
  Daemon.start({ files: FILES, config: [LOG, 'MaxConnections 4', 'MaxKeepAliveRequests 3'] }),
])
for (const each of [daemon, hasty, patient, small]) after(() => each[Symbol.asyncDispose]())
for (const each of [hasty, patient, small]) each.folder.publishSparse('huge.bin', BIG)

/** A client whose download is in service, or set aside, until it is let go: it takes nothing. */
async function stalledDownload(of: Daemon): Promise<Client> {
  const client = await of.connect()
  client.send(get('/huge.bin'))
  await client.responseHead()
  return client
}

describe('A connection', () => {
  test('carries one request after another', async () => {
    using client = await daemon.connect()
    for (const path of ['/a.txt', '/absent', '/b.txt', '/', '/c.txt']) {
      client.send(get(path))
      const { fields } = await client.response()
      assert.equal(fields.get('connection'), undefined, path)
    }
  })

  test('is closed when the client asks for it', async () => {
    using client = await daemon.connect()
    client.send(get('/a.txt', 'Connection: close') + get('/b.txt'))
    const response = await client.response()
    assert.equal(response.fields.get('connection'), 'close')
    assert.equal(response.body.toString(), 'first')
    assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
  })

  test('is closed after one request of HTTP/1.0, unless the client asks to keep it', async () => {
    using closing = await daemon.connect()
    closing.send('GET /a.txt HTTP/1.0\r\n\r\n')
    assert.equal((await closing.response()).fields.get('connection'), 'close')
    assert.equal((await closing.untilClosed()).bytes.length, 0)

    using keeping = await daemon.connect()
    for (const content of ['first', 'first']) {
      keeping.send('GET /a.txt HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')
      const response = await keeping.response()
      assert.equal(response.fields.get('connection'), 'keep-alive')
      assert.equal(response.body.toString(), content)
    }
  })

  test('carries no more than MaxKeepAliveRequests, and the last response says so', async () => {
    using client = await small.connect()
    client.send(get('/a.txt').repeat(4))
    const endings = []
    for (let count = 0; count < 3; count++) {
      endings.push((await client.response()).fields.get('connection'))
    }
    assert.deepEqual(endings, [undefined, undefined, 'close'])
    assert.equal((await client.untilClosed()).bytes.length, 0)
  })

  test('carries a single request with KeepAlive Off', async () => {
    await using site = await Daemon.start({ files: FILES, config: ['KeepAlive Off'] })
    using client = await site.connect()
    client.send(get('/a.txt').repeat(2))
    assert.equal((await client.response()).fields.get('connection'), 'close')
    assert.equal((await client.untilClosed()).bytes.length, 0)
  })
})

describe('Requests sent without waiting', () => {
  const paths = ['/a.txt', '/big.bin', '/absent', '/b.txt', '/a.txt', '/c.txt']
  const requests = paths.map(path => get(path)).join('')
  const sizes = [5, 300_000, undefined, 6, 5, 5]

  async function expectAllInOrder(client: Client): Promise<void> {
    for (const [index, path] of paths.entries()) {
      const { status, body } = await client.response()
      assert.equal(status, path === '/absent' ? 404 : 200, path)
      if (sizes[index] !== undefined) assert.equal(body.length, sizes[index], path)
    }
  }

  test('are answered in their order', async () => {
    using client = await daemon.connect()
    client.send(requests)
    await expectAllInOrder(client)
  })

  test('are answered in their order when they come byte by byte', async () => {
    using client = await daemon.connect()
    await client.sendInPieces(requests)
    await expectAllInOrder(client)
  })

  test('are all answered when the client sends no more', async () => {
    using client = await daemon.connect()
    client.send(requests)
    client.endSending()
    await expectAllInOrder(client)
    assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
  })

  test('are all answered when there are more than the server reads ahead', async () => {
    using client = await patient.connect()
    const count = 3000
    client.send(get('/huge.bin') + get('/a.txt', 'Connection: keep-alive').repeat(count))
    client.endSending()
    await client.responseHead()
    await client.skip(BIG)
    let answered = 0
    for (let last = false; !last; answered++) {
      const { fields, body } = await client.response()
      assert.equal(body.toString(), 'first')
      last = fields.get('connection') === 'close'
    }
    assert.equal(answered, 999, 'MaxKeepAliveRequests is 1000')
    assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
  })
})

describe('The body of a request', () => {
  const bodies: Record<string, string> = {
    counted: `POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nGET / HTTP/`,
    empty: 'POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
    chunked:
      'POST /a.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n' +
      'b;name=value\r\nGET / HTTP/\r\n000003\r\nabc\r\n0\r\nTrailer: value\r\n\r\n',
  }
  for (const [kind, bytes] of Object.entries(bodies)) {
    test(`is read over, ${kind} too, and the next request is served`, async () => {
      using client = await daemon.connect()
      client.send(bytes + get('/b.txt'))
      assert.equal((await client.response()).status, 405)
      assert.equal((await client.response()).body.toString(), 'second')

      await client.sendInPieces(bytes + get('/c.txt'))
      assert.equal((await client.response()).status, 405)
      assert.equal((await client.response()).body.toString(), 'third')
    })
  }

  test('of a GET changes nothing', async () => {
    using client = await daemon.connect()
    client.send(`${get('/a.txt', 'Content-Length: 3')}abc${get('/b.txt')}`)
    assert.equal((await client.response()).body.toString(), 'first')
    assert.equal((await client.response()).body.toString(), 'second')
  })

  test('may be as long as LimitRequestBody', async () => {
    using client = await daemon.connect()
    client.send(request('POST / HTTP/1.1', `Content-Length: ${MIB}`))
    client.send(Buffer.alloc(MIB))
    client.send(get('/b.txt'))
    assert.equal((await client.response()).status, 405)
    assert.equal((await client.response()).body.toString(), 'second')
  })

  test('is asked for when the client waits to be asked', async () => {
    using client = await daemon.connect()
    client.send(request('POST /a.txt HTTP/1.1', 'Content-Length: 3', 'Expect: 100-continue'))
    assert.equal((await client.response()).status, 100)
    client.send(`abc${get('/b.txt')}`)
    assert.equal((await client.response()).status, 405)
    assert.equal((await client.response()).body.toString(), 'second')
  })

  test('that comes at once though the client promised to wait is read over', async () => {
    using client = await daemon.connect()
    client.send(
      `${request('POST / HTTP/1.1', 'Content-Length: 3', 'Expect: 100-continue')}abc${get('/b.txt')}`,
    )
    assert.equal((await client.response()).status, 405)
    assert.equal((await client.response()).body.toString(), 'second')
  })

  test('that comes before it was asked for is read over, however long the asking takes', async () => {
    using stalled = await stalledDownload(patient)
    using client = await patient.connect()
    client.send(request('POST / HTTP/1.1', 'Content-Length: 300000', 'Expect: 100-continue'))
    await patient.untilStatus(({ turn }) => turn.waiting === 1, 'one request to wait')
    client.send(Buffer.alloc(300_000))
    client.send(get('/b.txt'))
    await patient.untilStatus(({ turn }) => turn.waiting === 1, 'one request to wait')
    stalled[Symbol.dispose]()
    assert.equal((await client.response()).status, 100)
    assert.equal((await client.response()).status, 405)
    assert.equal((await client.response()).body.toString(), 'second')
  })

  test('that is too long is refused before it comes', async () => {
    using client = await daemon.connect()
    client.send(request('POST / HTTP/1.1', `Content-Length: ${MIB + 1}`, 'Expect: 100-continue'))
    const response = await client.response()
    assert.equal(response.status, 413)
    assert.equal(response.fields.get('connection'), 'close')
    assert.equal((await client.untilClosed()).end, 'closed')
  })

  test('that becomes too long is refused', async () => {
    using client = await daemon.connect()
    client.send(request('POST / HTTP/1.1', 'Transfer-Encoding: chunked'))
    client.send(`80000\r\n${'x'.repeat(0x80000)}\r\n80001\r\n`)
    assert.equal((await client.response()).status, 413)
    assert.equal((await client.untilClosed()).end, 'closed')
  })
})

test('A response is not lost to a client that is still sending', async () => {
  using client = await daemon.connect()
  client.send(request('POST / HTTP/1.1', 'Content-Length: 9999999'))
  for (let sent = 0; sent < 8; sent++) {
    client.send(Buffer.alloc(50_000))
    await pause(10)
  }
  const response = await client.response()
  assert.equal(response.status, 413)
  assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
})

test('A client that ends in the middle of its request is told so', async () => {
  for (const begun of [
    get('/a.txt').slice(0, -2),
    'G',
    `${request('POST / HTTP/1.1', 'Content-Length: 5')}abc`,
  ]) {
    using client = await daemon.connect()
    client.send(begun)
    client.endSending()
    assert.equal((await client.response()).status, 400)
    assert.equal((await client.untilClosed()).end, 'closed')
  }
})

describe('In time', { concurrency: true }, () => {
  test('an idle connection is closed without a word', async () => {
    using client = await hasty.connect()
    client.send(get('/a.txt'))
    await client.response()
    assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
  })

  test('a connection on which nothing ever came is closed without a word', async () => {
    using client = await hasty.connect()
    assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
  })

  for (const [part, begin] of [
    ['head', ''],
    ['body', request('POST / HTTP/1.1', 'Content-Length: 99999')],
  ] as const) {
    test(`a request whose ${part} dribbles in is given up`, async () => {
      using client = await hasty.connect()
      client.send(begin)
      let over = false
      const response = client.response().finally(() => {
        over = true
      })
      for (const byte of 'GET /a.txt HTTP/1.1'.repeat(50)) {
        if (over) break
        client.send(byte)
        await pause(40)
      }
      const { status, fields } = await response
      assert.equal(status, 408)
      assert.equal(fields.get('connection'), 'close')
    })
  }

  test('a request that came in time is answered, though the server was held up until its time was over', async () => {
    await using held = await Daemon.start({ files: FILES, config: ['RequestReadTimeout 700ms'] })
    using client = await held.connect()
    await held.untilStatus(({ connections }) => connections.open > 0, 'the connection')
    held.program.signal('SIGSTOP')
    try {
      client.send(get('/a.txt'))
      await pause(1000)
    } finally {
      held.program.signal('SIGCONT')
    }
    assert.equal((await client.response()).status, 200)
  })

  test('who resets a connection before it is accepted has asked for nothing', async () => {
    await using held = await Daemon.start({
      files: FILES,
      config: ['CustomLog var/log/access.log "%h %r"', 'Require ip 127.0.0.0/8', 'LogLevel info'],
    })
    held.program.signal('SIGSTOP')
    try {
      for (let count = 0; count < 3; count++) {
        using gone = await held.connect()
        gone.send(get('/a.txt?gone'))
        gone.reset()
      }
    } finally {
      held.program.signal('SIGCONT')
    }
    assert.equal((await held.ask(get('/a.txt?after'))).status, 200)
    await held.logged('127.0.0.1 GET /a.txt?after')
    assert.deepEqual(
      (await held.accessLog(0)).filter(line => !line.startsWith('127.0.0.1 ')),
      [],
    )
    assert.doesNotMatch(await held.errorLog(), /denied/)
  })

  test('a client that takes nothing of its response is cut off, and the log says so', async () => {
    using client = await hasty.connect()
    client.send(get('/huge.bin?taken=not'))
    await hasty.untilStatus(
      ({ turn }) => turn.inService !== null || turn.setAside > 0,
      'a download in service',
    )
    await hasty.logged('GET /huge.bin?taken=not HTTP/1.1 200 X')
    assert.equal((await client.untilClosed()).end, 'reset')
  })

  test('a client that takes nothing of its response is cut off though it keeps sending', async () => {
    using client = await hasty.connect()
    client.send(get('/huge.bin?sending=on'))
    let over = false
    const sending = (async () => {
      while (!over) {
        client.send('\r')
        await pause(100)
      }
    })()
    try {
      await hasty.logged('GET /huge.bin?sending=on HTTP/1.1 200 X')
    } finally {
      over = true
      await sending
    }
  })

  test('a client that takes its response slowly but steadily gets all of it', async () => {
    using client = await hasty.connect()
    client.send(get('/huge.bin?slowly=yes'))
    await client.responseHead()
    const slowly = 14 * MIB
    for (let taken = 0; taken < slowly; taken += MIB / 2) {
      await client.skip(MIB / 2)
      await pause(100)
    }
    await client.skip(BIG - slowly)
    await hasty.logged('GET /huge.bin?slowly=yes HTTP/1.1 200 +')
  })
})

describe('With MaxConnections open', () => {
  test('the one that has been idle for longest makes room', async () => {
    await none()
    using clients = new DisposableStack()
    const open: Client[] = []
    for (let count = 0; count < 4; count++) {
      const client = clients.use(await small.connect())
      client.send(get('/a.txt'))
      await client.response()
      open.push(client)
    }
    assert.equal((await small.ask(get('/b.txt', 'Connection: close'))).status, 200)

    const [oldest, ...others] = open
    assert.deepEqual(await oldest?.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
    for (const other of others) {
      other.send(get('/c.txt'))
      assert.equal((await other.response()).body.toString(), 'third')
    }
  })

  test('and none of them idle, a new client is told to come back later', async () => {
    await none()
    using clients = new DisposableStack()
    for (let count = 0; count < 4; count++) clients.use(await stalledDownload(small))
    for (let count = 0; count < 3; count++) {
      using client = await small.connect()
      client.send(get(`/a.txt?away=${count}`))
      const response = await client.response()
      assert.equal(response.status, 503)
      assert.equal(response.fields.get('connection'), 'close')
      await small.logged(`GET /a.txt?away=${count} HTTP/1.1 503 -`)
    }
    const complaints = (await small.errorLog()).match(/Turned clients away/g)
    assert.equal(complaints?.length, 1)

    clients.dispose()
    await none()
    assert.equal((await small.ask(get('/a.txt'))).status, 200)
  })

  test('clients that say nothing cannot keep others out for long', async () => {
    await none()
    using clients = new DisposableStack()
    for (let count = 0; count < 4; count++) clients.use(await small.connect())
    await until(
      async () => (await small.ask(get('/a.txt', 'Connection: close'))).status === 200,
      'one of them to make room',
    )
  })

  test('nobody who asks at the same time as many others is left without an answer', async () => {
    await none()
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => small.ask(get('/a.txt', 'Connection: close'))),
    )
    for (const { status } of answers) assert.ok(status === 200 || status === 503, `${status}`)
  })

  async function none(): Promise<void> {
    await small.untilStatus(status => status.connections.open === 0, 'no open connection')
  }
})

test('A connection on which nothing is asked leaves nothing in the log', async () => {
  await using site = await Daemon.start({ files: FILES, config: [LOG, 'RequestReadTimeout 500ms'] })
  using silent = await site.connect()
  await silent.untilClosed()
  using ending = await site.connect()
  ending.endSending()
  await ending.untilClosed()
  using resetting = await site.connect()
  resetting.reset()
  using leaving = await site.connect()
  await site.ask(get('/a.txt'))
  assert.equal(await site.stop(), 0)
  await leaving.untilClosed()
  assert.deepEqual(await site.accessLog(1), ['GET /a.txt HTTP/1.1 200 +'])
})
