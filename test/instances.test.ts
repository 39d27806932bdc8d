import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { DaemonStatus } from '../src/control/daemon.ts'
import { callDaemon } from '../src/ctl/control-client.ts'
import { Client, get } from './support/client.ts'
import { portOf } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import { type Outcome, Program, run, WEBSERVER, WEBSERVERCTL } from './support/program.ts'
import { DEADLINE, eventually, until } from './support/wait.ts'

/** Several real daemons with one configuration, and one port; all are gone once they are disposed of. */
class Instances implements AsyncDisposable {
  readonly folder: Folder
  port = 0
  readonly #programs = new Map<string, Program>()

  private constructor(folder: Folder) {
    this.folder = folder
  }

  static async start(...names: readonly string[]): Promise<Instances> {
    await using stack = new AsyncDisposableStack()
    const instances = stack.use(new Instances(new Folder()))
    instances.folder.publish('a.txt', 'first')
    instances.configure('127.0.0.1:0')
    for (const name of names) {
      await instances.launch(name)
      // The first has chosen the port, which it shares.
      if (instances.port !== 0) continue
      instances.port = portOf((await instances.status(name)).listening[0])
      instances.configure(`127.0.0.1:${instances.port}`)
    }
    stack.move()
    return instances
  }

  configure(address: string, ...lines: readonly string[]): void {
    this.folder.configure([`Listen ${address}`, 'CustomLog var/log/access.log common', ...lines])
  }

  /** Resolves once it answers on its control socket. */
  async launch(name: string): Promise<void> {
    const program = new Program(WEBSERVER, ['--config', this.folder.configFile, '--instance', name])
    this.#programs.set(name, program)
    await eventually(async () => {
      if (program.code !== undefined) throw new Error(`Instance ${name} has ended: ${program.stderr}`)
      return await this.#statusOf(name)
    }, `an answer of instance ${name}`)
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#programs.get(name)?.signal(signal)
  }

  async stop(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<Outcome['code'] | undefined> {
    this.signal(name, signal)
    return await this.#programs.get(name)?.ended
  }

  async status(name: string): Promise<DaemonStatus> {
    const status = await this.#statusOf(name)
    assert.ok(status !== undefined, name)
    return status
  }

  ctl(...args: readonly string[]): Promise<Outcome> {
    return run(WEBSERVERCTL, ['--config', this.folder.configFile, ...args])
  }

  /** What comes of a start of one more server. */
  startAnother(...args: readonly string[]): Promise<Outcome> {
    return run(WEBSERVER, ['--config', this.folder.configFile, ...args])
  }

  /** The body of the answer to one request, on a connection of its own. */
  async ask(): Promise<string> {
    using client = await Client.connect(this.port)
    client.send(get('/a.txt'))
    const { status, body } = await client.response()
    return `${status} ${body}`
  }

  /** How many clients wait in the kernel for the one for whom most wait: proc_net_tcp of the kernel's documentation. */
  get waiting(): number {
    const port = this.port.toString(16).toUpperCase().padStart(4, '0')
    const listening = new RegExp(`:${port} 0{8}:0{4} 0A [0-9A-F]{8}:([0-9A-F]{8}) `, 'g')
    const counts = readFileSync('/proc/net/tcp', 'latin1').matchAll(listening)
    return Math.max(...counts.map(([, count = '0']) => Number.parseInt(count, 16)))
  }

  async #statusOf(name: string): Promise<DaemonStatus | undefined> {
    const socket = this.folder.resolve(`var/run/webserver-${name}.sock`)
    const outcome = await callDaemon(socket, 'status', undefined, DEADLINE)
    return outcome.kind === 'reply' ? (outcome.result as DaemonStatus) : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs.values()) await program[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }
}

describe('Instances of one configuration', () => {
  test('serve at one port, each with its name in its status, its logs and its control socket', async () => {
    await using instances = await Instances.start('1', 'blue')
    const requests = async () => {
      const all = await Promise.all(['1', 'blue'].map(name => instances.status(name)))
      return all.map(status => status.requests.total)
    }
    await until(async () => {
      assert.equal(await instances.ask(), '200 first')
      return (await requests()).every(count => count > 0)
    }, 'a request for each')
    assert.equal((await instances.status('blue')).instance, 'blue')
    const shown = await instances.ctl('--instance', 'blue', 'status')
    assert.match(shown.stdout, /^● webserver \S+, instance blue, is running, up /)
    const { folder, port } = instances
    assert.match(
      folder.read('var/log/error-blue.log'),
      new RegExp(`with webserver \\S+, instance blue, on 127.0.0.1:${port}\n`),
    )
    for (const [index, name] of ['1', 'blue'].entries())
      await until(async () => {
        const lines = folder.read(`var/log/access-${name}.log`).split('\n').length - 1
        return lines === (await requests())[index]
      }, `a line for each request in the log of ${name}`)
    assert.ok(!existsSync(folder.resolve('var/log/access.log')))
  })

  test('keep their port from a server without a name, and their name from another', async () => {
    await using instances = await Instances.start('1')
    const nameless = await instances.startAnother()
    assert.equal(nameless.code, 1)
    assert.match(nameless.stderr, /: the port is taken by webserver \(pid \d+\); stop it, or choose another/)
    const namesake = await instances.startAnother('--instance', '1')
    assert.equal(namesake.code, 1)
    assert.match(
      namesake.stderr,
      /^webserver: Another daemon \(pid \d+\) answers at ".*\/var\/run\/webserver-1\.sock": /,
    )
    assert.equal(await instances.ask(), '200 first')
  })

  test('have names that fit in those of files', async () => {
    await using instances = await Instances.start('1')
    const wrong = await instances.startAnother('--instance', '../2')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /Expected 1 to 32 letters, digits and _/)
  })

  test('are restarted one after the other, and no request is lost', async () => {
    const names = ['1', '2', '3']
    await using instances = await Instances.start(...names)
    let isOver = false
    const answers = new Map<string, number>()
    const askOn = async () => {
      while (!isOver) {
        const answer = await instances.ask().catch(error => `${error}`)
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
      }
    }
    const clients = Array.from({ length: 64 }, askOn)
    try {
      for (const name of [...names, ...names]) {
        // Clients wait for it in the kernel, of which a server that is told to stop knows nothing.
        instances.signal(name, 'SIGSTOP')
        await until(() => instances.waiting >= 32, 'a queue of clients')
        instances.signal(name, 'SIGTERM')
        assert.equal(await instances.stop(name, 'SIGCONT'), 0)
        await instances.launch(name)
      }
      await until(() => (answers.get('200 first') ?? 0) >= 3000, '3000 answers')
    } finally {
      isOver = true
      await Promise.all(clients)
    }
    assert.deepEqual([...answers.keys()], ['200 first'])
  })
})

describe('webserverctl --all', () => {
  test('asks every instance, and shows each answer under its name', async () => {
    await using instances = await Instances.start('2', '10')
    const { code, stdout, stderr } = await instances.ctl('--all', 'status')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /^webserver@2\n● webserver \S+, instance 2, is running[\s\S]*\n\nwebserver@10\n● /)
    await instances.ctl('--all', 'reload')
    instances.configure(`127.0.0.1:${instances.port}`, 'MaxWait 30ms')
    assert.deepEqual(await instances.ctl('--all', 'reload'), {
      code: 0,
      stdout: ['2', '10'].map(name => `webserver@${name}\nReloaded: 1 change\n  MaxWait\n`).join('\n'),
      stderr: '',
    })
  })

  test('prints for programs one line for each, with its name', async () => {
    await using instances = await Instances.start('1', '2')
    for (const command of ['status', 'turns']) {
      const { code, stdout } = await instances.ctl('--all', command, '--json')
      assert.equal(code, 0)
      const lines = stdout.trimEnd().split('\n')
      assert.deepEqual(
        lines.map(line => JSON.parse(line).instance),
        ['1', '2'],
      )
    }
  })

  test('fails when one of them does not answer, and shows the others', async () => {
    await using instances = await Instances.start('1', '2')
    await instances.stop('1', 'SIGKILL')
    const { code, stdout, stderr } = await instances.ctl('--all', 'reopen')
    assert.equal(code, 3)
    assert.equal(stdout, 'webserver@2\nReopened the logs\n')
    assert.match(
      stderr,
      /^webserver@1: webserver is not running: nothing answers at ".*webserver-1\.sock"\n$/,
    )
    assert.equal(await instances.stop('2'), 0)
    await instances.launch('1')
    assert.equal((await instances.ctl('--all', 'stop')).code, 0)
    assert.equal((await instances.ctl('--all', 'status')).code, 3)
  })

  test('refuses what is for one of them', async () => {
    await using instances = await Instances.start('1')
    const trace = await instances.ctl('--all', 'trace', '1', '-o', instances.folder.resolve('t.json'))
    assert.equal(trace.code, 2)
    assert.match(trace.stderr, /choose it with --instance NAME\n$/)
    assert.equal((await instances.ctl('--all', '--instance', '1', 'status')).code, 2)
  })
})
