import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, readFileSync, renameSync } from 'node:fs'
import { createServer, type ListenOptions, type Server } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { DaemonStatus, ReloadOutcome } from '../src/control/daemon.ts'
import { callDaemon } from '../src/ctl/control-client.ts'
import { ffi } from '../src/libc.ts'
import { Client, get } from './support/client.ts'
import { Folder } from './support/folder.ts'
import { NotifySocket } from './support/notify-socket.ts'
import { Program, WEBSERVER } from './support/program.ts'
import { certify } from './support/tls-client.ts'
import { DEADLINE, eventually, until } from './support/wait.ts'

const PAGE = 'a.txt'
/** Why no address can be added to a network of one's own; false when it can. */
const SKIP_NETWORK =
  process.getuid?.() === 0 && spawnSync('ip', ['-Version']).status === 0
    ? false
    : 'only root can add an address'

/** A listening socket such as systemd opens for a service: it accepts nothing by itself. */
class OpenedSocket implements Disposable {
  readonly descriptor: number
  /** 0 for a Unix socket. */
  readonly port: number

  private constructor(descriptor: number, port: number) {
    this.descriptor = descriptor
    this.port = port
  }

  static async listen(options: ListenOptions): Promise<OpenedSocket> {
    const server = createServer().listen(options)
    await once(server, 'listening')
    const address = server.address()
    const opened = new OpenedSocket(
      duplicateOf(server),
      typeof address === 'object' ? (address?.port ?? 0) : 0,
    )
    // Node would accept clients, and removes the name of a Unix socket when it closes it.
    const { path } = options
    if (path !== undefined) renameSync(path, `${path}.kept`)
    server.close()
    await once(server, 'close')
    if (path !== undefined) renameSync(`${path}.kept`, path)
    return opened
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor)
  }
}

function duplicateOf(server: Server): number {
  assert.ok(ffi !== undefined)
  using libc = ffi.dlopen(null, { dup: { return: 'i32', arguments: ['i32'] } })
  const { fd } = Reflect.get(server, '_handle') as { readonly fd: number }
  return libc.functions.dup(fd)
}

/** Sockets and the names they are passed by. */
type Passed = readonly (readonly [name: string, socket: OpenedSocket])[]

/** The daemon as systemd starts it: with sockets that are said to be for its process, and stderr as the journal. */
function startService(
  folder: Folder,
  passed: Passed,
  environment: NodeJS.ProcessEnv = {},
  ownNetwork = false,
): Program {
  const script = [
    '[ -z "$STDERR_IS_JOURNAL" ] || export JOURNAL_STREAM=$(stat --dereference --format=%d:%i /proc/self/fd/2)',
    // Without any address a network takes every address for its own.
    ownNetwork ? 'ip link set lo up' : '',
    'LISTEN_PID=$$ exec "$@"',
  ].join('\n')
  const command = [process.execPath, WEBSERVER, '--config', folder.configFile]
  return new Program('/bin/sh', ['-c', script, 'sh', ...command], {
    environment: {
      LISTEN_FDS: `${passed.length}`,
      LISTEN_FDNAMES: passed.map(([name]) => name).join(':'),
      ...environment,
    },
    descriptors: passed.map(([, { descriptor }]) => descriptor),
    ownNetwork,
  })
}

/** A daemon that tells of itself, and what it has told. */
class Service implements AsyncDisposable {
  readonly folder = new Folder()
  readonly manager = new NotifySocket(this.folder.resolve('notify'))
  readonly program: Program

  constructor(config: readonly string[] = [], environment: NodeJS.ProcessEnv = {}, ownNetwork = false) {
    this.folder.configure(config)
    this.folder.publish(PAGE, 'first')
    const told = { NOTIFY_SOCKET: this.manager.name, ...environment }
    this.program = startService(this.folder, [], told, ownNetwork)
  }

  /** The first message after so many that has this in it, once there is one. */
  async told(text: string, after = 0): Promise<string> {
    const look = () => this.manager.messages.slice(after).find(message => message.includes(text))
    return await eventually(look, `a message with ${JSON.stringify(text)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]()
    this.manager[Symbol.dispose]()
    this.folder[Symbol.dispose]()
  }
}

describe('systemd is told', { concurrency: 3 }, () => {
  test('that the server is ready, and what it listens on, when it can be asked', async () => {
    await using service = new Service()
    const message = await service.told('READY=1')
    const [, port] =
      /^STATUS=Listening on 127\.0\.0\.1:(\d+): 0 requests served, 0 B sent, 0 connections open$/m.exec(
        message,
      ) ?? []
    using client = await Client.connect(Number(port))
    client.send(get(`/${PAGE}`))
    assert.equal((await client.response()).status, 200)
  })

  test('that an address is not there yet, as after booting, and is tried again', {
    skip: SKIP_NETWORK,
  }, async () => {
    await using service = new Service(['Listen 192.0.2.1:8080'], {}, true)
    await service.told(
      'STATUS=webserver: Cannot listen on 192.0.2.1:8080: this machine does not have that address',
    )
    const { pid } = service.program
    const add = ['--target', `${pid}`, '--net', 'ip', 'address', 'add', '192.0.2.1/32', 'dev', 'lo']
    assert.equal(spawnSync('nsenter', add).status, 0)
    await service.told('STATUS=Listening on 192.0.2.1:8080')
    await until(() => service.folder.read('var/log/error.log').includes('Serving '), 'the notice')
    assert.equal(service.folder.read('var/log/error.log').match(/Serving /g)?.length, 1)
  })

  test('why a server does not start', async () => {
    await using service = new Service(['KeepAlive Onn', 'MaxWait soon'])
    const { code, stdout, stderr } = await service.program.outcome()
    assert.deepEqual([code, stdout], [1, ''])
    assert.deepEqual(service.manager.messages, [`STATUS=${stderr.split('\n')[0]}`])
    assert.match(stderr, /^\S+webserver\.conf:3:11: Expected On or Off, got "Onn"/)
  })

  test('when a reload begins and ends, and why it was refused', async () => {
    await using service = new Service()
    await service.told('READY=1')
    service.folder.configure(['KeepAlive Onn', 'MaxWait soon'])
    service.program.signal('SIGHUP')
    assert.match(await service.told('RELOADING=1'), /^MONOTONIC_USEC=\d+$/m)
    const refused = await service.told('READY=1', 2)
    assert.match(
      refused,
      /^STATUS=Listening on .*; the last reload was refused: \S+webserver\.conf:3:11: Expected On or Off, got "Onn".* \(and 1 more\)$/m,
    )

    const before = service.manager.messages.length
    service.folder.configure(['KeepAlive Off'])
    await callDaemon(service.folder.socket, 'reload', undefined, DEADLINE)
    await service.told('RELOADING=1', before)
    assert.doesNotMatch(await service.told('READY=1', before), /refused/)
  })

  test('when the server stops, and how long that may take', async () => {
    await using service = new Service()
    await service.told('READY=1')
    service.program.signal('SIGTERM')
    assert.match(await service.told('STOPPING=1'), /^EXTEND_TIMEOUT_USEC=20000000$/m)
    assert.equal((await service.program.outcome()).code, 0)
  })

  test('again and again that the server lives, and what it has served', async () => {
    await using service = new Service([], { WATCHDOG_USEC: '300000' })
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(await service.told('READY=1')) ?? []
    await until(
      () => service.manager.messages.filter(message => message.includes('WATCHDOG=1')).length > 2,
      'signs of life',
    )
    using client = await Client.connect(Number(port))
    client.send(get(`/${PAGE}`))
    await client.response()
    const served = /^STATUS=.*: 1 request served, \d+ B sent, 1 connection open$/m
    await until(() => service.manager.messages.some(message => served.test(message)), 'what it has served')
  })

  test('nothing more while the server is blocked', async () => {
    await using service = new Service([], { WATCHDOG_USEC: '300000' })
    await service.told('WATCHDOG=1')
    service.program.signal('SIGSTOP')
    await until(() => isStopped(service.program.pid), 'the process to be stopped')
    const before = service.manager.messages.length
    await pause(500)
    assert.equal(service.manager.messages.length, before)
  })
})

describe('Sockets that systemd has opened', { concurrency: 3 }, () => {
  test('are served in place of those that the configuration names, also after a reload', async () => {
    using folder = new Folder()
    folder.configure(['Listen 127.0.0.1:1', 'ControlSocket var/run/other.sock'])
    folder.publish(PAGE, 'first')
    using one = await OpenedSocket.listen({ port: 0, host: '127.0.0.1' })
    using two = await OpenedSocket.listen({ port: 0, host: '127.0.0.2' })
    using control = await OpenedSocket.listen({ path: folder.socket })
    await using program = startService(folder, [
      ['http', one],
      ['control', control],
      ['http', two],
    ])
    const status = async () => await callDaemon(folder.socket, 'status', undefined, DEADLINE)
    const listening = [`127.0.0.1:${one.port}`, `127.0.0.2:${two.port}`]
    assert.partialDeepStrictEqual(await status(), { kind: 'reply', result: { listening } })

    folder.configure(['Listen 127.0.0.1:2', 'ControlSocket var/run/another.sock'])
    const reloaded = await callDaemon(folder.socket, 'reload', undefined, DEADLINE)
    const warning = /^Listen has no effect, since systemd has opened the sockets: change ListenStream= with /
    assert.ok(reloaded.kind === 'reply')
    const { kind, warnings } = reloaded.result as Extract<ReloadOutcome, { readonly kind: 'reloaded' }>
    assert.equal(kind, 'reloaded')
    assert.match(warnings.join(), warning)
    const again = await callDaemon(folder.socket, 'reload', undefined, DEADLINE)
    assert.partialDeepStrictEqual(again, { kind: 'reply', result: { kind: 'reloaded', warnings: [] } })
    assert.partialDeepStrictEqual(await status(), { kind: 'reply', result: { listening } })
    for (const [port, host] of [
      [one.port, '127.0.0.1'],
      [two.port, '127.0.0.2'],
    ] as const) {
      using client = await Client.connect(port, host)
      client.send(get(`/${PAGE}`))
      assert.equal((await client.response()).body.toString(), 'first')
    }
    const log = folder.read('var/log/error.log')
    assert.match(log, /Serving .*, which systemd has opened: Listen has no effect$/m)
    assert.match(log, /webserverctl will not find the socket of systemd at ".*other\.sock": name the path/)

    program.signal('SIGTERM')
    assert.equal((await program.outcome()).code, 0)
    assert.ok(existsSync(folder.socket), "the socket is not the server's to remove")
  })

  test('may be Unix sockets, which stay when the server stops', async () => {
    using folder = new Folder()
    folder.configure(['Listen 127.0.0.1:1'])
    folder.publish(PAGE, 'first')
    const path = folder.resolve('var/run/web.sock')
    using socket = await OpenedSocket.listen({ path })
    await using program = startService(folder, [['http', socket]])
    using client = await Client.connectUnix(path)
    client.send(get(`/${PAGE}`))
    assert.equal((await client.response()).body.toString(), 'first')
    const status = await callDaemon(folder.socket, 'status', undefined, DEADLINE)
    assert.partialDeepStrictEqual(status, { kind: 'reply', result: { listening: [`unix:${path}`] } })
    const reloaded = await callDaemon(folder.socket, 'reload', undefined, DEADLINE)
    assert.partialDeepStrictEqual(reloaded, { kind: 'reply', result: { kind: 'reloaded' } })
    program.signal('SIGTERM')
    assert.equal((await program.outcome()).code, 0)
    assert.ok(existsSync(path))
  })

  test('speak what they have spoken, though a reload says another thing, and that is told', async () => {
    using folder = new Folder()
    folder.configure([])
    using socket = await OpenedSocket.listen({ port: 0, host: '127.0.0.1' })
    await using program = startService(folder, [['http', socket]])
    await until(async () => {
      assert.equal(program.code, undefined, program.stderr)
      return (await callDaemon(folder.socket, 'status', undefined, DEADLINE)).kind === 'reply'
    }, 'an answer of the server')
    const warningsOf = async (...lines: readonly string[]) => {
      folder.configure(lines)
      const reloaded = await callDaemon(folder.socket, 'reload', undefined, DEADLINE)
      assert.ok(reloaded.kind === 'reply')
      assert.partialDeepStrictEqual(reloaded.result, { kind: 'reloaded' })
      return (reloaded.result as Extract<ReloadOutcome, { readonly kind: 'reloaded' }>).warnings.join()
    }
    assert.match(
      await warningsOf('SSLEngine On', ...certify(folder, 'one')),
      /127\.0\.0\.1:\d+ does not speak HTTPS yet, .*: "systemctl restart webserver"/,
    )
    assert.doesNotMatch(await warningsOf('MaxWait 30ms'), /does not speak/)
  })

  test('keep the clients that come while the server is restarted', async () => {
    using folder = new Folder()
    folder.configure([])
    folder.publish(PAGE, 'first')
    using socket = await OpenedSocket.listen({ port: 0, host: '127.0.0.1' })
    {
      await using program = startService(folder, [['http', socket]])
      using client = await Client.connect(socket.port)
      client.send(get(`/${PAGE}`))
      await client.response()
      program.signal('SIGTERM')
      await program.outcome()
    }
    using meanwhile = await Client.connect(socket.port)
    meanwhile.send(get(`/${PAGE}`))
    await using _next = startService(folder, [['http', socket]])
    assert.equal((await meanwhile.response()).body.toString(), 'first')
  })

  for (const { what, name, message } of [
    {
      what: 'without a name that says what it is for',
      name: 'webserver.socket',
      message: /got "webserver\.socket": write FileDescriptorName=http/,
    },
    {
      what: 'for webserverctl that is of TCP',
      name: 'control',
      message: /^webserver: Expected a Unix socket named control/,
    },
  ] as const) {
    test(`are refused when there is one ${what}`, async () => {
      using folder = new Folder()
      folder.configure([])
      using socket = await OpenedSocket.listen({ port: 0, host: '127.0.0.1' })
      await using program = startService(folder, [[name, socket]])
      const { code, stderr } = await program.outcome()
      assert.equal(code, 1)
      assert.match(stderr, message)
    })
  }
})

test('A new client whose first request is under way when the server stops is served', async () => {
  await using service = new Service()
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(await service.told('READY=1')) ?? []
  using client = await Client.connect(Number(port))
  client.send('GET /')
  await until(async () => {
    const outcome = await callDaemon(service.folder.socket, 'status', undefined, DEADLINE)
    return outcome.kind === 'reply' && (outcome.result as DaemonStatus).connections.open === 1
  }, 'the client to be accepted')
  service.program.signal('SIGTERM')
  await service.told('STOPPING=1')
  client.send(get(`/${PAGE}`).slice('GET /'.length))
  const { fields, body } = await client.response()
  assert.deepEqual([body.toString(), fields.get('connection')], ['first', 'close'])
  assert.equal((await service.program.outcome()).code, 0)
})

test('Where stderr is the journal each line bears its priority, and there is no banner', async () => {
  await using service = new Service(['LogLevel debug'], { STDERR_IS_JOURNAL: 'yes' })
  await service.told('READY=1')
  await until(() => service.program.stderr.includes('Serving '), 'its first message')
  const asRoot = process.getuid?.() === 0 ? '<4>core: Running as root, .*\\n' : ''
  assert.match(
    service.program.stderr,
    new RegExp(`^${asRoot}<5>core: Serving \\S+ with webserver [\\d.]+ on 127\\.0\\.0\\.1:\\d+\\n$`),
  )
  assert.equal(service.program.stdout, '')
})

test('Where stderr is the journal each message of ErrorLog stderr, and each request, stands there once', async () => {
  await using service = new Service(['ErrorLog stderr', 'CustomLog journal "%r"'], {
    STDERR_IS_JOURNAL: 'yes',
  })
  await service.told('READY=1')
  await until(() => service.program.stderr.includes('Serving '), 'its first message')
  const [, port] = / on 127\.0\.0\.1:(\d+)\n/.exec(service.program.stderr) ?? []
  using client = await Client.connect(Number(port))
  client.send(get(`/${PAGE}`))
  assert.equal((await client.response()).status, 200)
  await until(() => service.program.stderr.includes('GET '), 'the line of the request')
  const lines = service.program.stderr.split('\n').filter(line => !line.includes('as root'))
  assert.match(lines[0] ?? '', /^<5>core: Serving /)
  assert.deepEqual(lines.slice(1), [`GET /${PAGE} HTTP/1.1`, ''])
})

test('Where stderr is the journal each line of a refusal is an error', async () => {
  await using service = new Service(['KeepAlive Onn'], { STDERR_IS_JOURNAL: 'yes' })
  const { code, stderr } = await service.program.outcome()
  assert.equal(code, 1)
  assert.match(stderr, /^<3>\S+webserver\.conf:3:11: .*\n<3> {2}KeepAlive Onn\n<3> +\^\n$/)
})

test('A fault ends the server with another exit code than a start that was refused', async () => {
  const fault = 'setTimeout(() => { throw new Error("out of order") }, 100)'
  await using service = new Service([], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
  })
  const { code, stderr } = await service.program.outcome()
  assert.equal(code, 70)
  assert.match(stderr, /^Error: out of order\n {4}at /m)
})

function isStopped(pid: number): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}
