import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import { run, WEBSERVER } from './support/program.ts'
import { allOf, askTls, certificateFile, certify, connectTls, Wire } from './support/tls-client.ts'
import { until } from './support/wait.ts'

const KIB = 1024
/** Stands in everything that is served, and never on the wire. */
const MARK = 'In the clear! '
const FILES = {
  'small.txt': MARK,
  'page.html': `<p>${MARK.repeat(7000)}`,
  'large.bin': Buffer.from(MARK.repeat(150 * KIB)),
  'folder/In the clear! .txt': MARK,
}
const CLOSE = 'Connection: close'

/** A daemon that speaks HTTPS at its first address, with the certificate of one.example. */
async function startSecure(...config: readonly string[]): Promise<Daemon> {
  return await Daemon.start({
    files: FILES,
    config: [
      'Listen 127.0.0.1:0 https',
      `SSLCertificateFile ${certificateFile('one.pem')}`,
      `SSLCertificateKeyFile ${certificateFile('one.key')}`,
      ...config,
    ],
  })
}

function commonName(socket: TLSSocket): string | undefined {
  return `${socket.getPeerCertificate().subject.CN}`
}

/** The name in the certificate that a client is shown. */
async function shown(port: number, servername?: string, sigalgs?: string): Promise<string | undefined> {
  const socket = await connectTls(port, {
    ...(servername === undefined ? {} : { servername }),
    ...(sigalgs === undefined ? {} : { sigalgs }),
  })
  const name = `${commonName(socket)} ${socket.getPeerCertificate().asn1Curve ?? 'RSA'}`
  socket.destroy()
  return name
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
  return 'none'
}

describe('Over HTTPS', () => {
  test('all that is served comes whole', async () => {
    await using daemon = await startSecure('Options +Indexes')
    const { port } = daemon
    const body = (text: string) => text.slice(text.indexOf('\r\n\r\n') + 4)
    assert.equal(body(await askTls(port, get('/small.txt', CLOSE))), FILES['small.txt'])
    assert.equal(body(await askTls(port, get('/page.html', CLOSE))), FILES['page.html'])
    assert.ok(body(await askTls(port, get('/large.bin', CLOSE))) === FILES['large.bin'].toString('latin1'))
    assert.equal(body(await askTls(port, get('/large.bin', 'Range: bytes=14-27', CLOSE))), MARK)
    assert.match(await askTls(port, get('/folder/', CLOSE)), /^HTTP\/1\.1 200 [\s\S]*In%20the%20clear/)
    assert.match(await askTls(port, get('/absent', CLOSE)), /^HTTP\/1\.1 404 /)
    const socket = await connectTls(port)
    socket.write(get('/small.txt') + get('/small.txt') + get('/small.txt', CLOSE))
    assert.equal((await allOf(socket)).split(`\r\n\r\n${MARK}`).length, 4)
    await daemon.logged('"GET /absent HTTP/1.1" 404')
  })

  test('nothing goes out in the clear, however it is sent', async () => {
    await using daemon = await startSecure('Options +Indexes')
    for (const request of [
      get('/small.txt', CLOSE),
      get('/page.html', 'Accept-Encoding: gzip', CLOSE),
      get('/page.html', CLOSE),
      get('/large.bin', CLOSE),
      get('/large.bin', 'Range: bytes=100000-2000000', CLOSE),
      get('/large.bin', 'Range: bytes=0-9,100-200', CLOSE),
      get('/folder/', CLOSE),
      get('/folder/?format=json', CLOSE),
      get('/absent', CLOSE),
      'GARBAGE\r\n\r\n',
    ]) {
      using wire = await Wire.to(daemon.port)
      const answer = await askTls(wire.port, request)
      assert.match(answer, /^HTTP\/1\.1 \d\d\d /)
      assert.ok(wire.sent.length >= answer.length)
      for (const text of ['HTTP/1.1', MARK, 'Content-', '<html'])
        assert.ok(!wire.sent.includes(text), `${JSON.stringify(text)} is on the wire for ${request}`)
    }
  })

  test('a client learns whether it has got all: by close_notify, which a broken off answer lacks', async () => {
    const ALERT = 21
    await using daemon = await startSecure('Timeout 1s')
    daemon.folder.publishSparse('huge.bin', 64 * KIB * KIB)
    // In TLS 1.3 an alert looks like all else.
    const options = { maxVersion: 'TLSv1.2' } as const
    using whole = await Wire.to(daemon.port)
    await askTls(whole.port, get('/small.txt', CLOSE), options)
    assert.equal(whole.recordTypes.at(-1), ALERT)

    const stalled = await connectTls(daemon.port, options)
    stalled.pause()
    stalled.write(get('/huge.bin'))
    await daemon.logged('"GET /huge.bin HTTP/1.1"')
    assert.equal(await failure(allOf(stalled)), 'ECONNRESET')
    await daemon.untilStatus(({ connections }) => connections.open === 0, 'nobody to be connected')
  })

  test('a download that stalls holds up nobody', async () => {
    await using daemon = await startSecure('MaxWait 20ms')
    daemon.folder.publishSparse('huge.bin', 64 * KIB * KIB)
    const stalled = await connectTls(daemon.port)
    stalled.pause()
    stalled.write(get('/huge.bin'))
    await daemon.untilStatus(({ turn }) => turn.inService !== null || turn.setAside > 0, 'the download')
    assert.match(await askTls(daemon.port, get('/small.txt', CLOSE)), /^HTTP\/1\.1 200 /)
    await daemon.untilStatus(({ turn }) => turn.setAside === 1, 'the download to be set aside')
    stalled.destroy()
    await daemon.untilStatus(({ connections }) => connections.open === 0, 'nobody to be connected')
  })

  test('plain HTTP is answered in the clear that it is wrong, and is logged', async () => {
    await using daemon = await startSecure('LogLevel info')
    using client = await Client.connect(daemon.port)
    client.send(get('/small.txt'))
    const { status, fields } = await client.response()
    assert.equal(status, 400)
    assert.equal(fields.get('connection'), 'close')
    await daemon.logged('"GET /small.txt HTTP/1.1" 400')
    assert.match(await daemon.errorLog(), /400 for .* speaks HTTP where HTTPS is spoken/)
    assert.match(await askTls(daemon.port, get('/small.txt', CLOSE)), /^HTTP\/1\.1 200 /)
  })

  test('HTTP/1.1 is chosen of several protocols, and who speaks none but others is told so', async () => {
    await using daemon = await startSecure()
    const socket = await connectTls(daemon.port, { ALPNProtocols: ['h2', 'http/1.1'] })
    assert.equal(socket.alpnProtocol, 'http/1.1')
    socket.destroy()
    const refused = await failure(connectTls(daemon.port, { ALPNProtocols: ['h2'] }))
    assert.match(refused, /NO_APPLICATION_PROTOCOL/)
    await daemon.untilStatus(({ connections }) => connections.open === 0, 'nobody to be connected')
    assert.match(
      await daemon.errorLog(),
      /A handshake has failed: .*\[client 127|\[client 127.*A handshake has failed/,
    )
  })

  test('only versions that SSLProtocol names are spoken', async () => {
    await using daemon = await startSecure()
    const protocolOf = async (maxVersion: 'TLSv1.2' | 'TLSv1.3') => {
      const socket = await connectTls(daemon.port, { maxVersion })
      const protocol = socket.getProtocol()
      socket.destroy()
      return protocol
    }
    assert.deepEqual([await protocolOf('TLSv1.2'), await protocolOf('TLSv1.3')], ['TLSv1.2', 'TLSv1.3'])
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    assert.notEqual(await failure(connectTls(daemon.port, old)), 'none')
    await daemon.reconfigure(
      `Listen 127.0.0.1:${daemon.port} https`,
      `SSLCertificateFile ${certificateFile('one.pem')}`,
      `SSLCertificateKeyFile ${certificateFile('one.key')}`,
      'SSLProtocol all -TLSv1.2',
    )
    assert.notEqual(await failure(connectTls(daemon.port, { maxVersion: 'TLSv1.2' })), 'none')
    assert.equal(await protocolOf('TLSv1.3'), 'TLSv1.3')
  })

  test('nobody renegotiates', async () => {
    await using daemon = await startSecure()
    const socket = await connectTls(daemon.port, { maxVersion: 'TLSv1.2' })
    const problem = await new Promise<unknown>(resolve => {
      socket.on('error', resolve)
      socket.renegotiate({}, resolve)
    })
    assert.ok(problem instanceof Error)
    socket.destroy()
  })

  test('a handshake that does not come to its end is given up', async () => {
    await using daemon = await startSecure('RequestReadTimeout 1s')
    using silent = await Client.connect(daemon.port)
    using half = await Client.connect(daemon.port)
    half.send(Buffer.from('16030100c8010000c40303', 'hex'))
    for (const client of [silent, half]) assert.notEqual((await client.untilClosed()).end, undefined)
    await daemon.untilStatus(({ connections }) => connections.open === 0, 'nobody to be connected')
  })

  test('handshakes of garbage are told of once, and everybody else is served', async () => {
    await using daemon = await startSecure('LogLevel info')
    for (let count = 0; count < 20; count++) {
      using client = await Client.connect(daemon.port)
      client.send(Buffer.concat([Buffer.from('1603010020', 'hex'), Buffer.alloc(64, count)]))
      await client.untilClosed()
    }
    assert.match(await askTls(daemon.port, get('/small.txt', CLOSE)), /^HTTP\/1\.1 200 /)
    assert.equal((await daemon.errorLog()).match(/A handshake has failed/g)?.length, 1)
  })
})

describe('A client is shown', () => {
  const host = (name: string, lines: readonly string[]) => [
    '<VirtualHost *>',
    `ServerName ${name}.example`,
    'DocumentRoot var/www',
    ...lines,
    '</VirtualHost>',
  ]

  test('the certificate of the host that it asks for, of the kind of key that it can check, or that of the first', async () => {
    await using daemon = await startSecure()
    const { folder, port } = daemon
    await daemon.reconfigure(
      `Listen 127.0.0.1:${port} https`,
      ...host('one', [...certify(folder, 'one'), ...certify(folder, 'one-rsa')]),
      ...host('two', ['ServerAlias *.two.example', ...certify(folder, 'two')]),
      ...host('three', certify(folder, 'three')),
    )
    assert.equal(await shown(port, 'one.example'), 'one.example prime256v1')
    assert.equal(await shown(port, 'two.example'), 'two.example prime256v1')
    assert.equal(await shown(port, 'WWW.two.example'), 'two.example prime256v1')
    assert.equal(await shown(port, 'unknown.example'), 'one.example prime256v1')
    assert.equal(await shown(port), 'one.example prime256v1')
    assert.equal(await shown(port, 'one.example', 'rsa_pss_rsae_sha256:rsa_pkcs1_sha256'), 'one.example RSA')
  })

  test('a renewed certificate after a reload; open connections and sessions go on', async () => {
    await using daemon = await startSecure()
    const { folder, port } = daemon
    const lines = [`Listen 127.0.0.1:${port} https`, ...certify(folder, 'one')]
    await daemon.reconfigure(...lines)
    const open = await connectTls(port)
    const sessions: Buffer[] = []
    open.on('session', session => void sessions.push(session))
    open.write(get('/small.txt'))
    await until(() => sessions.length > 0, 'a session')
    copyFileSync(certificateFile('two.pem'), folder.resolve('etc/one.pem'))
    copyFileSync(certificateFile('two.key'), folder.resolve('etc/one.key'))
    assert.equal((await daemon.ctl('reload')).code, 0)
    assert.equal(await shown(port), 'two.example prime256v1')
    open.write(get('/small.txt', CLOSE))
    assert.match(await allOf(open), /200 OK/)
    const resumed = await connectTls(port, { session: sessions[0] ?? Buffer.alloc(0) })
    assert.ok(resumed.isSessionReused())
    resumed.destroy()

    copyFileSync(certificateFile('one.pem'), folder.resolve('etc/one.pem'))
    const refused = await daemon.ctl('reload')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /one\.pem": The key in ".*one\.key" is not that of this certificate/)
    assert.equal(await shown(port), 'two.example prime256v1')
  })
})

test('a reload may have a port speak HTTPS, and HTTP again', async () => {
  await using daemon = await Daemon.start({ files: FILES })
  const { folder, port } = daemon
  const plain = async () => (await daemon.ask(get('/small.txt'))).status
  assert.equal(await plain(), 200)
  await daemon.reconfigure(`Listen 127.0.0.1:${port} https`, ...certify(folder, 'one'))
  await until(async () => (await plain()) === 400, 'HTTPS to be spoken')
  assert.match(await askTls(port, get('/small.txt', CLOSE)), /^HTTP\/1\.1 200 /)
  await daemon.reconfigure(`Listen 127.0.0.1:${port}`)
  await until(async () => (await plain()) === 200, 'HTTP to be spoken')
})

describe('webserver --check', () => {
  async function check(prepare: (folder: Folder) => readonly string[]): Promise<string> {
    using folder = new Folder()
    folder.configure(['Listen 127.0.0.1:0 https', ...prepare(folder)])
    const { stdout, stderr } = await run(WEBSERVER, ['--check', '--config', folder.configFile])
    return `${stdout}${stderr}`.replaceAll(folder.path, '')
  }
  const write = (folder: Folder, name: string, ...parts: readonly string[]) =>
    writeFileSync(
      folder.resolve(`etc/${name}`),
      parts.map(part => readFileSync(certificateFile(part), 'latin1')).join(''),
    )

  const CASES: readonly (readonly [string, (folder: Folder) => readonly string[], RegExp])[] = [
    ['no certificate', () => [], /:2:1: Expected an SSLCertificateFile: HTTPS is spoken at port 0/],
    [
      'no key',
      folder => certify(folder, 'one').slice(0, 1),
      /:3:20: Cannot use "\/etc\/one\.pem": Expected the key of this certificate: name it with SSLCertificateKeyFile/,
    ],
    [
      'the key of another',
      folder => certify(folder, 'one', 'two'),
      /:3:20: Cannot use .*one\.pem": The key in "\/etc\/two\.key" is not that of this certificate/,
    ],
    [
      'a key with a passphrase',
      folder => certify(folder, 'two', 'locked'),
      /:4:23: Cannot use .*Expected a key without a passphrase/,
    ],
    [
      'both in each other’s place',
      folder =>
        certify(folder, 'one').map(line =>
          line.replace(/(?:pem|key)$/, end => (end === 'pem' ? 'key' : 'pem')),
        ),
      /:3:20: Cannot use .*Expected a certificate in PEM, .* found none, but a private key/,
    ],
    [
      'a chain that begins with its end',
      folder => {
        write(folder, 'chain.pem', 'ca.pem', 'three.pem')
        return ['SSLCertificateFile etc/chain.pem', ...certify(folder, 'three').slice(1)]
      },
      /chain\.pem": Expected the certificate of the key before those that vouch for it/,
    ],
    [
      'a stranger in the chain',
      folder => {
        write(folder, 'chain.pem', 'three.pem', 'two.pem', 'three.key')
        return ['SSLCertificateFile etc/chain.pem']
      },
      /Warning: Certificate 2 in "\/etc\/chain\.pem" does not vouch for the one before it/,
    ],
    [
      'an expired one',
      folder => certify(folder, 'old'),
      /Warning: The certificate in .* has expired, on 2021-01-01: renew it/,
    ],
    [
      'a name that is in none',
      folder => [
        ...certify(folder, 'one'),
        '<VirtualHost *>',
        'ServerName other.example',
        'DocumentRoot var/www',
        '</VirtualHost>',
      ],
      /Warning: Clients that ask for "other\.example" will not trust the certificate, which is for one\.example, www\.one\.example, 127\.0\.0\.1/,
    ],
    [
      'a name that is in its subject alone',
      folder => [
        ...certify(folder, 'subject', 'two'),
        '<VirtualHost *>',
        'ServerName subject.example',
        'DocumentRoot var/www',
        '</VirtualHost>',
      ],
      /Warning: Clients that ask for "subject\.example" will not trust the certificate, which is for no host at all/,
    ],
    [
      'a file that is none',
      folder => {
        writeFileSync(folder.resolve('etc/one.pem'), Buffer.from([0x30, 0x82, 1, 2]))
        return ['SSLCertificateFile etc/one.pem']
      },
      /Expected a certificate in PEM, .* found none: one in DER becomes PEM by/,
    ],
    [
      'a pipe',
      folder => {
        const pipe = folder.resolve('etc/pipe.pem')
        execFileSync('mkfifo', [pipe])
        return ['SSLCertificateFile etc/pipe.pem']
      },
      /:3:20: Cannot use .*pipe\.pem": Cannot read it: it is no file/,
    ],
    [
      'a key that is too short',
      () => [`SSLCertificateFile ${certificateFile('weak.pem')}`],
      /:3:20: Cannot use .*weak\.pem": It is not safe enough for TLS \(.*ee key too small\): have one made with/,
    ],
    [
      'a key of a curve that nobody knows',
      () => [`SSLCertificateFile ${certificateFile('odd.pem')}`],
      /:3:20: Cannot use .*odd\.pem": Its key is of a curve that clients do not know, secp256k1: have one made/,
    ],
    [
      'two certificates of a kind',
      folder => [...certify(folder, 'one'), ...certify(folder, 'two')],
      /:5:20: Cannot use .*two\.pem": Its key is of the same kind, ec, as that of ".*one\.pem"/,
    ],
    [
      'a key that is published',
      folder => {
        const [certificate = ''] = certify(folder, 'one')
        folder.publish('one.key', readFileSync(certificateFile('one.key')))
        return [certificate, 'SSLCertificateKeyFile var/www/one.key']
      },
      /it would publish a private key, "\/var\/www\/one\.key"/,
    ],
    [
      'old versions',
      folder => [...certify(folder, 'one'), 'SSLProtocol TLSv1.1'],
      /TLSv1\.1 is spoken no more \(RFC 8996\)/,
    ],
  ]
  for (const [title, prepare, told] of CASES)
    test(`tells of ${title}`, async () => assert.match(await check(prepare), told))

  test('has nothing to say against a chain that is whole', async () => {
    const told = await check(folder => {
      write(folder, 'chain.pem', 'three.pem', 'ca.pem')
      return ['SSLCertificateFile etc/chain.pem', ...certify(folder, 'three').slice(1)]
    })
    assert.doesNotMatch(told, /chain\.pem/)
    assert.match(told, /: no mistakes/)
  })
})
