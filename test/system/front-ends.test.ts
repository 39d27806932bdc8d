import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Client, request } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { run } from '../support/program.ts'
import { eventually, until } from '../support/wait.ts'
import { statisticsOf } from './balancer-statistics.ts'
import { FRONT_ENDS, type FrontEnd, serverLines, startHaproxy } from './front-ends.ts'
import type { Peer } from './peers.ts'
import { parseResponses, type RawResponse } from './raw-response.ts'
import { CHANGED, settle } from './site.ts'

const TEXT = 'The quick brown fox jumps over the lazy dog\n'.repeat(8)
const FILES = {
  'text.txt': TEXT,
  'text.txt.gz': gzipSync(TEXT),
  'folder/index.html': 'index',
  'a b%c.txt': 'escaped',
  '404.html': 'Not here',
}
const LARGE = 'large.bin'
/** More than the kernel takes on its way for those who do not take it. */
const LARGE_SIZE = 64 * 1024 ** 2

/** Two servers with the same files, of which each says who it is, and a front end before them. */
class Stage implements AsyncDisposable {
  readonly front: Peer
  readonly one: Daemon
  readonly two: Daemon
  /** Of text.txt, on both servers. */
  readonly etag: string
  readonly #held: AsyncDisposableStack
  #asked = 0

  private constructor(
    front: Peer,
    [one, two]: readonly [Daemon, Daemon],
    etag: string,
    held: AsyncDisposableStack,
  ) {
    this.front = front
    this.one = one
    this.two = two
    this.etag = etag
    this.#held = held
  }

  static async of({ start: startFront }: Pick<FrontEnd, 'start'>): Promise<Stage> {
    await using held = new AsyncDisposableStack()
    const start = async (name: string) => {
      const config = [...serverLines(), `Header set X-Server ${name}`]
      const daemon = held.use(await Daemon.start({ config, files: FILES }))
      daemon.folder.publishSparse(LARGE, LARGE_SIZE)
      settle(daemon.folder.resolve('var/www'))
      return daemon
    }
    const [one, two] = [await start('one'), await start('two')]
    const [etag, other] = await Promise.all([one, two].map(entityTag))
    assert.match(etag ?? '', /^"/)
    assert.equal(other, etag)
    const front = held.use(await startFront([one.port, two.port]))
    return new Stage(front, [one, two], etag ?? '', held.move())
  }

  /** What a visitor gets for one request on a connection of its own. */
  ask(line: string, ...fields: readonly string[]): Promise<RawResponse> {
    return ask(this.front.port, line, ...fields)
  }

  /** The name of the server that answers one more visitor, for whom nothing is kept anywhere. */
  async visit(): Promise<string> {
    const { status, fields } = await this.ask(`GET /text.txt?${this.#asked++} HTTP/1.1`)
    assert.equal(status, 200)
    return fields.get('x-server') ?? ''
  }

  /** A client that has been promised the large file, and takes none of it. */
  async download(): Promise<Client> {
    using held = new DisposableStack()
    const client = held.use(await Client.connect(this.front.port))
    client.send(request(`GET /${LARGE} HTTP/1.1`))
    assert.equal((await client.responseHead()).status, 200)
    held.move()
    return client
  }

  /** Lets visitors come until so many in a row have been answered by just these servers. */
  async answeredBy(...names: readonly string[]): Promise<void> {
    const visits = () => Promise.all(Array.from({ length: 8 }, () => this.visit()))
    await until(
      async () => new Set(await visits()).symmetricDifference(new Set(names)).size === 0,
      `answers of ${names.join(' and ')} alone`,
    )
  }

  /** The first line with this in it, in the log of whoever has answered. */
  logged(text: string): Promise<string> {
    const look = async () =>
      (await Promise.all([this.one, this.two].map(each => each.accessLog(0))))
        .flat()
        .find(line => line.includes(text))
    return eventually(look, `${text} in an access log`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync()
  }
}

async function entityTag({ port }: Daemon): Promise<string | undefined> {
  return (await ask(port, 'HEAD /text.txt HTTP/1.1')).fields.get('etag')
}

async function ask(port: number, line: string, ...fields: readonly string[]): Promise<RawResponse> {
  using client = await Client.connect(port)
  client.send(request(line, 'Connection: close', ...fields))
  const { bytes } = await client.untilClosed()
  const [response, more] = parseResponses(bytes, [line.split(' ')[0] ?? ''])
  assert.ok(response !== undefined && more === undefined, bytes.toString('latin1'))
  return response
}

describe('As etc/examples/front-ends says', { concurrency: 2 }, () => {
  for (const [name, frontEnd] of Object.entries(FRONT_ENDS)) {
    describe(name, () => {
      let stage: Stage
      before(async () => {
        stage = await Stage.of(frontEnd)
      })
      after(() => stage[Symbol.asyncDispose]())

      test('gives visitors the files, and says what has not changed', async () => {
        const { etag } = stage
        const whole = await stage.ask('GET /text.txt HTTP/1.1')
        assert.deepEqual([whole.status, `${whole.body}`], [200, TEXT])
        const expected = { etag, 'last-modified': CHANGED, 'content-length': `${TEXT.length}` }
        assert.partialDeepStrictEqual(Object.fromEntries(whole.fields), expected)
        const head = await stage.ask('HEAD /text.txt HTTP/1.1')
        assert.deepEqual([head.status, `${head.body}`], [200, ''])
        assert.partialDeepStrictEqual(Object.fromEntries(head.fields), expected)

        // As browsers ask. Squid sends the file again to those who name the entity-tag alone.
        const held = [`If-None-Match: ${etag}`, `If-Modified-Since: ${CHANGED}`]
        const unchanged = await stage.ask('GET /text.txt HTTP/1.1', ...held)
        assert.deepEqual([unchanged.status, unchanged.fields.get('etag')], [304, etag])

        const packed = await stage.ask('GET /text.txt HTTP/1.1', 'Accept-Encoding: gzip')
        assert.deepEqual([packed.status, packed.fields.get('content-encoding')], [200, 'gzip'])
        assert.equal(`${gunzipSync(packed.body)}`, TEXT)
      })

      test('sends parts of files', async () => {
        const { etag } = stage
        const part = await stage.ask('GET /text.txt HTTP/1.1', 'Range: bytes=4-8', `If-Range: ${etag}`)
        assert.deepEqual([part.status, `${part.body}`], [206, 'quick'])
        assert.equal(part.fields.get('content-range'), `bytes 4-8/${TEXT.length}`)
        const parts = await stage.ask('GET /text.txt HTTP/1.1', 'Range: bytes=4-8,300-308')
        const { severalRanges = ['parts'] } = frontEnd
        const isWhole = parts.status === 200
        assert.ok(severalRanges.includes(isWhole ? 'all of it' : 'parts'), `${parts.status}`)
        if (isWhole) assert.equal(`${parts.body}`, TEXT)
        else assert.deepEqual([parts.status, `${parts.body}`.includes('\r\n\r\nquick\r\n')], [206, true])
      })

      test('leaves paths, redirects and pages of errors as they are', async () => {
        assert.equal(`${(await stage.ask('GET /a%20b%25c.txt HTTP/1.1')).body}`, 'escaped')
        const redirect = await stage.ask('GET /folder HTTP/1.1')
        const location = new URL(redirect.fields.get('location') ?? '', 'http://www.example.com/folder').href
        assert.deepEqual([redirect.status, location], [301, 'http://www.example.com/folder/'])
        assert.equal(`${(await stage.ask('GET /folder/ HTTP/1.1')).body}`, 'index')
        const missing = await stage.ask('GET /none HTTP/1.1')
        assert.deepEqual([missing.status, `${missing.body}`], [404, 'Not here'])
      })

      test('names its clients, and does not believe what they say', async () => {
        const url = `http://127.0.0.1:${stage.front.port}/text.txt?who`
        const outcome = await run('/usr/bin/curl', [
          ...['--disable', '-sS', '--interface', '127.0.0.5'],
          ...['-H', 'Host: www.example.com', '-H', 'X-Forwarded-For: 192.0.2.7', url],
        ])
        assert.deepEqual(outcome, { code: 0, stdout: TEXT, stderr: '' })
        assert.match(await stage.logged('?who'), /^127\.0\.0\.5 /)
      })

      test('keeps nobody waiting for a slow client of a large file', async () => {
        using slow = await stage.download()
        await stage.visit()
        // Such a one has the whole file before its client has taken any of it.
        if (frontEnd.absorbs) assert.match(await stage.logged(LARGE), new RegExp(`" 200 ${LARGE_SIZE} `))
        await slow.skip(LARGE_SIZE)
      })

      if (frontEnd.caches)
        test('shows a change', async () => {
          for (const daemon of [stage.one, stage.two]) daemon.folder.publish('new.txt', 'before')
          assert.equal(`${(await stage.ask('GET /new.txt HTTP/1.1')).body}`, 'before')
          for (const daemon of [stage.one, stage.two]) daemon.folder.publish('new.txt', 'afterwards')
          await until(
            async () => `${(await stage.ask('GET /new.txt HTTP/1.1')).body}` === 'afterwards',
            'the new version',
          )
        })

      if (frontEnd.failover === 'checks')
        test('sends nothing more to a server that drains, whose end then costs nothing', async () => {
          await stage.answeredBy('one', 'two')
          await stage.one.ctl('drain')
          await stage.answeredBy('two')
          assert.equal(await stage.one.stop(), 0)
          await stage.answeredBy('two')
        })

      if (frontEnd.failover === 'failures')
        test('turns to the other server when one ends', async () => {
          await stage.answeredBy('one', 'two')
          const stopped = stage.one.stop()
          await stage.answeredBy('two')
          assert.equal(await stopped, 0)
          await stage.answeredBy('two')
        })
    })
  }
})

test('HAProxy with a maxconn of 1 has a crowd answered, and all wait for a slow download', async () => {
  const start = (servers: readonly number[]) =>
    startHaproxy(servers, text => text.replace('maxconn 200', 'maxconn 1'))
  await using stage = await Stage.of({ start })
  await Promise.all(Array.from({ length: 100 }, () => stage.visit()))
  // One for each server.
  const downloads = [await stage.download(), await stage.download()]
  const visit = stage.visit()
  const socket = stage.front.folder.resolve('admin.sock')
  await until(async () => (await statisticsOf('BACKEND', socket)).waiting === 1, 'a visitor to wait')
  for (const download of downloads) download[Symbol.dispose]()
  await visit
})

test('A download that is broken off with its server is continued from the other behind HAProxy', async () => {
  await using stage = await Stage.of({ start: startHaproxy })
  const content = randomBytes(LARGE_SIZE / 2)
  for (const { folder } of [stage.one, stage.two]) {
    folder.publish(LARGE, content)
    settle(folder.resolve('var/www'))
  }
  using client = await Client.connect(stage.front.port)
  client.send(request(`GET /${LARGE} HTTP/1.1`))
  const { fields } = await client.responseHead()
  const [serving, other] = fields.get('x-server') === 'one' ? [stage.one, 'two'] : [stage.two, 'one']
  serving.program.signal('SIGKILL')
  const { bytes } = await client.untilClosed()
  assert.ok(bytes.length < content.length)

  const continuing = [`Range: bytes=${bytes.length}-`, `If-Range: ${fields.get('etag')}`]
  const rest = await stage.ask(`GET /${LARGE} HTTP/1.1`, ...continuing)
  assert.deepEqual([rest.status, rest.fields.get('x-server')], [206, other])
  assert.ok(Buffer.concat([bytes, rest.body]).equals(content))
})
