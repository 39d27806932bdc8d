import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connect } from 'node:tls'
import { pathToFileURL } from 'node:url'
import { callDaemon } from '../src/ctl/control-client.ts'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { certificateFile } from './support/tls-client.ts'
import { inTime, until } from './support/wait.ts'

const SOURCE = join(import.meta.dirname, '../src')
const FAULTS = pathToFileURL(join(import.meta.dirname, 'support/faults.ts'))
const FILES = {
  'a.txt': 'first',
  'page.html': '<p>'.repeat(3000),
  'dir/b.txt': 'b',
  'big.txt': 'x'.repeat(600_000),
}
/** All kinds of answers. */
const REQUESTS = [
  get('/a.txt') + get('/a.txt'),
  get('/page.html', 'Accept-Encoding: gzip', 'Connection: close'),
  get('/absent'),
  get('/dir/'),
  get('/old'),
  get('/a.txt', 'Range: bytes=1-2'),
  get('/a.txt', 'If-None-Match: *'),
  get('/big.txt'),
  `${request('POST /a.txt HTTP/1.1', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`,
  'GARBAGE\r\n\r\n',
]

const SECURE_REQUESTS = [get('/a.txt') + get('/a.txt'), get('/big.txt'), get('/absent')]

// Whoever waits for its client is set aside at once, which is a turn of its own kind.
const CONFIG = [
  `SSLCertificateFile ${certificateFile('one.pem')}`,
  `SSLCertificateKeyFile ${certificateFile('one.key')}`,
  'MaxWait 0',
  'Options +Indexes',
  'LogLevel debug',
  'Header set X-A b',
  'Redirect /old /a.txt',
]

/** A daemon whose modules can be made to fail. */
class FaultyDaemon implements AsyncDisposable {
  readonly #daemon: Daemon
  readonly #file: string
  readonly #securePort: number
  #rounds = 0

  private constructor(daemon: Daemon, file: string, securePort: number) {
    this.#daemon = daemon
    this.#file = file
    this.#securePort = securePort
  }

  static async start(name: string): Promise<FaultyDaemon> {
    const file = join(import.meta.dirname, `../node_modules/.cache/fault-${process.pid}-${name}`)
    const daemon = await Daemon.start({
      files: FILES,
      config: ['Listen 127.0.0.1:0', 'Listen 127.0.0.2:0 https', ...CONFIG],
      environment: { FAULT_MODULE: file, NODE_OPTIONS: `--import=${FAULTS}`, NODE_COMPILE_CACHE: '' },
    })
    const { listening } = await daemon.status()
    return new FaultyDaemon(daemon, file, Number(listening[1]?.split(':').at(-1)))
  }

  /** Has all functions of a module throw once while it is asked for all it can do, and gives those that have. */
  async fail(module: string): Promise<string[]> {
    const thrown = `${this.#file}.thrown`
    rmSync(thrown, { force: true })
    writeFileSync(this.#file, module)
    this.#daemon.program.signal('SIGUSR2')
    await until(() => existsSync(thrown), `the faults of ${module}`)
    let before: number
    do {
      before = readFileSync(thrown).length
      await this.#use()
    } while (readFileSync(thrown).length > before)
    return readFileSync(thrown, 'utf8').split('\n').slice(0, -1)
  }

  /** Serves all it can, over one connection at least that is as it should be. */
  async isWell(): Promise<boolean> {
    this.#mustLive()
    try {
      return (await this.#daemon.ask(get('/a.txt'))).status === 200
    } catch (error) {
      if (!/reset|closed/i.test(String(error))) throw error
      return false
    }
  }

  /** How often this has been told, in the error log and on stderr. */
  told(text: string): { readonly log: number; readonly stderr: number } {
    const count = (where: string) => where.split(text).length - 1
    return {
      log: count(this.#daemon.folder.read('var/log/error.log')),
      stderr: count(this.#daemon.program.stderr),
    }
  }

  get descriptors(): number {
    return this.#daemon.openFiles().length
  }

  #mustLive(): void {
    const { code, stderr } = this.#daemon.program
    if (code !== undefined)
      throw new Error(`Expected it to live, it has ended with ${code}: ${stderr.slice(-1500)}`)
  }

  async #use(): Promise<void> {
    const { folder, port } = this.#daemon
    await Promise.all([
      ...REQUESTS.map(text => this.#ask(text)),
      ...SECURE_REQUESTS.map(text => this.#askSecurely(text)),
    ])
    this.#mustLive()
    const changing = `KeepAliveTimeout ${5 + (this.#rounds++ % 9)}`
    folder.configure([
      ...CONFIG,
      `Listen 127.0.0.1:${port}`,
      `Listen 127.0.0.2:${this.#securePort} https`,
      changing,
    ])
    for (const command of ['status', 'turns', 'reopen', 'reload'])
      await callDaemon(folder.socket, command, undefined, 2000)
  }

  /** Whatever comes of it. */
  async #ask(text: string): Promise<void> {
    try {
      using client = await this.#daemon.connect()
      client.send(text)
      client.endSending()
      await client.untilClosed()
    } catch (error) {
      // Nobody listens any more.
      if (hasCode(error, 'ECONNREFUSED')) await this.#daemon.program.outcome()
      this.#mustLive()
      if (!hasCode(error, 'ECONNRESET')) throw error
    }
  }

  /** Whatever comes of it. */
  async #askSecurely(text: string): Promise<void> {
    const socket = connect({ port: this.#securePort, host: '127.0.0.2', rejectUnauthorized: false })
    socket.on('error', () => {})
    socket.resume()
    socket.end(text, 'latin1')
    await inTime(new Promise(closed => void socket.on('close', closed)), 'the end of a connection')
    this.#mustLive()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]()
    for (const path of globSync(`${this.#file}*`)) rmSync(path)
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/**
 * What guards the others, what faults are told by, what takes a descriptor over, which whoever gives it away cannot close,
 * and the turn itself: without it nobody could be served, so a fault of it ends the server, and systemd starts another.
 */
const EXEMPT =
  /^(network\/guard|turn\/(turn-.*|waiting-line)|files\/found-file|listing\/shared-listings|log\/(error-log|rotating-file|append-file|strftime|journal)|text\/escape)\.ts$/

const LAYERS = [
  ...[
    'config',
    'text',
    'tls',
    'http',
    'encoding',
    'files',
    'listing',
    'site',
    'turn',
    'exchange',
    'network',
    'log',
  ],
  ...['control', 'server'],
]
const MODULES = LAYERS.flatMap(layer => globSync(`${layer}/**/*.ts`, { cwd: SOURCE }))
  .filter(name => !name.endsWith('.test.ts') && !EXEMPT.test(name))
  .sort()

describe('A fault of ours costs what it strikes, is told once, and never ends the server', {
  concurrency: 2,
}, () => {
  for (const layer of LAYERS) {
    test(`in ${layer}`, async () => {
      await using daemon = await FaultyDaemon.start(layer)
      await daemon.fail('none')
      const { descriptors } = daemon
      let reached = 0
      for (const module of MODULES.filter(name => name.startsWith(`${layer}/`))) {
        const points = await daemon.fail(module)
        reached += points.length
        await until(() => daemon.isWell(), `a page after faults in ${module}`)
        for (const point of points) {
          const { log, stderr } = daemon.told(`On purpose: ${point};`)
          assert.deepEqual({ point, log, stderr }, { point, log: 1, stderr: 1 })
        }
        await until(() => daemon.descriptors <= descriptors, `no descriptor to be lost in ${module}`)
      }
      assert.ok(reached > 0)
    })
  }
})
