import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { truncateSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { until } from './support/wait.ts'

const MIB = 1024 ** 2
/** More than the kernel takes for a client that takes nothing, and no multiple of anything. */
const SIZE = 17 * MIB + 4321
/** What is handed to the kernel at a time. */
const CHUNK = 256 * 1024
const CONTENT = randomBytes(SIZE)
const FILES = { 'large.bin': CONTENT, 'small.txt': 'small' }

const NODES = [
  { how: 'A large file', environment: {} },
  { how: 'Without node:ffi a large file', environment: { NODE_OPTIONS: '--no-experimental-ffi' } },
] as const

for (const { how, environment } of NODES) {
  describe(how, () => {
    const start = (...config: readonly string[]) => Daemon.start({ config, files: FILES, environment })

    test('comes whole, and what was asked for behind it follows', async () => {
      await using daemon = await start('CustomLog var/log/access.log "%U %X %B"')
      using client = await daemon.connect()
      client.send(get('/large.bin') + get('/small.txt'))
      assert.equal((await client.responseHead()).fields.get('content-length'), String(SIZE))
      assert.equal(await client.hash(SIZE), hashOf(CONTENT))
      assert.equal(String((await client.response()).body), 'small')
      const log = () => daemon.folder.read('var/log/access.log')
      await until(() => log() === `/large.bin + ${SIZE}\n/small.txt + 5\n`, 'both in the log')
    })

    test('comes whole to clients that stop to take it again and again, while others are served', async () => {
      await using daemon = await start('MaxWait 0')
      using clients = new DisposableStack()
      const downloads: Client[] = []
      for (let number = 0; number < 4; number++) downloads.push(clients.use(await stalledDownload(daemon)))
      const step = 3 * MIB
      for (let at = 0; at < SIZE; at += step) {
        for (const client of downloads) {
          const expected = CONTENT.subarray(at, at + step)
          assert.equal(await client.hash(expected.length), hashOf(expected), `from ${at} on`)
          assert.equal((await daemon.ask(get('/small.txt'))).status, 200)
        }
      }
      const { turn } = await daemon.status()
      assert.ok(turn.handOvers > 0, 'nobody was set aside')
    })

    test('comes in the ranges that are asked for', async () => {
      await using daemon = await start()
      const { fields, body } = await daemon.ask(get('/large.bin', 'Range: bytes=1-5000000,9000000-'))
      const [, boundary] =
        /^multipart\/byteranges; boundary=(\S+)$/.exec(fields.get('content-type') ?? '') ?? []
      const parts = body.toString('latin1').split(`\r\n--${boundary}`).slice(1, -1)
      const ranges = parts.map(part => Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4), 'latin1'))
      assert.deepEqual(ranges.map(hashOf), [
        hashOf(CONTENT.subarray(1, 5_000_001)),
        hashOf(CONTENT.subarray(9_000_000)),
      ])
    })

    test('tells while it is sent how much of it there is in all', async () => {
      await using daemon = await start('MaxWait off')
      using client = await daemon.connect()
      client.send(get('/large.bin'))
      const { fields } = await client.responseHead()
      const { inService } = (await daemon.status()).turn
      assert.ok(inService !== null && inService.bytesSent > 0)
      // The status line, each field with what stands between its parts, and the empty line.
      const head = [...fields].reduce(
        (bytes, [name, value]) => bytes + name.length + value.length + 4,
        17 + 2,
      )
      assert.equal(inService.bytesTotal, head + SIZE)
    })

    test('whose client leaves is logged with what it was sent, and others are served', async () => {
      await using daemon = await start('CustomLog var/log/access.log "%U %X %B"')
      const client = await stalledDownload(daemon)
      await client.skip(5 * MIB)
      client.reset()
      const line = () => /^\/large\.bin X (\d+)$/m.exec(daemon.folder.read('var/log/access.log'))
      await until(() => line() !== null, 'its line in the log')
      const sent = Number(line()?.[1])
      // A chunk that the kernel has not taken all of is not counted.
      assert.ok(sent > 5 * MIB - CHUNK && sent < SIZE, `${sent} bytes`)
      assert.equal((await daemon.ask(get('/small.txt'))).status, 200)
    })

    test('that becomes shorter is broken off, and the error log says so', async () => {
      await using daemon = await start()
      using client = await stalledDownload(daemon)
      truncateSync(daemon.folder.resolve('var/www/large.bin'), SIZE - 100)
      const { bytes, end } = await client.untilClosed()
      assert.equal(end, 'reset')
      assert.ok(bytes.length < SIZE)
      assert.match(
        await daemon.errorLog(),
        /\[client 127\.0\.0\.1\] .*large\.bin" became shorter while it was sent/,
      )
    })
  })
}

/** A client whose download goes on only when it takes what it is sent. */
async function stalledDownload(daemon: Daemon): Promise<Client> {
  const client = await daemon.connect()
  client.send(get('/large.bin'))
  await client.responseHead()
  return client
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
