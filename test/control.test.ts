import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { describe, test } from 'node:test'
import { callDaemon } from '../src/ctl/control-client.ts'
import { Client, get } from './support/client.ts'
import { Daemon, portOf } from './support/daemon.ts'
import { run, WEBSERVER, WEBSERVERCTL } from './support/program.ts'
import { DEADLINE, eventually, until } from './support/wait.ts'

const MIB = 1024 ** 2
/** More than the kernel takes for a client that takes nothing. */
const BIG = 17 * MIB
const FILES = { 'a.txt': 'first' }
const TRACE = '{"jsonrpc":"2.0","method":"trace","params":{"seconds":300},"id":1}\n'

test('The status is shown at once, also while a long download is in service', async () => {
  await using daemon = await Daemon.start({ files: FILES, config: ['MaxWait off'] })
  daemon.folder.publishSparse('huge.bin', BIG)
  await daemon.ask(get('/a.txt'))
  await daemon.ask(get('/absent'))
  using stalled = await daemon.connect()
  stalled.send(get('/huge.bin?"'))
  await stalled.responseHead()
  using waiting = await daemon.connect()
  waiting.send(get('/a.txt'))
  await daemon.untilStatus(
    ({ turn, connections }) => turn.waiting === 1 && connections.open === 2,
    'one to wait',
  )

  const page = await daemon.ctl('status')
  assert.equal(page.code, 0)
  assert.equal(page.stderr, '')
  for (const line of [
    /^● webserver [\d.]+ is running, up /m,
    new RegExp(`^ +Process +pid ${daemon.pid}, `, 'm'),
    new RegExp(`^ +Addresses +127\\.0\\.0\\.1:${daemon.port}$`, 'm'),
    /^ +In service +GET \/huge\.bin\?\\" HTTP\/1\.1$/m,
    /^ +from 127\.0\.0\.1, .* ago, .* sent$/m,
    /^ +Waiting +1 request$/m,
    /^ +Requests +2 served, /m,
    /^ +Connections +2 of 1,024 open, 4 accepted$/m,
    /MaxWait off$/m,
  ]) {
    assert.match(page.stdout, line)
  }

  const json = await daemon.ctl('status', '--json')
  assert.equal(json.code, 0)
  const status = JSON.parse(json.stdout)
  assert.deepEqual(Object.keys(status), Object.keys(await daemon.status()))
  assert.equal(status.pid, daemon.pid)
  assert.equal(status.turn.inService.requestLine, 'GET /huge.bin?\\" HTTP/1.1')
  assert.equal(status.turn.waiting, 1)
  assert.ok(Number.isInteger(status.turn.inService.since))
  // What is under way counts, beside what has been sent before.
  assert.ok(status.requests.bytesSent > status.turn.inService.bytesSent, json.stdout)
  assert.deepEqual(status.requests.byClass, { '1xx': 0, '2xx': 1, '3xx': 0, '4xx': 1, '5xx': 0 })
})

test('The control socket is for its owner and group alone', async () => {
  await using daemon = await Daemon.start()
  assert.equal(statSync(daemon.folder.socket).mode & 0o777, 0o660)
})

test('Whoever crowds the control socket does not lock its administrator out', async () => {
  await using daemon = await Daemon.start()
  using crowd = new DisposableStack()
  const join = async (bytes: string, event: 'connect' | 'data') => {
    const socket = crowd.adopt(connect(daemon.folder.socket), socket => void socket.destroy())
    // Some lose their places, and some find no room where the kernel has clients wait.
    socket.on('error', () => {})
    if (bytes !== '') socket.write(bytes)
    await once(socket, event).catch(() => {})
  }
  await Promise.all(Array.from({ length: 16 }, () => join(TRACE, 'data')))
  const silent = ['', '{"jsonrpc":']
  await Promise.all(Array.from({ length: 1000 }, (_, index) => join(silent[index % 2] ?? '', 'connect')))

  assert.equal((await daemon.ctl('status')).code, 0)
  assert.equal((await daemon.ctl('reload')).code, 0)
  assert.match(
    (await daemon.ctl('trace', '1', '-o', daemon.folder.resolve('t'))).stderr,
    /^Cannot trace: 4 cl/,
  )
  assert.equal((await daemon.ctl('stop')).code, 0)
  assert.equal((await daemon.program.outcome()).code, 0)
  assert.doesNotMatch(daemon.folder.read('var/log/error.log'), /error\]/)
})

test('Traces that nobody reads cost a few MiB together, and end', async () => {
  await using daemon = await Daemon.start({ files: FILES, config: ['MaxKeepAliveRequests 0'] })
  using deaf = new DisposableStack()
  for (let count = 0; count < 16; count++) {
    const socket = deaf.adopt(connect(daemon.folder.socket), socket => void socket.destroy())
    socket.on('error', () => {}).pause()
    socket.write(TRACE)
  }
  // What is recorded of each of these fills a line of 700 bytes in every trace.
  const line = `/${'"'.repeat(1000)}`
  using client = await daemon.connect()
  const before = (await daemon.status()).memory.resident
  for (let count = 0; count < 100; count++) {
    client.send(get(line).repeat(100))
    for (let answers = 0; answers < 100; answers++) assert.equal((await client.response()).status, 404)
  }
  const { resident } = (await daemon.status()).memory
  assert.ok(resident - before < 80 * MIB, `${Math.round((resident - before) / MIB)} MiB more`)
  await until(async () => {
    const outcome = await callDaemon(daemon.folder.socket, 'trace', { seconds: 1 }, DEADLINE)
    return outcome.kind === 'reply'
  }, 'room for a trace that is read')
})

test('Out of descriptors the server is controlled as ever, says so, and closes idle connections for others', async () => {
  await using daemon = await Daemon.start({ files: FILES, descriptorLimit: 64 })
  daemon.folder.publishSparse('huge.bin', BIG)
  let clients = new DisposableStack()
  using _clients = { [Symbol.dispose]: () => clients.dispose() }
  const join = () => {
    const socket = clients.adopt(connect(daemon.port, '127.0.0.1'), socket => void socket.destroy())
    // Of so many the last are reset.
    return socket.on('error', () => {}).pause()
  }
  // Each takes two, one of them for the file.
  for (let count = 0; count < 40; count++) join().write(get('/huge.bin'))
  const { connections } = await eventually(async () => {
    const status = await daemon.status()
    return status.connections.turnedAway.descriptors > 0 ? status : undefined
  }, 'clients to be turned away')
  assert.ok(connections.open > 10)

  for (const command of ['status', 'reload', 'reopen']) {
    const { code, stdout, stderr } = await daemon.ctl(command)
    assert.equal(code, 0, stderr)
    if (command === 'status') assert.match(stdout, /Turned away .* [1-9]\d* for want of descriptors\n/)
  }
  const errors = daemon.folder.read('var/log/error.log').match(/.*error\].*/g)
  for (const error of errors ?? []) assert.match(error, /: out of file descriptors; raise the limit/)
  assert.equal(errors?.length, 1)

  clients.dispose()
  await daemon.untilStatus(status => status.connections.open === 0, 'all connections to end')
  clients = new DisposableStack()
  let served = 0
  await until(() => {
    const socket = join()
    socket.once('data', () => served++)
    socket.resume().write(get('/a.txt'))
    return served > 100
  }, 'twice as many clients to be served as there is room for')
})

describe('A reload', () => {
  test('puts the configuration in force as it is now', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    assert.deepEqual(await daemon.ctl('reload'), {
      code: 0,
      stdout: 'Reloaded: nothing has changed\n',
      stderr: '',
    })
    daemon.folder.configure(['KeepAlive Off', 'Options +Indexes', 'ServerTokens Off'])
    assert.deepEqual(await daemon.ctl('reload'), {
      code: 0,
      stdout: 'Reloaded: 3 changes\n  Options\n  KeepAlive\n  ServerTokens\n',
      stderr: '',
    })
    const { fields } = await daemon.ask(get('/a.txt'))
    assert.equal(fields.get('connection'), 'close')
    assert.equal(fields.get('server'), undefined)
    assert.equal((await daemon.status()).configuration.reloads, 2)
  })

  test('of a broken configuration shows every mistake and changes nothing', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    daemon.folder.configure([
      'KeepAlive Off',
      'Lisen 80',
      'MaxWait soon',
      'DocumentRoot var/absent',
      'CustomLog var/log/other.log "%Z"',
    ])
    const { code, stdout, stderr } = await daemon.ctl('reload')
    const file = daemon.folder.configFile
    const lines = stderr.split('\n')
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.deepEqual(
      lines.slice(0, 4).map(line => line.split(' ')[0]),
      [`${file}:4:1:`, `${file}:5:9:`, `${file}:6:14:`, `${file}:7:30:`],
    )
    assert.match(stderr, /did you mean Listen\?/)
    assert.deepEqual(lines.slice(4), ['Not reloaded, 4 mistakes: the old configuration stays in force', ''])

    const { status, fields } = await daemon.ask(get('/a.txt'))
    assert.equal(status, 200)
    assert.equal(fields.get('connection'), undefined)
    assert.equal((await daemon.status()).configuration.reloads, 0)
    assert.equal(existsSync(daemon.folder.resolve('var/log/other.log')), false)
    assert.match(daemon.folder.read('var/log/error.log'), /webserver\.conf:5:9: Expected a duration/)
  })

  test('moves to another address and interrupts nobody', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: ['MaxWait off'] })
    daemon.folder.publishSparse('huge.bin', BIG)
    using idle = await daemon.connect()
    idle.send(get('/a.txt'))
    await idle.response()
    using busy = await daemon.connect()
    busy.send(get('/huge.bin'))
    await busy.responseHead()

    await daemon.reconfigure('Listen 127.0.0.2:0', 'MaxWait off')
    const { listening } = await daemon.status()
    assert.match(listening.join(), /^127\.0\.0\.2:\d+$/)
    await assert.rejects(Client.connect(daemon.port), { code: 'ECONNREFUSED' })

    await busy.skip(BIG)
    for (const client of [busy, idle]) {
      client.send(get('/a.txt'))
      assert.equal((await client.response()).body.toString(), 'first')
    }
    using fresh = await Client.connect(portOf(listening[0]), '127.0.0.2')
    fresh.send(get('/a.txt'))
    assert.equal((await fresh.response()).body.toString(), 'first')
  })

  test('opens to everybody a port that was for this machine alone, and closes it again', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    await daemon.reconfigure(`Listen ${daemon.port}`)
    for (const host of ['127.0.0.1', '127.0.0.2']) {
      using client = await Client.connect(daemon.port, host)
      client.send(get('/a.txt'))
      assert.equal((await client.response()).status, 200, host)
    }
    await daemon.reconfigure(`Listen 127.0.0.1:${daemon.port}`)
    await assert.rejects(Client.connect(daemon.port, '127.0.0.2'), { code: 'ECONNREFUSED' })
    assert.equal((await daemon.ask(get('/a.txt'))).status, 200)
  })

  test('serves another folder from then on, and what was begun to its end', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: ['MaxWait off'] })
    daemon.folder.publishSparse('huge.bin', BIG)
    daemon.folder.publish('../other/a.txt', 'other')
    using client = await daemon.connect()
    client.send(get('/huge.bin'))
    const head = await client.responseHead()
    await daemon.reconfigure('DocumentRoot var/other', 'MaxWait off')
    assert.equal(head.fields.get('content-length'), String(BIG))
    await client.skip(BIG)
    client.send(get('/a.txt') + get('/huge.bin'))
    assert.equal((await client.response()).body.toString(), 'other')
    assert.equal((await client.response()).status, 404)
  })

  test('logs to another file, and each request once', async () => {
    await using daemon = await Daemon.start({
      files: FILES,
      config: ['CustomLog var/log/access.log "old %q"', 'MaxWait off'],
    })
    daemon.folder.publishSparse('huge.bin', BIG)
    await daemon.ask(get('/a.txt?1'))
    using client = await daemon.connect()
    client.send(get('/huge.bin?2'))
    await client.responseHead()
    await daemon.reconfigure('CustomLog var/log/new.log "new %q"', 'MaxWait off')
    await client.skip(BIG)
    client.endSending()
    await daemon.ask(get('/a.txt?3'))
    assert.equal(await daemon.stop(), 0)
    const lines = [...(await daemon.accessLog(1)), ...(await daemon.logLines('var/log/new.log', 1))]
    assert.deepEqual(
      lines.map(line => line.replace(/^(old|new) \?2$/, 'either ?2')),
      ['old ?1', 'either ?2', 'new ?3'],
    )
  })

  test('moves the control socket, and the reply comes over the old one', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    daemon.folder.configure(['ControlSocket var/run/new.sock'])
    const reloaded = await run(WEBSERVERCTL, ['--socket', daemon.folder.socket, 'reload'])
    assert.equal(reloaded.stdout, 'Reloaded: 1 change\n  ControlSocket\n')
    assert.equal(existsSync(daemon.folder.socket), false)
    assert.equal((await daemon.ctl('status')).code, 0)
  })

  test('to an address that another process has is refused, and changes nothing', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    using stack = new DisposableStack()
    const other = createServer().listen(0, '127.0.0.1')
    stack.defer(() => other.close())
    await once(other, 'listening')
    const address = other.address()
    const taken = typeof address === 'object' ? address?.port : 0
    await daemon.untilStatus(({ connections }) => connections.open === 0, 'no open connection')
    const before = daemon.openFiles().length

    daemon.folder.configure([
      'Listen 127.0.0.2:0',
      `Listen 127.0.0.1:${taken}`,
      'CustomLog var/log/other.log common',
    ])
    const { code, stderr } = await daemon.ctl('reload')
    assert.equal(code, 1)
    assert.ok(stderr.startsWith(`Cannot listen on 127.0.0.1:${taken}: the port is taken by `), stderr)
    assert.match(stderr, new RegExp(`\\(pid ${process.pid}\\)`))
    assert.match(stderr, /\nNot reloaded, 1 mistake: the old configuration stays in force\n$/)
    assert.deepEqual((await daemon.status()).listening, [`127.0.0.1:${daemon.port}`])
    assert.equal((await daemon.ask(get('/a.txt'))).status, 200)
    await daemon.accessLog(1)
    await until(() => daemon.openFiles().length <= before, 'nothing to stay open of what was refused')
  })
})

test('A second daemon with the same control socket does not start and leaves the first alone', async () => {
  await using daemon = await Daemon.start({ files: FILES })
  const second = await run(WEBSERVER, ['--config', daemon.folder.configFile])
  assert.equal(second.code, 1)
  assert.match(
    second.stderr,
    new RegExp(
      `^webserver: Another daemon \\(pid ${daemon.pid}\\) answers at "${daemon.folder.socket}": .*\\n$`,
    ),
  )
  assert.equal((await daemon.ctl('status')).code, 0)
  assert.equal((await daemon.ask(get('/a.txt'))).status, 200)
})

test('A control socket that was deleted is missed by webserverctl, and comes back by SIGHUP', async () => {
  await using daemon = await Daemon.start({ files: FILES })
  rmSync(daemon.folder.socket)
  const { code, stderr } = await daemon.ctl('status')
  // The server may have been quicker.
  if (code !== 0) {
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`^webserver runs \\(pid ${daemon.pid}\\), but nothing answers at `))
  }
  daemon.program.signal('SIGHUP')
  await until(() => existsSync(daemon.folder.socket), 'the socket')
  assert.equal((await daemon.ctl('status')).code, 0)
})

test('A control socket may be named in another way, by a link to its folder', async () => {
  await using daemon = await Daemon.start({ files: FILES })
  symlinkSync('run', daemon.folder.resolve('var/link'))
  await daemon.reconfigure('ControlSocket var/link/webserver.sock')
  assert.equal((await daemon.ctl('status')).code, 0)
})

describe('A stop', () => {
  test('ends the daemon, and after it nobody answers', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    assert.deepEqual(await daemon.ctl('stop'), { code: 0, stdout: 'Stopped\n', stderr: '' })
    assert.equal((await daemon.program.outcome()).code, 0)
    assert.equal(existsSync(daemon.folder.socket), false)

    const { code, stdout, stderr } = await daemon.ctl('status')
    assert.equal(code, 3)
    assert.equal(stdout, '')
    assert.match(stderr, /^webserver is not running: /)
  })

  test('waits for the download in service and for those behind it', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: ['MaxWait off'] })
    daemon.folder.publishSparse('huge.bin', BIG)
    using download = await daemon.connect()
    download.send(get('/huge.bin'))
    await download.responseHead()
    using waiting = await daemon.connect()
    waiting.send(get('/a.txt'))
    await daemon.untilStatus(({ turn }) => turn.waiting === 1, 'one to wait')

    const stopping = daemon.ctl('stop')
    await daemon.untilStatus(({ state }) => state === 'stopping', 'the server to stop')
    await download.skip(BIG)
    assert.equal((await waiting.response()).body.toString(), 'first')
    await Promise.all([download.untilClosed(), waiting.untilClosed()])
    assert.equal((await stopping).code, 0)
    assert.equal((await daemon.program.outcome()).code, 0)
  })
})
