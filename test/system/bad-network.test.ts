import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Daemon } from '../support/daemon.ts'
import { Folder } from '../support/folder.ts'
import { until } from '../support/wait.ts'
import { Lan, SERVER_ADDRESS } from './lan.ts'

const MIB = 1024 ** 2
const PORT = 8080
const FILES = { 'small.txt': randomBytes(1000), 'large.bin': randomBytes(3 * MIB) }
const DOWNLOADS = 10

/** A server, and clients of it at the other end of a bad line. */
class Line implements AsyncDisposable {
  readonly daemon: Daemon
  readonly lan: Lan
  readonly #held: AsyncDisposableStack

  private constructor(daemon: Daemon, lan: Lan, held: AsyncDisposableStack) {
    this.daemon = daemon
    this.lan = lan
    this.#held = held
  }

  static async open(...config: readonly string[]): Promise<Line> {
    await using held = new AsyncDisposableStack()
    const log = 'CustomLog var/log/access.log "%r %>s %B %X"'
    const lines = [`Listen 0.0.0.0:${PORT}`, log, ...config]
    const daemon = held.use(await Daemon.start({ config: lines, files: FILES, ownNetwork: true }))
    const lan = held.use(new Lan())
    await lan.connect(daemon.pid)
    return new Line(daemon, lan, held.move())
  }

  /** What only the kernel of the clients' end can do to their packets. */
  async do(program: string, ...args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.lan.run(`/usr/sbin/${program}`, args)
    assert.equal(code, 0, stderr)
  }

  /** Loses packets in both directions, so many of a hundred. */
  async lose(percent: number): Promise<void> {
    await this.do('nft', 'add table inet line')
    for (const hook of ['input', 'output']) {
      await this.do('nft', `add chain inet line ${hook} { type filter hook ${hook} priority 0; }`)
      await this.do('nft', `add rule inet line ${hook} numgen random mod 100 < ${percent} drop`)
    }
  }

  curl(...args: readonly string[]) {
    return this.lan.start('/usr/bin/curl', ['--silent', '--show-error', '--max-time', '50', ...args])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync()
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('Over a line that loses a packet in twenty and takes 20 Mbit/s', () => {
  test('everybody gets every byte, and each request is logged once', async () => {
    await using line = await Line.open('Timeout 30s')
    await line.do('tc', ...'qdisc add dev client root tbf rate 20mbit burst 16kb latency 100ms'.split(' '))
    await line.lose(5)
    using folder = new Folder()
    const downloads = Array.from({ length: DOWNLOADS }, (_, count) => {
      const file = folder.resolve(`${count}`)
      const range = count % 2 === 0 ? [] : ['--range', `${count * 1000}-`]
      const url = `http://${SERVER_ADDRESS}:${PORT}/large.bin?${count}`
      return {
        file,
        from: range.length === 0 ? 0 : count * 1000,
        curl: line.curl('--output', file, ...range, url),
      }
    })
    for (const { file, from, curl } of downloads) {
      const code = await curl.ended
      assert.equal(code, 0, curl.stderr)
      assert.equal(hashOf(readFileSync(file)), hashOf(FILES['large.bin'].subarray(from)))
    }
    const expected = downloads.map(({ from }, count) => {
      const sent = `${from === 0 ? 200 : 206} ${FILES['large.bin'].length - from}`
      return `GET /large.bin?${count} HTTP/1.1 ${sent} +`
    })
    assert.deepEqual((await line.daemon.accessLog(DOWNLOADS)).sort(), expected.sort())
  })
})

describe('A line that is cut in the middle of a download', () => {
  const slowly = 'qdisc add dev server root tbf rate 8mbit burst 16kb latency 100ms'

  async function begin(line: Line, file: string) {
    const { code, stderr } = await line.lan.run('/usr/bin/nsenter', [
      ...['--target', `${line.daemon.pid}`, '--net', 'tc', ...slowly.split(' ')],
    ])
    assert.equal(code, 0, stderr)
    const download = line.curl('--output', file, `http://${SERVER_ADDRESS}:${PORT}/large.bin`)
    await until(() => existsAndHas(file, 100_000), 'the download to be under way')
    await line.do('ip', 'link', 'set', 'client', 'down')
    return download
  }

  test('and mended goes on where it was', async () => {
    await using line = await Line.open('Timeout 40s')
    using folder = new Folder()
    const file = folder.resolve('file')
    await using download = await begin(line, file)
    await line.do('ip', 'link', 'set', 'client', 'up')
    assert.equal(await download.ended, 0, download.stderr)
    assert.equal(hashOf(readFileSync(file)), hashOf(FILES['large.bin']))
  })

  test('and not mended holds nothing for longer than Timeout, and the log says so', async () => {
    await using line = await Line.open('Timeout 2s')
    using folder = new Folder()
    await using _download = await begin(line, folder.resolve('file'))
    assert.match(await line.daemon.logged('/large.bin'), /^GET \/large\.bin HTTP\/1\.1 200 \d+ X$/)
    await line.daemon.untilStatus(({ connections }) => connections.open === 0, 'no open connection')
  })
})

function existsAndHas(file: string, bytes: number): boolean {
  try {
    return readFileSync(file).length >= bytes
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
