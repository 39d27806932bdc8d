import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Client, get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import { Program, run, WEBSERVER, WEBSERVERCTL } from './support/program.ts'
import { until } from './support/wait.ts'

const FILES = { 'a.txt': 'first' }
/** More than the kernel takes for a client that takes nothing. */
const BIG = 17 * 1024 ** 2
const ACCESS_LOG = 'var/log/access.log'

describe('A line of the access log', () => {
  test('is Apache’s combined, byte for byte', async () => {
    await using daemon = await Daemon.start({ files: FILES, environment: { TZ: 'Asia/Kolkata' } })
    const began = Date.now()
    await daemon.ask(get('/a.txt?b=1', 'Referer: http://www.example.com/x?"y"', 'User-Agent: Agent/1.0 (\\)'))
    await daemon.ask(request('HEAD /a.txt HTTP/1.1', 'User-Agent: tab\there, \xfcml\xe4ut'))
    await daemon.ask('GET /a.txt HTTP/1.0\r\n\r\n')
    const lines = await daemon.accessLog(3)
    const [, time = ''] = /\[(.*?)\]/.exec(lines[0] ?? '') ?? []
    const [, day, month, year, clock] = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) \+0530$/.exec(time) ?? []
    const logged = Date.parse(`${day} ${month} ${year} ${clock} +0530`)
    assert.ok(logged > began - 1000 && logged <= Date.now(), time)

    const withoutTime = lines.map(line => line.replace(/\[.*?\]/, '[time]'))
    assert.deepEqual(withoutTime, [
      String.raw`127.0.0.1 - - [time] "GET /a.txt?b=1 HTTP/1.1" 200 5 "http://www.example.com/x?\"y\"" "Agent/1.0 (\\)"`,
      String.raw`127.0.0.1 - - [time] "HEAD /a.txt HTTP/1.1" 200 - "-" "tab\there, \xfcml\xe4ut"`,
      '127.0.0.1 - - [time] "GET /a.txt HTTP/1.0" 200 5 "-" "-"',
    ])
  })

  test('has any field of the request and of the response', async () => {
    await using daemon = await Daemon.start({
      files: FILES,
      config: [
        'CustomLog var/log/access.log "%{x-FIELD}i|%{Absent}i|%{Content-Type}o|%{content-length}o|%{Absent}o"',
      ],
    })
    await daemon.ask(get('/a.txt', 'X-Field: one', 'X-FIELD: two'))
    assert.deepEqual(await daemon.accessLog(1), ['one, two|-|text/plain|5|-'])
  })

  test('has the address and the port that a client came to, also when the client has gone', async () => {
    await using daemon = await Daemon.start({
      files: FILES,
      config: ['CustomLog var/log/access.log "%A %p %X"', 'MaxWait off'],
    })
    daemon.folder.publishSparse('huge.bin', BIG)
    await daemon.ask(get('/a.txt'))
    using leaving = await daemon.connect()
    leaving.send(get('/huge.bin'))
    await leaving.responseHead()
    leaving.reset()
    const where = `127.0.0.1 ${daemon.port}`
    assert.deepEqual(await daemon.accessLog(2), [`${where} +`, `${where} X`])
  })

  test('can be neither broken nor disguised by what a client sends', async () => {
    await using daemon = await Daemon.start({
      config: [String.raw`CustomLog var/log/access.log "\"%r\" %U %q %V \"%{User-Agent}i\" %>s"`],
    })
    const hostile = [
      get('/%0a127.0.0.1%20-%20%22%5c%1b%5b2J%ff'),
      get('/?"\\', 'User-Agent: " 200 \\" \x80\x9b'),
      'GET /\x1b[31m HTTP/1.1\r\n\r\n',
      '\x1b]0;title\x07"\\\0\x7f\r\n',
      'GET / HTTP/1.1\rHost: a\r\n\r\n',
      '"',
    ]
    for (const bytes of hostile) await daemon.ask(bytes)
    assert.deepEqual(await daemon.accessLog(hostile.length), [
      String.raw`"GET /%0a127.0.0.1%20-%20%22%5c%1b%5b2J%ff HTTP/1.1" /\n127.0.0.1 - \"\\\x1b[2J\xff  www.example.com "-" 404`,
      String.raw`"GET /?\"\\ HTTP/1.1" / ?\"\\ www.example.com "\" 200 \\\" \x80\x9b" 403`,
      String.raw`"GET /\x1b[31m HTTP/1.1" /\x1b[31m  www.example.com "-" 400`,
      String.raw`"\x1b]0;title\x07\"\\\x00\x7f" -  www.example.com "-" 400`,
      '"GET / HTTP/1.1" /  www.example.com "-" 400',
      String.raw`"\"" -  www.example.com "-" 400`,
    ])
    assert.match(daemon.folder.read(ACCESS_LOG), /^[ -~\n]*$/)
  })
})

test('Every request is logged once, however it ends', async () => {
  await using daemon = await Daemon.start({
    files: FILES,
    config: [
      'CustomLog var/log/access.log "%r %>s %X"',
      'MaxWait off',
      'RequestReadTimeout 500ms',
      'Timeout 1s',
    ],
  })
  daemon.folder.publishSparse('huge.bin', BIG)
  using stack = new DisposableStack()
  const connect = async () => stack.use(await daemon.connect())

  const keeping = await connect()
  keeping.send(get('/a.txt?kept') + get('/a.txt?closed', 'Connection: close'))
  await keeping.untilClosed()
  const refused = await connect()
  refused.send('GET /refused HTTP/1.1\r\n\r\n')
  await refused.untilClosed()
  const headless = await connect()
  headless.send('GET /slow-head HTTP/1.1\r\nHost')
  const bodyless = await connect()
  bodyless.send(`${request('POST /slow-body HTTP/1.1', 'Content-Length: 9')}body`)
  await Promise.all([headless.untilClosed(), bodyless.untilClosed()])
  const short = await connect()
  short.send('GET /short HTTP/1.1\r\nHost: a\r\n')
  short.endSending()
  await short.untilClosed()
  const taking = await connect()
  taking.send(get('/huge.bin?taken', 'Connection: close'))
  await taking.responseHead()
  await taking.skip(BIG)
  await taking.untilClosed()

  const aborting = await connect()
  aborting.send(get('/huge.bin?aborted'))
  await aborting.responseHead()
  const impatient = await connect()
  impatient.send(get('/a.txt?impatient'))
  await daemon.untilStatus(({ turn }) => turn.waiting === 1, 'one to wait')
  impatient.reset()
  await daemon.logged('/a.txt?impatient')
  aborting.reset()
  const stalled = await connect()
  stalled.send(get('/huge.bin?stalled'))
  await daemon.logged('/huge.bin?stalled')

  assert.equal(await daemon.stop(), 0)
  assert.deepEqual((await daemon.accessLog(0)).sort(), [
    'GET /a.txt?closed HTTP/1.1 200 -',
    'GET /a.txt?impatient HTTP/1.1 499 X',
    'GET /a.txt?kept HTTP/1.1 200 +',
    'GET /huge.bin?aborted HTTP/1.1 200 X',
    'GET /huge.bin?stalled HTTP/1.1 200 X',
    'GET /huge.bin?taken HTTP/1.1 200 -',
    'GET /refused HTTP/1.1 400 -',
    'GET /short HTTP/1.1 400 -',
    'GET /slow-head HTTP/1.1 408 -',
    'POST /slow-body HTTP/1.1 408 -',
  ])
})

describe('Lines are not lost', () => {
  test('when the server is killed, save the one that it had just answered', async () => {
    await using daemon = await Daemon.start({
      files: FILES,
      config: ['MaxKeepAliveRequests 0', 'CustomLog var/log/access.log "%q end of line"'],
    })
    using client = await daemon.connect()
    const lines = Array.from({ length: 400 }, (_, number) => `?${number} end of line\n`)
    for (const [number] of lines.entries()) {
      client.send(get(`/a.txt?${number}`))
      await client.response()
    }
    daemon.program.signal('SIGKILL')
    assert.equal((await daemon.program.outcome()).code, 'SIGKILL')

    const text = daemon.folder.read(ACCESS_LOG)
    const found = text.split('\n').length - 1
    assert.ok(found >= lines.length - 1, `${found}`)
    assert.equal(text, lines.slice(0, found).join(''))
  })

  test('when the server is stopped right after its answers', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: ['MaxKeepAliveRequests 0'] })
    using client = await daemon.connect()
    const count = 1000
    client.send(get('/a.txt').repeat(count))
    for (let number = 0; number < count; number++) await client.response()
    daemon.program.signal('SIGTERM')
    await client.untilClosed()
    assert.equal((await daemon.program.outcome()).code, 0)
    assert.equal((await daemon.accessLog(0)).length, count)
  })

  test('when the server is stopped in the midst of its answers', async () => {
    await using daemon = await Daemon.start({
      files: FILES,
      config: ['MaxKeepAliveRequests 0', 'CustomLog var/log/access.log "%q %X"'],
    })
    daemon.folder.publishSparse('huge.bin', BIG)
    using client = await daemon.connect()
    client.send(get('/a.txt').repeat(500) + get('/huge.bin?last') + get('/a.txt').repeat(500))
    for (let number = 0; number < 500; number++) await client.response()
    await client.responseHead()
    daemon.program.signal('SIGTERM')
    await daemon.untilStatus(({ state }) => state === 'stopping', 'the server to stop')
    await client.skip(BIG)
    // Whether the connection goes on had been said before the signal.
    const next = await client.response()
    assert.equal(next.fields.get('connection'), 'close')
    assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })

    assert.equal((await daemon.program.outcome()).code, 0)
    const lines = await daemon.accessLog(0)
    assert.equal(lines.length, 502)
    assert.deepEqual(lines.slice(-2), ['?last +', ' -'])
  })
})

describe('After its files have been moved', () => {
  const ways: Record<string, (daemon: Daemon) => Promise<void>> = {
    SIGUSR1: async daemon => daemon.program.signal('SIGUSR1'),
    'webserverctl reopen': async daemon => {
      assert.deepEqual(await daemon.ctl('reopen'), { code: 0, stdout: 'Reopened the logs\n', stderr: '' })
    },
  }
  for (const [way, reopen] of Object.entries(ways)) {
    test(`${way} makes the server write to new ones`, async () => {
      await using daemon = await Daemon.start({
        files: FILES,
        config: ['CustomLog var/log/access.log "%q"', 'CustomLog var/log/second.log "second %q"'],
      })
      await daemon.ask(get('/a.txt?before'))
      for (const log of [ACCESS_LOG, 'var/log/second.log']) await daemon.logLines(log, 1)
      const names = [ACCESS_LOG, 'var/log/second.log', 'var/log/error.log'].map(name =>
        daemon.folder.resolve(name),
      )
      for (const name of names) renameSync(name, `${name}.moved`)

      await reopen(daemon)
      await until(() => names.every(name => existsSync(name)), 'the new files')
      await daemon.ask(get('/a.txt?after'))
      assert.deepEqual(await daemon.accessLog(1), ['?after'])
      assert.deepEqual(await daemon.logLines('var/log/second.log', 1), ['second ?after'])
      assert.equal(daemon.folder.read(`${ACCESS_LOG}.moved`), '?before\n')
      assert.match(daemon.folder.read('var/log/error.log'), /Reopened the logs\n$/)
      assert.doesNotMatch(daemon.program.stderr, /[Dd]ebugger/)
    })
  }

  test('webserverctl reopen fails with the reason where there is no way to new ones', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    const name = daemon.folder.resolve(ACCESS_LOG)
    renameSync(name, `${name}.moved`)
    mkdirSync(name)
    for (let count = 0; count < 2; count++) {
      assert.deepEqual(await daemon.ctl('reopen'), {
        code: 1,
        stdout: '',
        stderr:
          `Cannot open "${name}" for writing: illegal operation on a directory\n` +
          'Not reopened: 1 log, which goes on in the file that is open\n',
      })
    }
    await daemon.ask(get('/a.txt'))
    assert.equal((await daemon.logLines(`${ACCESS_LOG}.moved`, 1)).length, 1)
    const log = daemon.folder.read('var/log/error.log')
    assert.equal(log.split('Cannot open ').length, 2)
    assert.doesNotMatch(log, /Reopened the logs/)
  })

  test('or deleted, they come back by themselves', async () => {
    await using daemon = await Daemon.start({ files: FILES })
    await daemon.ask(get('/a.txt'))
    await daemon.accessLog(1)
    rmSync(daemon.folder.resolve('var/log'), { recursive: true })
    await until(async () => {
      await daemon.ask(get('/a.txt'))
      return existsSync(daemon.folder.resolve(ACCESS_LOG))
    }, 'the access log to be there again')
    await daemon.ask(get('/a.txt?again'))
    await daemon.logged('/a.txt?again')
  })
})

test('What is wrong with a log stands in the error log that is in force', async () => {
  await using daemon = await Daemon.start({ files: FILES, config: ['ErrorLog var/log/first.log'] })
  await daemon.reconfigure('ErrorLog var/log/second.log')
  rmSync(daemon.folder.resolve('var/log/first.log'))
  rmSync(daemon.folder.resolve(ACCESS_LOG))
  mkdirSync(daemon.folder.resolve(ACCESS_LOG))

  await until(async () => {
    await daemon.ask(get('/a.txt'))
    return (await daemon.status()).logs.some(log => log.state === 'failing')
  }, 'the server to notice that it cannot write')
  assert.equal(existsSync(daemon.folder.resolve('var/log/first.log')), false)
  assert.match(daemon.folder.read('var/log/second.log'), /\[log:error\].*access\.log/)
})

describe('Logs to the standard streams', { concurrency: 2 }, () => {
  const LOG = ['CustomLog stdout "%r %>s"', 'LogRotate size 4K']
  const occurrences = (text: string, part: string) => text.split(part).length - 1

  test('have each line once, where they are sockets', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: [...LOG, 'ErrorLog stdout'] })
    const { program } = daemon
    for (let count = 0; count < 3; count++) await daemon.ask(get(`/a.txt?${count}`))
    await until(() => program.stdout.includes('?2 '), 'the last line')
    const [first, ...lines] = program.stdout.split('\n').filter(line => !line.includes('as root'))
    assert.match(first ?? '', /^\[.*\] \[core:notice\] \[pid \d+\] Serving /)
    assert.deepEqual(lines, [0, 1, 2].map(count => `GET /a.txt?${count} HTTP/1.1 200`).concat(''))
    assert.equal(program.stderr, '')
    const paths = (await daemon.status()).logs.map(({ path, state }) => [path, state])
    assert.deepEqual(paths, [
      ['/dev/stdout', 'ok'],
      ['/dev/stdout', 'ok'],
    ])
    assert.deepEqual(readdirSync(daemon.folder.resolve('var/log')), [])
  })

  test('have each line once, on stderr', async () => {
    const config = ['CustomLog /dev/stderr "%r %>s"', 'ErrorLog stderr']
    await using daemon = await Daemon.start({ files: FILES, config })
    await daemon.ask(get('/a.txt'))
    const { program } = daemon
    await until(() => program.stderr.includes('GET '), 'the line')
    assert.equal(occurrences(program.stderr, 'notice: core: Serving '), 1)
    assert.equal(occurrences(program.stderr, 'GET /a.txt HTTP/1.1 200\n'), 1)
    await until(() => program.stdout.includes('Stop  '), 'the banner')
  })

  test('arrive through a pipe, and in a file that is never rotated', async () => {
    for (const behind of ['| cat', '>"$OUT"']) {
      using folder = new Folder()
      folder.configure([...LOG, 'ErrorLog stdout'])
      const out = folder.resolve('out')
      const server = [process.execPath, '--disable-sigusr1', WEBSERVER, '--config', folder.configFile]
      await using program = new Program('/bin/bash', ['-c', `"$@" ${behind}`, 'bash', ...server], {
        environment: { OUT: out },
      })
      const output = () => program.stdout + (existsSync(out) ? folder.read('out') : '')
      await until(() => output().includes('Serving '), 'the server')
      const port = Number(/on 127\.0\.0\.1:(\d+)/.exec(output())?.[1])
      for (let count = 0; count < 3; count++) {
        using client = await Client.connect(port)
        client.send(get(`/${'long'.repeat(500)}${count}`, 'Connection: close'))
        assert.equal((await client.response()).status, 404)
      }
      await until(() => output().includes('long2 '), 'the last line')
      assert.equal(occurrences(output(), ' HTTP/1.1 404\n'), 3)
      assert.deepEqual(
        readdirSync(folder.path).toSorted(),
        existsSync(out) ? ['etc', 'out', 'var'] : ['etc', 'var'],
      )
      await run(WEBSERVERCTL, ['--config', folder.configFile, 'stop'])
      assert.equal((await program.outcome()).code, 0)
    }
  })

  test('are none with CustomLog off', async () => {
    await using daemon = await Daemon.start({ files: FILES, config: ['CustomLog off'] })
    assert.equal((await daemon.ask(get('/a.txt'))).status, 200)
    assert.deepEqual(readdirSync(daemon.folder.resolve('var/log')), ['error.log'])
    assert.equal(await daemon.stop(), 0)
  })
})
