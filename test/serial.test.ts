import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { type Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { startTrace } from './support/trace.ts'
import { checkTrace, slicesOf } from './support/trace-format.ts'

const MIB = 1024 ** 2
/** More than the kernel takes for a client that takes nothing. */
const BIG = 17 * MIB

/** A client whose download goes on only when it takes what it is sent. */
async function stalledDownload(daemon: Daemon, path: string): Promise<Client> {
  const client = await daemon.connect()
  client.send(get(path))
  await client.responseHead()
  return client
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('With MaxWait off', () => {
  const ways: Record<string, (client: Client) => Promise<void>> = {
    'the client has gone': async client => client[Symbol.dispose](),
    'the client has taken all of it': client => client.skip(BIG),
  }
  for (const [ending, end] of Object.entries(ways)) {
    test(`all wait for a stalled download until ${ending}, then are served one at a time in their order`, async () => {
      const clients = 50
      const size = 6 * MIB
      await using daemon = await Daemon.start({
        config: ['MaxWait off', 'CustomLog var/log/access.log "%U%q %{turns}x %X"'],
      })
      daemon.folder.publishSparse('stalled.bin', BIG)
      daemon.folder.publishSparse('file.bin', size)
      using stack = new DisposableStack()
      const stalled = stack.use(await stalledDownload(daemon, '/stalled.bin'))
      await using tracing = await startTrace(daemon, daemon.folder.resolve('turn.json'))

      const waiting: Client[] = []
      for (let number = 0; number < clients; number++) {
        const client = stack.use(await daemon.connect())
        client.send(get(`/file.bin?${number}`))
        await daemon.untilStatus(({ turn }) => turn.waiting === number + 1, `${number + 1} to wait`)
        waiting.push(client)
      }
      const { turn } = await daemon.status()
      assert.equal(turn.inService?.requestLine, 'GET /stalled.bin HTTP/1.1')

      await end(stalled)
      await Promise.all(
        waiting.map(async client => {
          const { fields } = await client.responseHead()
          await client.skip(Number(fields.get('content-length')))
        }),
      )

      const [, ...services] = await daemon.accessLog(clients + 1)
      assert.deepEqual(
        services,
        waiting.map((_, number) => `/file.bin?${number} 1 +`),
      )
      tracing.signal('SIGINT')
      assert.equal((await tracing.outcome()).code, 0)
      const turns = slicesOf(checkTrace(daemon.folder.read('turn.json')), 'the turn')
      assert.deepEqual(
        turns.map(({ name }) => name),
        ['/stalled.bin', ...waiting.map((_, number) => `/file.bin?${number}`)].map(
          path => `GET ${path} HTTP/1.1`,
        ),
      )
      for (const [index, { ts }] of turns.entries()) {
        const before = turns[index - 1]
        // The trace tells nanoseconds apart.
        assert.ok(
          before === undefined || before.ts + before.dur <= ts + 0.001,
          `${JSON.stringify(before)} ${ts}`,
        )
      }
      const { handOvers, setAside } = (await daemon.status()).turn
      assert.deepEqual({ handOvers, setAside }, { handOvers: 0, setAside: 0 })
    })
  }

  test('a MaxWait that is put in force lets those pass who wait', async () => {
    await using daemon = await Daemon.start({
      config: ['MaxWait off'],
      files: { 'small.txt': 'small' },
    })
    daemon.folder.publishSparse('stalled.bin', BIG)
    using stalled = await stalledDownload(daemon, '/stalled.bin')
    using client = await daemon.connect()
    client.send(get('/small.txt'))
    await daemon.untilStatus(({ turn }) => turn.waiting === 1, 'one to wait')
    assert.equal((await daemon.status()).turn.maxWait, null)

    await daemon.reconfigure('MaxWait 20ms')
    assert.equal((await client.response()).body.toString(), 'small')
    assert.equal((await daemon.status()).turn.maxWait, 20)
    await stalled.skip(BIG)
  })
})

describe('With a MaxWait', () => {
  for (const maxWait of ['20ms', '0']) {
    test(`of ${maxWait} nobody waits for stalled downloads and silent clients, who lose nothing by it`, async () => {
      const contents = [randomBytes(BIG), randomBytes(BIG)]
      await using daemon = await Daemon.start({
        config: [`MaxWait ${maxWait}`, 'KeepAliveTimeout 1min', 'RequestReadTimeout 1min'],
        files: Object.fromEntries([
          ['small.txt', 'small'],
          ...contents.map((content, index) => [`${index}.bin`, content]),
        ]),
      })
      using stack = new DisposableStack()
      const silent: Client[] = []
      const stalled: Client[] = []
      for (let number = 0; number < 20; number++) {
        silent.push(stack.use(await daemon.connect()))
        stalled.push(stack.use(await stalledDownload(daemon, `/${number % 2}.bin`)))
      }

      for (let count = 0; count < 5; count++) {
        assert.equal((await daemon.ask(get('/small.txt'))).body.toString(), 'small')
      }
      const { turn, connections } = await daemon.status()
      // The kernel may just have taken something for one of them.
      assert.equal(turn.setAside + (turn.inService === null ? 0 : 1), stalled.length)
      assert.ok(turn.handOvers >= stalled.length)
      assert.ok(connections.open >= silent.length + stalled.length)

      const hashes = await Promise.all(stalled.map(client => client.hash(BIG)))
      assert.deepEqual(
        hashes,
        stalled.map((_, number) => hashOf(contents[number % 2] ?? Buffer.alloc(0))),
      )
      for (const client of [...silent, ...stalled]) {
        client.send(get('/small.txt'))
        assert.equal((await client.response()).body.toString(), 'small')
      }
    })

    test(`of ${maxWait} nobody is set aside while nobody else waits`, async () => {
      const [count, size] = [99, 256 * 1024 - 1000]
      await using daemon = await Daemon.start({ config: [`MaxWait ${maxWait}`] })
      daemon.folder.publishSparse('one-chunk.bin', size)
      daemon.folder.publishSparse('many-chunks.bin', BIG)
      using client = await daemon.connect()
      client.send(get('/one-chunk.bin').repeat(count) + get('/many-chunks.bin'))
      for (let number = 0; number < count; number++) {
        await client.responseHead()
        await client.skip(size)
      }
      await client.responseHead()
      await client.skip(BIG)
      assert.equal((await daemon.status()).turn.handOvers, 0)
    })
  }
})
