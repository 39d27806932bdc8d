import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { run, WEBSERVER } from './support/program.ts'
import { certificateFile } from './support/tls-client.ts'
import { until } from './support/wait.ts'

const FILES = { 'a.txt': 'first', 'secret/a.txt': 'secret' }
const LOG = 'CustomLog var/log/access.log "%a %{remote}p %{c}a %h %{c}h %U %>s"'
const SECRET = ['<Location /secret>', 'Require ip 192.0.2.7 2001:db8::7', '</Location>']
/** More than the kernel takes for a client that takes nothing. */
const BIG = 32 * 1024 ** 2

const V1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 1025 443\r\n'
const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const V2 = `${SIGNATURE}\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x04\x01\x01\xbb`
const V2_IPV6 = `${SIGNATURE}\x21\x21\0\x24${'\x20\x01\x0d\xb8'.padEnd(15, '\0')}\x07${'\0'.repeat(16)}\x04\x01\x01\xbb`
const LOCAL = `${SIGNATURE}\x20\0\0\0`

/** A header of the first version for a client at this address. */
function from(address: string): string {
  return `PROXY TCP4 ${address} 198.51.100.1 1025 443\r\n`
}

/** Asks over a connection of its own, on which these bytes come first; gives the status. */
async function statusOf(daemon: Daemon, before: string, path = '/a.txt', ...fields: readonly string[]) {
  using client = await daemon.connect()
  client.send(before + get(path, 'Connection: close', ...fields))
  return (await client.response()).status
}

/** All that comes on a connection on which this is sent. */
async function answerTo(daemon: Daemon, bytes: string): Promise<string> {
  using client = await daemon.connect()
  client.send(bytes)
  return (await client.untilClosed()).bytes.toString('latin1')
}

describe('Behind a PROXY header', () => {
  let daemon: Daemon
  const lines = ['RemoteIPProxyProtocol On', 'RemoteIPTrustedProxy 127.0.0.1', LOG, ...SECRET]
  const ready = Daemon.start({ config: lines, files: FILES }).then(started => {
    daemon = started
  })
  after(() => daemon[Symbol.asyncDispose]())

  test('the client that it names is the client, in logs and for Require', async () => {
    await ready
    for (const [header, line] of [
      [V1, '192.0.2.7 1025 127.0.0.1 192.0.2.7 127.0.0.1 /secret/a.txt 200'],
      [V2, '192.0.2.7 1025 127.0.0.1 192.0.2.7 127.0.0.1 /secret/a.txt 200'],
      [V2_IPV6, '2001:db8::7 1025 127.0.0.1 2001:db8::7 127.0.0.1 /secret/a.txt 200'],
      [from('192.0.2.8'), '192.0.2.8 1025 127.0.0.1 192.0.2.8 127.0.0.1 /secret/a.txt 403'],
    ] as const) {
      const { length } = await daemon.accessLog(0)
      await statusOf(daemon, header, '/secret/a.txt')
      assert.equal((await daemon.accessLog(length + 1)).at(-1), line)
    }
    assert.match(await daemon.errorLog(), /\[client 192\.0\.2\.8\] .*denied/)
  })

  test('a connection that the proxy makes for itself is its own', async () => {
    await ready
    for (const header of [LOCAL, 'PROXY UNKNOWN\r\n', `${SIGNATURE}\x21\0\0\0`]) {
      const { length } = await daemon.accessLog(0)
      assert.equal(await statusOf(daemon, header, '/secret/a.txt'), 403)
      const line = (await daemon.accessLog(length + 1)).at(-1)
      assert.match(line ?? '', /^127\.0\.0\.1 \d+ 127\.0\.0\.1 /)
    }
  })

  test('it is read however it is cut, and whatever follows in the same piece', async () => {
    await ready
    for (const header of [V1, V2, V2_IPV6]) {
      using client = await daemon.connect()
      await client.sendInPieces(header + get('/secret/a.txt'))
      assert.equal((await client.response()).status, 200)
      client.send(get('/secret/a.txt') + get('/a.txt'))
      assert.equal((await client.response()).body.toString(), 'secret')
      assert.equal((await client.response()).body.toString(), 'first')
    }
  })

  test('a second one is a request, and a malformed one', async () => {
    await ready
    assert.match(await answerTo(daemon, V1 + V1 + get('/a.txt')), /^HTTP\/1\.1 400 /)
  })

  test('a field of the request changes nothing', async () => {
    await ready
    assert.equal(
      await statusOf(daemon, from('192.0.2.8'), '/secret/a.txt', 'X-Forwarded-For: 192.0.2.7'),
      403,
    )
  })

  test('a connection is cut off without it, with a malformed one, or half of one, and the log says why', async () => {
    await using strict = await Daemon.start({ config: lines, files: FILES })
    for (const [bytes, what] of [
      [get('/a.txt'), 'does not begin with a PROXY header'],
      [
        `PROXY TCP4 192.0.2.7\r\n${get('/a.txt')}`,
        'begins with a malformed PROXY header: a line that is none of version 1',
      ],
    ] as const) {
      assert.equal(await answerTo(strict, bytes), '')
      assert.ok(
        (await strict.errorLog()).includes(`[client 127.0.0.1] Cut off a connection that ${what}\n`),
        what,
      )
    }
    using client = await strict.connect()
    client.send(V2.slice(0, -1))
    client.endSending()
    assert.equal((await client.untilClosed()).bytes.length, 0)
    assert.equal((await strict.status()).connections.open, 0)
  })

  test('one that does not come in time is waited for no longer', async () => {
    await using strict = await Daemon.start({ config: [...lines, 'RequestReadTimeout 300ms'] })
    using silent = await strict.connect()
    using slow = await strict.connect()
    slow.send(V1.slice(0, -1))
    for (const client of [silent, slow]) assert.equal((await client.untilClosed()).bytes.length, 0)
    assert.match(
      await strict.errorLog(),
      /that did not send its PROXY header in time \(RequestReadTimeout\)\n/,
    )
  })

  test('whoever only looks whether somebody listens is no trouble', async () => {
    await using strict = await Daemon.start({ config: lines })
    using client = await strict.connect()
    client.endSending()
    assert.equal((await client.untilClosed()).bytes.length, 0)
    await strict.untilStatus(({ connections }) => connections.open === 0, 'no connection')
    assert.doesNotMatch(await strict.errorLog(), /Cut off/)
  })

  test('a server stops although one has not come', async () => {
    await using strict = await Daemon.start({ config: [...lines, 'RequestReadTimeout 1h'] })
    using client = await strict.connect()
    client.send('PROXY')
    await strict.untilStatus(({ connections }) => connections.open === 1, 'the connection')
    assert.equal(await strict.stop(), 0)
  })
})

test('A PROXY header of a stranger is not looked at, and those of exceptions are requests', async () => {
  const on = ['RemoteIPProxyProtocol On', LOG, ...SECRET]
  await using daemon = await Daemon.start({ config: [...on, 'RemoteIPTrustedProxy 192.0.2.1'], files: FILES })
  assert.equal(await answerTo(daemon, V1 + get('/secret/a.txt')), '')
  assert.match(
    await daemon.errorLog(),
    /\[client 127\.0\.0\.1\] Cut off a connection that is to begin with a PROXY header, which its address may not send: /,
  )
  await daemon.reconfigure(
    ...on,
    'RemoteIPTrustedProxy 127.0.0.1',
    'RemoteIPProxyProtocolExceptions 127.0.0.1',
  )
  assert.equal(await statusOf(daemon, ''), 200)
  assert.equal(await statusOf(daemon, '', '/secret/a.txt'), 403)
  assert.equal(await statusOf(daemon, V1, '/secret/a.txt'), 400)
})

test('A reload has new connections begin with a PROXY header or without, and open ones go on', async () => {
  const on = ['RemoteIPProxyProtocol On', LOG, ...SECRET]
  await using daemon = await Daemon.start({ config: SECRET, files: FILES })
  using before = await daemon.connect()
  before.send(get('/a.txt'))
  assert.equal((await before.response()).status, 200)
  await daemon.reconfigure(...on)
  using between = await daemon.connect()
  between.send(V1 + get('/secret/a.txt'))
  assert.equal((await between.response()).status, 200)
  await daemon.reconfigure(...SECRET)
  assert.equal(await statusOf(daemon, '', '/secret/a.txt'), 403)
  before.send(get('/a.txt'))
  between.send(get('/secret/a.txt'))
  for (const client of [before, between]) assert.equal((await client.response()).status, 200)
})

test('A port of its own is for those who send a PROXY header, and another for those who do not', async () => {
  const listen = ['Listen 127.0.0.1:0', 'Listen 127.0.0.2:0']
  await using daemon = await Daemon.start({ config: listen, files: FILES })
  const { listening } = await daemon.status()
  const [direct = 0, proxied = 0] = listening.map(address => Number(address.split(':').at(-1)))
  const section = [
    `<VirtualHost *:${proxied}>`,
    'DocumentRoot var/www',
    'RemoteIPProxyProtocol On',
    '</VirtualHost>',
  ]
  await daemon.reconfigure(...listen, 'DocumentRoot var/www', LOG, ...SECRET, ...section)
  for (const [port, host, before, status] of [
    [direct, '127.0.0.1', '', 403],
    [direct, '127.0.0.1', V1, 400],
    [proxied, '127.0.0.2', V1, 200],
    [proxied, '127.0.0.2', from('192.0.2.8'), 403],
  ] as const) {
    using client = await Client.connect(port, host)
    client.send(before + get('/secret/a.txt'))
    assert.equal((await client.response()).status, status)
  }
})

test('Whoever comes to a Unix socket is believed by the name unix:, in a header or a field', async () => {
  const spoken = [
    ['RemoteIPProxyProtocol On', V1, []],
    ['RemoteIPHeader X-Forwarded-For', '', ['X-Forwarded-For: 192.0.2.7']],
  ] as const
  for (const [directive, before, fields] of spoken) {
    for (const [list, status] of [
      ['RemoteIPInternalProxy unix:', 200],
      ['RemoteIPInternalProxy 127.0.0.1', undefined],
    ] as const) {
      const config = ['Listen unix:var/run/web.sock', directive, list, ...SECRET]
      await using daemon = await Daemon.start({ config, files: FILES })
      using client = await Client.connectUnix(daemon.folder.resolve('var/run/web.sock'))
      client.send(before + get('/secret/a.txt', 'Connection: close', ...fields))
      const { bytes } = await client.untilClosed()
      const found = /^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1'))?.[1]
      assert.equal(found, status === undefined && before === '' ? '403' : status?.toString())
    }
  }
})

test('TLS comes behind the PROXY header, and a failed handshake is told of the client', async () => {
  await using daemon = await Daemon.start({
    config: [
      'Listen 127.0.0.1:0 https',
      `SSLCertificateFile ${certificateFile('one.pem')}`,
      `SSLCertificateKeyFile ${certificateFile('one.key')}`,
      'RemoteIPProxyProtocol On',
      LOG,
      ...SECRET,
    ],
    files: FILES,
  })
  for (const header of [V1, V2]) {
    using client = await Client.connectTls(daemon.port, header)
    client.send(get('/secret/a.txt'))
    assert.equal((await client.response()).status, 200)
  }
  assert.match(await answerTo(daemon, V1 + get('/a.txt')), /^HTTP\/1\.1 400 /)
  // A record that is none of a handshake's first message.
  await answerTo(daemon, `${from('192.0.2.9')}\x16\x03\x01\0\x04\x01\0\0\0`)
  assert.match(await daemon.errorLog(), /\[ssl:info\] .*\[client 192\.0\.2\.9\] A handshake has failed/)
})

test('Connections whose PROXY header has not come count for MaxConnections, and idle ones make room for them', async () => {
  const config = ['RemoteIPProxyProtocol On', 'MaxConnections 2', 'RequestReadTimeout 1h']
  await using daemon = await Daemon.start({ config, files: FILES })
  using first = await daemon.connect()
  using second = await daemon.connect()
  await daemon.untilStatus(({ connections }) => connections.open === 2, 'two connections')
  using third = await daemon.connect()
  assert.deepEqual(await third.untilClosed(), { bytes: Buffer.alloc(0), end: 'reset' })
  assert.equal((await daemon.status()).connections.turnedAway.full, 1)
  first.send(V1 + get('/a.txt'))
  assert.equal((await first.response()).status, 200)
  using fourth = await daemon.connect()
  assert.equal((await first.untilClosed()).end, 'closed')
  for (const client of [fourth, second]) {
    client.send(V1 + get('/a.txt'))
    assert.equal((await client.response()).status, 200)
  }
})

describe('With MaxConnectionsPerAddress', () => {
  const most = (count: number) => [`MaxConnectionsPerAddress ${count}`, 'RequestReadTimeout 1h', LOG]

  test('clients behind PROXY headers are counted each by itself', async () => {
    await using daemon = await Daemon.start({
      config: [...most(1), 'RemoteIPProxyProtocol On'],
      files: FILES,
    })
    using stack = new DisposableStack()
    const begin = async (address: string) => {
      const client = stack.use(await daemon.connect())
      client.send(`${from(address)}GET /a.txt HTTP/1.1\r\n`)
      return client
    }
    const first = await begin('192.0.2.7')
    const other = await begin('192.0.2.8')
    await daemon.untilStatus(({ connections }) => connections.open === 2, 'two connections')
    // Those whose header has not come count for nobody.
    const unknown = stack.use(await daemon.connect())
    const second = await begin('192.0.2.7')
    second.send('Host: x\r\n\r\n')
    assert.equal((await second.response()).status, 503)
    for (const client of [first, other]) {
      client.send('Host: x\r\n\r\n')
      assert.equal((await client.response()).status, 200)
    }
    // An idle one of the same client makes room, and no other.
    unknown.send(from('192.0.2.7') + get('/a.txt'))
    assert.equal((await unknown.response()).status, 200)
    assert.equal((await first.untilClosed()).end, 'closed')
    other.send(get('/a.txt'))
    assert.equal((await other.response()).status, 200)
    assert.match(await daemon.errorLog(), /MaxConnectionsPerAddress \(1\) are open from 192\.0\.2\.7\n/)
  })

  test('clients whom a field names are counted by their requests under way, and their proxy not at all', async () => {
    const config = [...most(2), 'RemoteIPHeader X-Forwarded-For', 'RemoteIPInternalProxy 127.0.0.1']
    await using daemon = await Daemon.start({ config, files: FILES })
    daemon.folder.publishSparse('big.bin', BIG)
    using stack = new DisposableStack()
    const ask = async (path: string, address: string) => {
      const client = stack.use(await daemon.connect())
      client.send(get(path, `X-Forwarded-For: ${address}`))
      const { status } = await client.responseHead()
      return { client, status }
    }
    const first = await ask('/big.bin', '192.0.2.7')
    const second = await ask('/big.bin', '192.0.2.7')
    assert.deepEqual([first.status, second.status], [200, 200])
    assert.equal((await ask('/a.txt', '192.0.2.7')).status, 503)
    for (const address of ['192.0.2.8', '192.0.2.9', '192.0.2.10'])
      assert.equal((await ask('/a.txt', address)).status, 200)
    const { turn } = await daemon.status()
    assert.equal(turn.setAside + Number(turn.inService !== null), 2)
    await first.client.skip(BIG)
    await until(async () => (await ask('/a.txt', '192.0.2.7')).status === 200, 'room for one more')
    assert.match(await daemon.errorLog(), /MaxConnectionsPerAddress \(2\) are open from 192\.0\.2\.7\n/)
    assert.equal((await daemon.status()).connections.turnedAway.perAddress > 0, true)
  })
})

describe('Behind a proxy that names clients in a field', () => {
  const lines = ['RemoteIPHeader X-Forwarded-For', 'RemoteIPTrustedProxy 127.0.0.1', LOG, ...SECRET]

  test('the client is whom trusted proxies name, for each request of a connection, and nobody is believed more', async () => {
    await using daemon = await Daemon.start({ config: lines, files: FILES })
    using client = await daemon.connect()
    for (const [field, status, address] of [
      ['192.0.2.7', 200, '192.0.2.7 0'],
      ['192.0.2.8', 403, '192.0.2.8 0'],
      // Word for word the same as before.
      ['192.0.2.7', 200, '192.0.2.7 0'],
      ['192.0.2.7, 192.0.2.8', 403, '192.0.2.8 0'],
      ['2001:db8::7', 200, '2001:db8::7 0'],
      ['192.0.2.7:80', 403, `127.0.0.1 ${client.port}`],
      ['10.0.0.1', 403, `127.0.0.1 ${client.port}`],
    ] as const) {
      const { length } = await daemon.accessLog(0)
      client.send(get('/secret/a.txt', `X-Forwarded-For: ${field}`))
      assert.equal((await client.response()).status, status, field)
      const line = (await daemon.accessLog(length + 1)).at(-1) ?? ''
      assert.ok(line.startsWith(`${address} 127.0.0.1 `), `${field}: ${line}`)
    }
    assert.match(await daemon.errorLog(), /\[client 192\.0\.2\.8\] .*denied/)
  })

  test('the same of a stranger changes nothing', async () => {
    const config = lines.map(line => line.replace('127.0.0.1', '192.0.2.1'))
    await using daemon = await Daemon.start({ config, files: FILES })
    assert.equal(await statusOf(daemon, '', '/secret/a.txt', 'X-Forwarded-For: 192.0.2.7'), 403)
    assert.equal(await statusOf(daemon, '', '/secret/a.txt', 'X-Forwarded-For: 192.0.2.7, 192.0.2.1'), 403)
    for (const line of await daemon.accessLog(2)) assert.match(line, /^127\.0\.0\.1 /)
  })

  test('a request that is refused is logged with its client too, as far as its head can be read', async () => {
    await using daemon = await Daemon.start({ config: lines, files: FILES })
    const field = 'X-Forwarded-For: 192.0.2.7'
    assert.equal(await statusOf(daemon, '', '/a.txt', field, 'Expect: something'), 417)
    assert.equal(await statusOf(daemon, '', '/a.txt', field, ' folded: yes'), 400)
    const [first = '', second = ''] = await daemon.accessLog(2)
    assert.match(first, /^192\.0\.2\.7 0 127\.0\.0\.1 /)
    assert.match(second, /^127\.0\.0\.1 \d+ 127\.0\.0\.1 /)
  })

  test('the administrator sees who is served', async () => {
    await using daemon = await Daemon.start({ config: lines })
    daemon.folder.publishSparse('big.bin', BIG)
    using client = await daemon.connect()
    client.send(get('/big.bin', 'X-Forwarded-For: 192.0.2.7'))
    await client.responseHead()
    assert.equal((await daemon.status()).turn.inService?.remoteAddress, '192.0.2.7')
    assert.match((await daemon.ctl('turns')).stdout, /192\.0\.2\.7/)
  })
})

test('A check refuses a field that everybody would be believed, and warns of a PROXY header without a list', async () => {
  await using daemon = await Daemon.start()
  const check = async (...lines: readonly string[]) => {
    daemon.folder.configure(lines)
    return await run(WEBSERVER, ['--config', daemon.folder.configFile, '--check'])
  }
  const refused = await check('RemoteIPHeader X-Forwarded-For')
  assert.equal(refused.code, 1)
  assert.match(
    refused.stderr + refused.stdout,
    /Whoever sends the field would be believed: add "RemoteIPTrustedProxy"/,
  )
  const warned = await check('RemoteIPProxyProtocol On')
  assert.equal(warned.code, 0)
  assert.match(
    warned.stderr + warned.stdout,
    /Whoever has a loopback or private address may say here who the client is/,
  )
})
