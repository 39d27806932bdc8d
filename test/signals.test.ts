import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import { Part } from './support/part.ts'
import { Program, type ProgramOptions, WEBSERVER, WEBSERVERCTL } from './support/program.ts'
import { until } from './support/wait.ts'

/** More than the kernel takes for a client that takes nothing. */
const BIG = 17 * 1024 ** 2
const FILES = { 'a.txt': 'first' }
const NOTHING = { bytes: Buffer.alloc(0), end: 'closed' }

/** Why there is no terminal for a test; false when there is one. */
const SKIP_TERMINAL = spawnSync('script', ['--version']).status === 0 ? false : 'script(1) is not installed'
const ERROR_LOG = 'var/log/error.log'

/** As `npm start` and `npm run ctl` run a program. */
function runCheckout(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
  const script = join(import.meta.dirname, '../scripts/node.sh')
  const options: ProgramOptions = {
    environment: { npm_node_execpath: process.execPath, ...environment },
  }
  return new Program('/bin/sh', [script, program, ...args], options)
}

/** A daemon in the middle of its start: it reads a part of its configuration that has not been written yet. */
class StartingDaemon implements AsyncDisposable {
  readonly folder = new Folder()
  readonly program: Program
  readonly #part = new Part(this.folder)

  constructor() {
    this.folder.configure(['Include etc/part.conf'])
    this.program = new Program(WEBSERVER, ['--config', this.folder.configFile])
  }

  /** Lets it go on, after what is done meanwhile. */
  interrupted(action: () => void): Promise<void> {
    return this.#part.written(action)
  }

  /** Waits until this stands in its error log. */
  async told(pattern: RegExp): Promise<void> {
    const isThere = () =>
      existsSync(this.folder.resolve(ERROR_LOG)) && pattern.test(this.folder.read(ERROR_LOG))
    await until(isThere, `${pattern} in the error log`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }
}

/** A daemon that lets requests wait for a stalled download. */
async function startPatient(): Promise<Daemon> {
  const daemon = await Daemon.start({
    files: FILES,
    config: ['MaxWait off', 'CustomLog var/log/access.log "%q %>s %X"'],
  })
  daemon.folder.publishSparse('huge.bin', BIG)
  return daemon
}

async function stalledDownload(daemon: Daemon): Promise<Client> {
  const client = await daemon.connect()
  client.send(get('/huge.bin?stalled'))
  await client.responseHead()
  return client
}

describe('SIGHUP', () => {
  test('puts the configuration in force', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    daemon.folder.configure(['KeepAlive Off'])
    daemon.program.signal('SIGHUP')
    await daemon.untilStatus(({ configuration }) => configuration.reloads === 1, 'a reload')
    assert.equal((await daemon.ask(get('/a.txt'))).fields.get('connection'), 'close')
    assert.match(daemon.folder.read('var/log/error.log'), /Reloaded .*webserver\.conf: KeepAlive\n$/)
  })

  test('with a broken configuration changes nothing, and the error log says why', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    daemon.folder.configure(['KeepAlive Onn'])
    daemon.program.signal('SIGHUP')
    const log = () => daemon.folder.read('var/log/error.log')
    await until(() => log().includes('Not reloaded'), 'the refusal')
    const lines = log().split('\n').slice(-3)
    assert.match(lines[0] ?? '', /\[config:error\].*webserver\.conf:3:11: Expected On or Off, got "Onn"/)
    assert.match(lines[1] ?? '', /Not reloaded: the old configuration stays in force$/)
    assert.equal((await daemon.ask(get('/a.txt'))).fields.get('connection'), undefined)
  })
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  describe(signal, () => {
    test('finishes the request in service and those that wait, and nothing else', async () => {
      await using daemon = await startPatient()
      using stack = new DisposableStack()
      const idle = stack.use(await daemon.connect())
      idle.send(get('/a.txt?idle'))
      await idle.response()
      const begun = stack.use(await daemon.connect())
      begun.send('GET /a.txt?begun HTTP/1.1\r\n')
      const download = stack.use(await stalledDownload(daemon))
      const waiting: Client[] = []
      for (let number = 1; number <= 3; number++) {
        const client = stack.use(await daemon.connect())
        client.send(get(`/a.txt?${number}`))
        await daemon.untilStatus(({ turn }) => turn.waiting === number, `${number} to wait`)
        waiting.push(client)
      }

      daemon.program.signal(signal)
      await daemon.untilStatus(({ state }) => state === 'stopping', 'the server to stop')
      await assert.rejects(Client.connect(daemon.port), { code: 'ECONNREFUSED' })
      assert.deepEqual(await idle.untilClosed(), NOTHING)
      assert.deepEqual(await begun.untilClosed(), NOTHING)

      await download.skip(BIG)
      for (const client of waiting) {
        const { fields, body } = await client.response()
        assert.equal(fields.get('connection'), 'close')
        assert.equal(body.toString(), 'first')
        assert.deepEqual(await client.untilClosed(), NOTHING)
      }
      assert.deepEqual(await download.untilClosed(), NOTHING)

      assert.equal((await daemon.program.outcome()).code, 0)
      assert.equal(existsSync(daemon.folder.socket), false)
      assert.deepEqual(await daemon.accessLog(0), [
        '?idle 200 +',
        '?stalled 200 +',
        '?1 200 -',
        '?2 200 -',
        '?3 200 -',
      ])
    })

    test('again ends the server at once', async () => {
      await using daemon = await startPatient()
      using download = await stalledDownload(daemon)
      using waiting = await daemon.connect()
      waiting.send(get('/a.txt'))
      await daemon.untilStatus(({ turn }) => turn.waiting === 1, 'one to wait')
      daemon.program.signal(signal)
      await daemon.untilStatus(({ state }) => state === 'stopping', 'the server to stop')
      await until(() => {
        daemon.program.signal(signal)
        return daemon.program.code !== undefined
      }, 'the server to end')
      assert.equal(daemon.program.code, 0)
      await download.untilClosed()
    })
  })
}

test('A signal that comes twice at the same moment, as under npm, still lets the server finish', async () => {
  await using daemon = await startPatient()
  using download = await stalledDownload(daemon)
  // While it stands still, they come at the same moment however slowly they are sent.
  for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGCONT'] as const) daemon.program.signal(signal)
  await daemon.untilStatus(({ state }) => state === 'stopping', 'the server to stop')
  await download.skip(BIG)
  assert.deepEqual(await download.untilClosed(), NOTHING)
  assert.equal((await daemon.program.outcome()).code, 0)
})

test('A response that is not finished ten seconds after the signal is broken off', async () => {
  await using daemon = await startPatient()
  using download = await stalledDownload(daemon)
  daemon.program.signal('SIGTERM')
  assert.equal((await daemon.program.outcome()).code, 0)
  assert.equal((await download.untilClosed()).end, 'reset')
  assert.deepEqual(await daemon.accessLog(0), ['?stalled 200 X'])
  assert.match(daemon.folder.read(ERROR_LOG), /Stopped after .*s, 1 connection broken off\n$/)
})

test('SIGHUP stops the server when its terminal is gone, and reloads as long as that is there', {
  skip: SKIP_TERMINAL,
}, async () => {
  using folder = new Folder()
  folder.configure([])
  const command = [process.execPath, '--disable-sigusr1', WEBSERVER, '--config', folder.configFile]
  await using terminal = new Program('script', ['-qec', `exec ${command.join(' ')}`, '/dev/null'])
  const log = () => (existsSync(folder.resolve(ERROR_LOG)) ? folder.read(ERROR_LOG) : '')
  await until(() => log().includes('Serving '), 'the server')
  const pid = Number(/\[pid (\d+)\]/.exec(log())?.[1])
  using cleanup = new DisposableStack()
  cleanup.defer(() => {
    if (!log().includes('Stopped after ')) process.kill(pid, 'SIGKILL')
  })
  await until(() => terminal.stdout.includes('Stop'), 'the banner')
  process.kill(pid, 'SIGHUP')
  await until(() => log().includes('Reloaded '), 'a reload')
  terminal.signal('SIGKILL')
  await until(() => log().includes('Stopped after '), 'the end of the server')
  assert.match(log(), /Stopping, as asked by the end of its terminal\n/)
})

describe('While the server starts', { concurrency: 3 }, () => {
  for (const [signal, message] of [
    ['SIGHUP', /Reloaded .*: nothing has changed$/m],
    ['SIGUSR1', /Reopened the logs$/m],
  ] as const) {
    test(`${signal} waits until it is up, and then does what it always does`, async () => {
      await using daemon = new StartingDaemon()
      await daemon.interrupted(() => daemon.program.signal(signal))
      await daemon.told(message)
      assert.equal(daemon.program.code, undefined)
    })
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} stops it in good order as soon as it is up`, async () => {
      await using daemon = new StartingDaemon()
      await daemon.interrupted(() => daemon.program.signal(signal))
      assert.equal((await daemon.program.outcome()).code, 0)
      assert.match(
        daemon.folder.read(ERROR_LOG),
        new RegExp(`Serving .*\\n.*Stopping, as asked by ${signal}\\n.*Stopped after .*s\\n$`),
      )
      assert.equal(existsSync(daemon.folder.socket), false)
    })
  }
})

describe('No debugger is opened', () => {
  test('by SIGUSR1, whenever it comes', async () => {
    using folder = new Folder()
    folder.configure([])
    await using program = runCheckout(WEBSERVER, ['--config', folder.configFile])
    await until(() => isRunning(program.pid, process.execPath), 'the shell to have become Node')
    while (!existsSync(folder.socket) && program.code === undefined) {
      program.signal('SIGUSR1')
      await pause(1)
    }
    program.signal('SIGUSR1')
    await until(() => /Reopened/.test(folder.read(ERROR_LOG)), 'the logs to be opened anew')
    assert.equal(program.code, undefined, program.stderr)
    assert.doesNotMatch(program.stderr, /debugger|inspector/i)
  })

  test('by NODE_OPTIONS', async () => {
    using folder = new Folder()
    folder.configure([])
    const environment = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }
    await using program = runCheckout(WEBSERVER, ['--config', folder.configFile], environment)
    await until(() => existsSync(folder.socket), 'the daemon to be up')
    await using ctl = runCheckout(WEBSERVERCTL, ['--socket', folder.socket, 'stop'], environment)
    assert.deepEqual(await ctl.outcome(), { code: 0, stdout: 'Stopped\n', stderr: '' })
    assert.doesNotMatch((await program.outcome()).stderr, /debugger/i)
  })
})

function isRunning(pid: number, program: string): boolean {
  return readlinkSync(`/proc/${pid}/exe`) === program
}
