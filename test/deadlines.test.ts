import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { until } from './support/wait.ts'

/** More than the kernel takes for a client that takes nothing. */
const BIG = 17 * 1024 ** 2
const FILES = { 'small.txt': 'small' }
const LOG = 'CustomLog var/log/access.log "%r %>s %X"'

const [hasty, patient] = await Promise.all([
  Daemon.start({
    files: FILES,
    config: [LOG, 'MaxWait off', 'RequestReadTimeout 500ms', 'KeepAliveTimeout 300ms', 'Timeout 500ms'],
  }),
  Daemon.start({
    files: FILES,
    config: [LOG, 'MaxWait off', 'RequestReadTimeout 700ms', 'KeepAliveTimeout 700ms', 'Timeout 60s'],
  }),
])
for (const daemon of [hasty, patient]) {
  after(() => daemon[Symbol.asyncDispose]())
  daemon.folder.publishSparse('big.bin', BIG)
}

/** Keeps sending until the server has closed all its connections. */
async function sendUntilAllClosed(client: Client, bytes: string | Buffer): Promise<void> {
  let over = false
  const closed = allClosed(hasty).finally(() => {
    over = true
  })
  while (!over) {
    client.send(bytes)
    await pause(20)
  }
  await closed
}

async function allClosed(daemon: Daemon): Promise<void> {
  await daemon.untilStatus(({ connections }) => connections.open === 0, 'no open connection')
}

describe('The server does not wait for ever', () => {
  test('for the end of a client that has its last response', async () => {
    using client = await hasty.connect()
    client.send(get('/small.txt', 'Connection: close'))
    assert.equal((await client.response()).status, 200)
    await allClosed(hasty)
  })

  test('for the end of a client that goes on sending, a byte or a lot at a time', async () => {
    for (const bytes of ['x', Buffer.alloc(64 * 1024)]) {
      using client = await hasty.connect()
      client.send(get('/small.txt', 'Connection: close'))
      assert.equal((await client.response()).status, 200)
      await sendUntilAllClosed(client, bytes)
    }
  })

  test('for the second head on a connection, however it dribbles in', async () => {
    using client = await hasty.connect()
    client.send(`${get('/small.txt')}GET /sec`)
    assert.equal((await client.response()).status, 200)
    assert.equal((await client.response()).status, 408)
    assert.equal((await client.untilClosed()).end, 'closed')
  })

  test('for a body that it has asked for', async () => {
    using client = await hasty.connect()
    client.send(request('POST / HTTP/1.1', 'Content-Length: 5', 'Expect: 100-continue'))
    assert.equal((await client.response()).status, 100)
    client.send('abc')
    assert.equal((await client.response()).status, 408)
    assert.equal((await client.untilClosed()).end, 'closed')
  })

  test('for a client that takes nothing while it has the turn: the next is served', async () => {
    using stalled = await hasty.connect()
    stalled.send(get('/big.bin?stalled'))
    await stalled.responseHead()
    assert.equal((await hasty.ask(get('/small.txt'))).status, 200)
    await hasty.logged('GET /big.bin?stalled HTTP/1.1 200 X')
    assert.equal((await stalled.untilClosed()).end, 'reset')
  })

  test('for many silent clients at once', async () => {
    using stack = new DisposableStack()
    const clients: Client[] = []
    for (let count = 0; count < 200; count++) clients.push(stack.use(await hasty.connect()))
    for (const client of clients) {
      assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
    }
    await allClosed(hasty)
  })
})

test('The time for a body begins with the body, however long the head took', async () => {
  await using daemon = await Daemon.start({ files: FILES, config: ['RequestReadTimeout header=1 body=60'] })
  using client = await daemon.connect()
  client.send(request('POST / HTTP/1.1', 'Content-Length: 5'))
  await pause(1600)
  client.send('abcde')
  assert.equal((await client.response()).status, 405)
})

test('A request that waits for its turn is not cut off, however long that takes', async () => {
  using stalled = await patient.connect()
  stalled.send(get('/big.bin'))
  await stalled.responseHead()
  using client = await patient.connect()
  client.send(get('/small.txt'))
  const longer = 1_000_000
  await until(async () => {
    const { requests } = JSON.parse((await patient.ctl('turns', '--json')).stdout)
    return requests[1]?.state === 'waiting' && requests[1].duration > longer
  }, 'a request to wait for longer than all other deadlines')
  stalled[Symbol.dispose]()
  assert.equal((await client.response()).status, 200)
})
