import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { describe, test } from 'node:test'
import { callDaemon } from '../src/ctl/control-client.ts'
import { Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import { Part } from './support/part.ts'
import { OTHER_USER, Program, run, SKIP_OTHER_USER, WEBSERVER } from './support/program.ts'
import { DEADLINE, eventually, until } from './support/wait.ts'

const FILES = { 'a.txt': 'first' }
/** Which each take the port for themselves. */
const OVERLAPPING = ['127.0.0.1:', '', '0.0.0.0:', '127.0.0.1:', '[::]:'] as const

/** Clients that come one after another, each for one request, and one that stays; counts what goes wrong. */
class Visitors implements AsyncDisposable {
  served = 0
  readonly failures: string[] = []
  #isOver = false
  readonly #visits: Promise<unknown>

  constructor(port: number) {
    this.#visits = Promise.all([this.#come(port), this.#come(port), this.#stay(port)])
  }

  async #come(port: number): Promise<void> {
    while (!this.#isOver && this.failures.length === 0) {
      await this.#try(async () => {
        using client = await Client.connect(port)
        client.send(get('/a.txt', 'Connection: close'))
        assert.equal((await client.response()).status, 200)
      })
    }
  }

  async #stay(port: number): Promise<void> {
    using client = await Client.connect(port)
    while (!this.#isOver && this.failures.length === 0) {
      await this.#try(async () => {
        client.send(get('/a.txt'))
        assert.equal((await client.response()).status, 200)
      })
    }
  }

  async #try(visit: () => Promise<void>): Promise<void> {
    try {
      await visit()
      this.served++
    } catch (error) {
      this.failures.push(String(error))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await this.#visits
  }
}

async function reload(daemon: Daemon): Promise<string> {
  const outcome = await callDaemon(daemon.folder.socket, 'reload', undefined, DEADLINE)
  return outcome.kind === 'reply' ? (outcome.result as { readonly kind: string }).kind : outcome.kind
}

describe('A reload that changes the address on the same port', () => {
  test('interrupts nobody, neither those who come nor those who are there', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: ['MaxKeepAliveRequests 0'] })
    const { port } = daemon
    await using visitors = new Visitors(port)
    for (let count = 0; count < 40; count++) {
      const before = visitors.served
      const address = OVERLAPPING[count % OVERLAPPING.length]
      await daemon.reconfigure(`Listen ${address}${port}`, 'MaxKeepAliveRequests 0')
      await until(() => visitors.served > before + 2 || visitors.failures.length > 0, 'visitors')
    }
    assert.deepEqual(visitors.failures, [])
  })

  test('interrupts nobody either when it is refused', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: ['MaxKeepAliveRequests 0'] })
    const { port } = daemon
    using stack = new DisposableStack()
    const other = stack.adopt(createServer().listen(0, '127.0.0.1'), server => server.close())
    await once(other, 'listening')
    await using visitors = new Visitors(port)
    for (const address of OVERLAPPING) {
      await daemon.reconfigure(`Listen ${address}${port}`, 'MaxKeepAliveRequests 0')
      for (const wanted of OVERLAPPING) {
        const before = visitors.served
        daemon.folder.configure([
          `Listen ${wanted}${port}`,
          `Listen 127.0.0.1:${(other.address() as AddressInfo).port}`,
        ])
        assert.equal(await reload(daemon), 'refused')
        await until(() => visitors.served > before + 2 || visitors.failures.length > 0, 'visitors')
      }
    }
    assert.deepEqual(visitors.failures, [])
  })

  test('serves 0.0.0.0 and [::] side by side, and interrupts nobody on the way there and back', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: ['MaxKeepAliveRequests 0'] })
    const { port } = daemon
    await using visitors = new Visitors(port)
    const both = [`Listen 0.0.0.0:${port}`, `Listen [::]:${port}`]
    const steps = [
      [`Listen [::]:${port}`],
      both,
      [`Listen 0.0.0.0:${port}`],
      both.toReversed(),
      [`Listen ${port}`],
      both,
    ]
    for (const step of steps) {
      const before = visitors.served
      await daemon.reconfigure(...step, 'MaxKeepAliveRequests 0')
      await until(() => visitors.served > before + 2 || visitors.failures.length > 0, 'visitors')
      if (step.length < 2) continue
      assert.deepEqual((await daemon.status()).listening.toSorted(), [`0.0.0.0:${port}`, `[::]:${port}`])
      for (const host of ['127.0.0.1', '::1']) {
        using client = await Client.connect(port, host)
        client.send(get('/a.txt', 'Connection: close'))
        assert.equal((await client.response()).status, 200, host)
      }
    }
    assert.deepEqual(visitors.failures, [])
  })

  test('takes in also those who had come and were not accepted yet', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    const { port } = daemon
    // Accepted one in each round of its loop, they cannot all have been when the address changes.
    const clients = Array.from({ length: 200 }, async () => {
      using client = await Client.connect(port)
      client.send(get('/a.txt'))
      return (await client.response()).status
    })
    await daemon.reconfigure(`Listen ${port}`)
    await daemon.reconfigure(`Listen 127.0.0.1:${port}`)
    assert.deepEqual(new Set(await Promise.all(clients)), new Set([200]))
  })

  test('leaves the port to nobody else', { skip: SKIP_OTHER_USER }, async () => {
    await using daemon = await Daemon.start({ files: FILES })
    await daemon.reconfigure(`Listen ${daemon.port}`)
    await daemon.reconfigure(`Listen 127.0.0.1:${daemon.port}`)

    using folder = new Folder()
    folder.configure([`Listen 127.0.0.1:${daemon.port}`])
    const { code, stderr } = await run(WEBSERVER, ['--config', folder.configFile])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`the port is taken by webserver \\(pid ${daemon.pid}\\)`))

    for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
      const script = `
        const options = ${JSON.stringify({ host, port: daemon.port, reusePort: true })}
        const server = require('node:net').createServer()
        server.on('error', error => process.stdout.write(error.code))
        server.listen(options, () => process.exit(1))
      `
      const thief = await run(process.execPath, ['-e', script], { user: OTHER_USER })
      assert.deepEqual({ ...thief, stderr: '' }, { code: 0, stdout: 'EADDRINUSE', stderr: '' }, host)
    }
  })
})

test('A server is not told to stop itself when it is somebody unseen who has the port', {
  skip: SKIP_OTHER_USER,
}, async () => {
  using stack = new DisposableStack()
  const other = stack.adopt(createServer().listen(0, '127.0.0.1'), server => server.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await using daemon = await Daemon.start({ user: OTHER_USER, config: [`Listen 127.0.0.2:${port}`] })
  daemon.folder.configure([`Listen 127.0.0.2:${port}`, `Listen 127.0.0.1:${port}`])
  const { code, stderr } = await daemon.ctl('reload')
  assert.equal(code, 1)
  assert.match(
    stderr,
    /the port is taken by another process \(root sees which with "ss -ltnp"\); stop it, or/,
  )
})

test('A reload is refused that would leave nothing to listen on', async () => {
  await using daemon = await Daemon.start({ files: FILES })
  writeFileSync(daemon.folder.configFile, 'KeepAlive On\n')
  const { code, stderr } = await daemon.ctl('reload')
  assert.equal(code, 1)
  assert.match(stderr, /: nothing to listen on; add a line/)
  assert.equal((await daemon.ask(get('/a.txt'))).status, 200)
})

test('A reload tells what it warns of, and so does the error log', async () => {
  await using daemon = await Daemon.start({ config: ['ErrorDocument 403 /absent.html'] })
  const warning = `${daemon.folder.configFile}:3:19: Cannot send "${daemon.folder.resolve('var/www/absent.html')}": no such`
  const { code, stdout, stderr } = await daemon.ctl('reload')
  assert.deepEqual([code, stdout], [0, 'Reloaded: nothing has changed\n'])
  assert.ok(stderr.startsWith(`Warning: ${warning}`), stderr)
  const lines = await daemon.logLines('var/log/error.log', 4)
  assert.equal(lines.filter(line => line.includes(` [config:warn] `) && line.includes(warning)).length, 2)
})

test('An address that is given up is free at once', async () => {
  await using daemon = await Daemon.start({ files: FILES })
  await daemon.reconfigure('Listen 127.0.0.2:0')
  const address = `Listen 127.0.0.1:${daemon.port}`
  await using next = await eventually(() => tryToStart(address), 'another server on its address')
  assert.equal(next.code, undefined)
})

/** Undefined when it does not start. */
async function tryToStart(address: string): Promise<Program | undefined> {
  const folder = new Folder()
  folder.configure([address])
  const program = new Program(WEBSERVER, ['--config', folder.configFile])
  await until(() => program.code !== undefined || program.stdout.includes('Stop'), 'its start or its end')
  return program.code === undefined ? program : undefined
}

describe('Reloads that are asked for while one is under way', () => {
  test('are one, be they a thousand signals', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    using part = new Part(daemon.folder)
    daemon.folder.configure(['Include etc/part.conf'])
    daemon.program.signal('SIGHUP')
    await part.written(() => {
      for (let count = 0; count < 1000; count++) daemon.program.signal('SIGHUP')
    })
    await daemon.untilStatus(({ configuration }) => configuration.reloads === 2, 'a second reload')
    assert.equal(await reload(daemon), 'reloaded')
    assert.equal((await daemon.status()).configuration.reloads, 3)
  })

  test('each have the outcome of one that has begun after they were', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    using part = new Part(daemon.folder)
    daemon.folder.configure(['Include etc/part.conf', 'KeepAlive Off'])
    const first = reload(daemon)
    const later: Promise<string>[] = []
    await part.written(() => {
      daemon.folder.configure(['KeepAlive Onn'])
      for (let count = 0; count < 10; count++) later.push(reload(daemon))
    })
    assert.equal(await first, 'reloaded')
    assert.deepEqual(new Set(await Promise.all(later)), new Set(['refused']))
    assert.equal((await daemon.ask(get('/a.txt'))).fields.get('connection'), 'close')
  })
})
