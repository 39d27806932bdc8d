import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { callDaemon } from '../src/ctl/control-client.ts'
import { Client, get } from './support/client.ts'
import { Daemon, type DaemonOptions } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import { OTHER_USER, run, SKIP_OTHER_USER, WEBSERVER } from './support/program.ts'
import type { Response } from './support/response.ts'
import { DEADLINE, until } from './support/wait.ts'

const LISTEN = 'Listen unix:var/run/web.sock'
const FILES = { 'a.txt': 'first', 'folder/index.html': 'index' }
const MIB = 1024 ** 2

async function start({ config = [LISTEN], files = FILES, ...options }: DaemonOptions = {}): Promise<Daemon> {
  return await Daemon.start({ config, files, ...options })
}

function connect({ folder }: Daemon, name = 'web.sock'): Promise<Client> {
  return Client.connectUnix(folder.resolve(`var/run/${name}`))
}

async function ask(daemon: Daemon, request: string, name?: string): Promise<Response> {
  using client = await connect(daemon, name)
  client.send(request)
  return await client.response()
}

async function reload(daemon: Daemon, ...lines: readonly string[]): Promise<unknown> {
  daemon.folder.configure(lines)
  const outcome = await callDaemon(daemon.folder.socket, 'reload', undefined, DEADLINE)
  return outcome.kind === 'reply' ? outcome.result : outcome
}

function modeOf({ folder }: Daemon, name = 'web.sock'): string {
  return (lstatSync(folder.resolve(`var/run/${name}`)).mode & 0o777).toString(8)
}

describe('On a Unix socket', () => {
  test('files are served, redirects lead to the same server, and every address of the server is told', async () => {
    await using daemon = await start({ config: [LISTEN, 'Listen 127.0.0.1:0'] })
    const socket = daemon.folder.resolve('var/run/web.sock')
    assert.equal(`${(await ask(daemon, get('/a.txt'))).body}`, 'first')
    const redirect = await ask(daemon, get('/folder'))
    assert.deepEqual([redirect.status, redirect.fields.get('location')], [301, 'folder/'])
    const { listening } = await daemon.status()
    assert.equal(listening[0], `unix:${socket}`)
    assert.match(daemon.program.stdout, /curl --unix-socket \S+web\.sock http:\/\/localhost\/\n/)
    assert.match(
      await daemon.errorLog(),
      new RegExp(`Serving .* on unix:${socket} and 127\\.0\\.0\\.1:\\d+\n`),
    )
    const { stdout } = await daemon.ctl('status')
    assert.match(stdout, new RegExp(`Addresses +unix:${socket}\n`))
  })

  test('its clients stand in the logs as those of a Unix socket', async () => {
    await using daemon = await start({
      config: [LISTEN, 'CustomLog var/log/access.log "%h %a %A %p %{remote}p %s"', 'LogLevel debug'],
    })
    await ask(daemon, get('/none'))
    const socket = daemon.folder.resolve('var/run/web.sock')
    assert.deepEqual(await daemon.accessLog(1), [`unix: unix: unix:${socket} 0 0 404`])
    assert.match(await daemon.errorLog(), /\[client unix:\] .*no file is at /)
  })

  test('a large file arrives whole, by sendfile and by writes, and what a client sends meanwhile is answered', async () => {
    const content = randomBytes(3 * MIB)
    await using daemon = await start({ files: { large: content } })
    using client = await connect(daemon)
    client.send(get('/large') + get('/large', 'Range: bytes=1-1000000'))
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    await client.responseHead()
    assert.equal(await client.hash(content.length), hash(content))
    assert.equal((await client.responseHead()).status, 206)
    assert.equal(await client.hash(1_000_000), hash(content.subarray(1, 1_000_001)))
  })

  test('a client that ends its side gets its answers, and then the end', async () => {
    await using daemon = await start()
    using client = await connect(daemon)
    client.send(get('/a.txt') + get('/a.txt'))
    client.endSending()
    const { bytes, end } = await client.untilClosed()
    assert.equal(bytes.toString().match(/first/g)?.length, 2)
    assert.equal(end, 'closed')
  })

  test('a client that takes nothing of its response is given up, and can tell that it is not whole', async () => {
    await using daemon = await start({
      config: [LISTEN, 'Timeout 500ms'],
      files: { large: Buffer.alloc(9 * MIB) },
    })
    using client = await connect(daemon)
    client.send(get('/large'))
    const line = await daemon.logged('GET /large')
    assert.match(line, / 200 /)
    const { bytes } = await client.untilClosed()
    assert.match(bytes.toString('latin1', 0, 500), /\r\nContent-Length: 9437184\r\n/)
    assert.ok(bytes.length < 9 * MIB)
  })

  test('a client that takes something, and less than SendMinRate, is given up too', async () => {
    await using daemon = await start({
      config: [LISTEN, 'Timeout 500ms', 'SendMinRate 1G'],
      files: { large: Buffer.alloc(30 * MIB) },
    })
    using client = await connect(daemon)
    client.send(get('/large'))
    await client.responseHead()
    const takeSlowly = async () => {
      for (;;) {
        await client.bytes(1024)
        await pause(1)
      }
    }
    await assert.rejects(takeSlowly, /before the connection was closed/)
    assert.match(await daemon.logged('GET /large'), / 200 /)
  })

  test('all who have come are answered when the server stops', async () => {
    await using daemon = await start()
    const clients = await Promise.all(Array.from({ length: 200 }, () => connect(daemon)))
    for (const client of clients) client.send(get('/a.txt'))
    const stopped = daemon.stop()
    for (const client of clients) {
      assert.equal((await client.response()).status, 200)
      client[Symbol.dispose]()
    }
    assert.equal(await stopped, 0)
  })

  test('the hosts of all addresses answer, and those of a port do not', async () => {
    const block = (tag: string, name: string) => [
      `<VirtualHost ${tag}>`,
      `Redirect permanent / https://${name}.example/`,
      '</VirtualHost>',
    ]
    const locationAt = async (daemon: Daemon) => (await ask(daemon, get('/x'))).fields.get('location')
    const blocks = [...block('*:80', 'port'), ...block('*', 'all')]
    await using daemon = await start({ config: [LISTEN, 'Listen 127.0.0.1:0', ...blocks] })
    assert.equal(await locationAt(daemon), 'https://all.example/x')
    await daemon.reconfigure(LISTEN, 'Listen 127.0.0.1:0', ...block('*:80', 'port'))
    assert.equal((await ask(daemon, get('/a.txt'))).status, 200, 'of the main server')
  })

  test('nobody has an address, so that Require ip lets nobody in, and keeps nobody out', async () => {
    const location = (path: string, ...lines: readonly string[]) => [
      `<Location ${path}>`,
      ...lines,
      '</Location>',
    ]
    await using daemon = await start({
      config: [
        LISTEN,
        ...location('/a.txt', 'Require ip 127.0.0.1 ::1 0.0.0.0/0 ::/0'),
        ...location(
          '/folder',
          '<RequireAll>',
          'Require all granted',
          'Require not ip 127.0.0.0/8',
          '</RequireAll>',
        ),
      ],
    })
    assert.equal((await ask(daemon, get('/a.txt'))).status, 403)
    assert.equal((await ask(daemon, get('/folder/'))).status, 200)
  })

  test('MaxConnectionsPerAddress does not count, and MaxConnections does', async () => {
    await using daemon = await start({ config: [LISTEN, 'MaxConnectionsPerAddress 1', 'MaxConnections 3'] })
    using stack = new DisposableStack()
    const clients: Client[] = []
    for (let count = 0; count < 3; count++) clients.push(stack.use(await connect(daemon)))
    for (const client of clients) client.send('GET / HTTP/1.1\r\n')
    await daemon.untilStatus(({ connections }) => connections.open === 3, 'three connections')
    using fourth = await connect(daemon)
    fourth.send(get('/a.txt'))
    assert.equal((await fourth.response()).status, 503)
    assert.partialDeepStrictEqual(await daemon.status(), {
      connections: { turnedAway: { full: 1, perAddress: 0 } },
    })
  })
})

describe('The file of a Unix socket', () => {
  test('is for the owner and the group, or as its Listen says, and goes away with the server', async () => {
    await using daemon = await start({ config: [LISTEN, 'Listen unix:var/run/all.sock mode=0666'] })
    assert.equal(modeOf(daemon), '660')
    assert.equal(modeOf(daemon, 'all.sock'), '666')
    assert.equal(await daemon.stop(), 0)
    for (const name of ['web.sock', 'all.sock'])
      assert.ok(!existsSync(daemon.folder.resolve(`var/run/${name}`)))
  })

  test('has the group that its Listen names, also by its number and from a reload on', {
    skip: SKIP_OTHER_USER,
  }, async () => {
    const [name = '', , id = ''] =
      /^([^:\n]+):([^:\n]*):([1-9]\d*):/m.exec(readFileSync('/etc/group', 'utf8'))?.slice(1) ?? []
    await using daemon = await start({ config: [`${LISTEN} group=${name}`] })
    const group = () => lstatSync(daemon.folder.resolve('var/run/web.sock')).gid
    assert.equal(group(), Number(id))
    await daemon.reconfigure(`${LISTEN} group=${OTHER_USER} mode=0600`)
    assert.deepEqual([group(), modeOf(daemon)], [OTHER_USER, '600'])
    await daemon.reconfigure(LISTEN)
    assert.deepEqual([group(), modeOf(daemon)], [process.getegid?.(), '660'])
    assert.equal((await ask(daemon, get('/a.txt'))).status, 200)
  })

  test('of dead servers is replaced; that of a living one is told with its owner, and left', async () => {
    await using daemon = await start()
    const socket = daemon.folder.resolve('var/run/web.sock')
    using folder = new Folder()
    folder.configure([`Listen unix:${socket}`])
    const refused = await run(WEBSERVER, ['--config', folder.configFile])
    assert.equal(refused.code, 1)
    assert.match(
      refused.stderr,
      new RegExp(
        `^webserver: Cannot listen on unix:${socket}: Another daemon \\(pid ${daemon.pid}\\) answers at `,
      ),
    )
    assert.match(refused.stderr, /choose another path for Listen\n$/)
    assert.equal((await ask(daemon, get('/a.txt'))).status, 200)
    daemon.program.signal('SIGKILL')
    await daemon.program.outcome()
    assert.ok(lstatSync(socket).isSocket(), 'left behind')
    await using next = await Daemon.start({ config: [`Listen unix:${socket}`], files: FILES })
    using client = await Client.connectUnix(socket)
    client.send(get('/a.txt'))
    assert.equal((await client.response()).status, 200)
    assert.equal(await next.stop(), 0)
  })

  test('of another program that answers is left, and its owner told', async () => {
    using folder = new Folder()
    const socket = folder.resolve('var/run/web.sock')
    using stack = new DisposableStack()
    const other = stack.adopt(createServer().listen(socket), server => server.close())
    await once(other, 'listening')
    folder.configure([LISTEN])
    const { code, stderr } = await run(WEBSERVER, ['--config', folder.configFile])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`Another daemon \\(pid ${process.pid}\\) answers at "${socket}"`))
    assert.ok(lstatSync(socket).isSocket())
  })

  test('is never put in the place of another file', async () => {
    using folder = new Folder()
    folder.configure([LISTEN])
    const path = folder.resolve('var/run/web.sock')
    writeFileSync(path, 'precious')
    for (const arguments_ of [['--check'], []]) {
      const { code, stderr } = await run(WEBSERVER, ['--config', folder.configFile, ...arguments_])
      assert.equal(code, 1)
      assert.match(stderr, /:2:8: Cannot make a socket of ".*web\.sock": something else stands there/)
    }
    assert.equal(readFileSync(path, 'utf8'), 'precious')
  })

  test('is made again when somebody has removed it, at the latest with a reload, and that is told', async () => {
    await using daemon = await start({ config: [LISTEN, 'Listen unix:var/run/all.sock mode=0666'] })
    rmSync(daemon.folder.resolve('var/run/all.sock'))
    await daemon.reconfigure(LISTEN, 'Listen unix:var/run/all.sock mode=0666')
    assert.equal((await ask(daemon, get('/a.txt'), 'all.sock')).status, 200)
    assert.equal(modeOf(daemon, 'all.sock'), '666')
    rmSync(daemon.folder.resolve('var/run/all.sock'))
    await daemon.reconfigure(LISTEN, 'Listen unix:var/run/all.sock mode=0600')
    assert.equal(modeOf(daemon, 'all.sock'), '600', 'also with another mode')
    assert.match(
      await daemon.errorLog(),
      /The socket of Listen was not at ".*all\.sock" any more: it has been made again\n/,
    )
  })

  test('that has taken its place is not removed by a stop', async () => {
    await using daemon = await start()
    const path = daemon.folder.resolve('var/run/web.sock')
    renameSync(path, `${path}.moved`)
    writeFileSync(path, 'precious')
    assert.equal(await daemon.stop(), 0)
    assert.equal(readFileSync(path, 'utf8'), 'precious')
  })
})

describe('A reload', () => {
  test('keeps a Unix socket open, opens others, and removes those that are not named any more', async () => {
    await using daemon = await start()
    using client = await connect(daemon)
    const { ino } = lstatSync(daemon.folder.resolve('var/run/web.sock'))
    await daemon.reconfigure(LISTEN, 'Listen unix:var/run/other.sock', 'MaxWait 30ms')
    assert.equal(lstatSync(daemon.folder.resolve('var/run/web.sock')).ino, ino)
    assert.equal((await ask(daemon, get('/a.txt'), 'other.sock')).status, 200)
    await daemon.reconfigure('Listen unix:var/run/other.sock')
    await until(() => !existsSync(daemon.folder.resolve('var/run/web.sock')), 'the socket to be gone')
    client.send(get('/a.txt'))
    assert.equal((await client.response()).status, 200, 'who is there is served on')
  })

  test('interrupts nobody who comes to a socket that is given another mode again and again', async () => {
    await using daemon = await start({ config: [LISTEN, 'Listen 127.0.0.1:0'] })
    for (let count = 0; count < 20; count++) {
      const visit = ask(daemon, get('/a.txt'))
      await daemon.reconfigure(`${LISTEN} mode=${count % 2 === 0 ? '0600' : '0666'}`)
      assert.equal((await visit).status, 200)
      assert.equal(modeOf(daemon), count % 2 === 0 ? '600' : '666')
    }
  })

  test('with a socket that cannot be had leaves all as it was', async () => {
    await using daemon = await start()
    using stack = new DisposableStack()
    const taken = daemon.folder.resolve('var/run/taken.sock')
    const other = stack.adopt(createServer().listen(taken), server => server.close())
    await once(other, 'listening')
    const refused = await reload(
      daemon,
      `${LISTEN} mode=0600`,
      'Listen unix:var/run/new.sock',
      'Listen unix:var/run/taken.sock',
    )
    assert.partialDeepStrictEqual(refused, { kind: 'refused' })
    assert.equal(modeOf(daemon), '660')
    await until(() => !existsSync(daemon.folder.resolve('var/run/new.sock')), 'the new socket to be gone')
    assert.equal((await ask(daemon, get('/a.txt'))).status, 200)
    const nobody = await reload(daemon, `${LISTEN} group=there-is-none`)
    assert.match(
      JSON.stringify(nobody),
      /Cannot listen on unix:.*: there is no group .*there-is-none.* in \/etc\/group/,
    )
    assert.equal((await ask(daemon, get('/a.txt'))).status, 200)
  })
})

test('A check tells of a group that is not there', async () => {
  using folder = new Folder()
  folder.configure(['Listen 127.0.0.1:0', `${LISTEN} group=there-is-none`])
  const { code, stderr } = await run(WEBSERVER, ['--config', folder.configFile, '--check'])
  assert.equal(code, 1)
  assert.match(stderr, /:3:1: Cannot listen on unix:.*web\.sock: there is no group "there-is-none"/)
})
