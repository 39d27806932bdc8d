import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { OTHER_USER, SKIP_OTHER_USER } from './support/program.ts'
import type { Response, ResponseHead } from './support/response.ts'
import { until } from './support/wait.ts'

const MIB = 1024 ** 2
/** More than the kernel takes for a client that takes nothing. */
const BIG = 17 * MIB
/** Where a file of no content is read at the speed of memory. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const LONG_AGO = new Date('2026-01-02T03:04:05.678Z')
const TEXT = 'The quick brown fox jumps over the lazy dog\n'

const daemon = await Daemon.start({
  config: ['CustomLog var/log/access.log "%r %>s %b %X"', 'MaxWait off'],
  files: {
    'index.html': '<h1>Home</h1>',
    'text.txt': TEXT,
    'folder/index.html': '<h1>Folder</h1>',
    'bare/file.txt': 'no index beside me',
    'evil.example/x/index.html': 'the folder of that name',
    'a b+c%d.txt': 'reserved',
    'grüße.txt': 'non-ASCII',
    'empty.txt': '',
    'big.bin': Buffer.alloc(300_000, 'x'),
    '.secret': 'secret',
    '.git/config': 'secret',
    '.well-known/security.txt': 'Contact: mailto:security@example.com',
    '.well-known/.secret': 'secret',
  },
})
after(() => daemon[Symbol.asyncDispose]())
utimesSync(daemon.folder.resolve('var/www/text.txt'), LONG_AGO, LONG_AGO)

/** Publishes a file that was last changed long ago, so that its entity-tag is strong. */
function publishOld(name: string, content: string | Buffer): void {
  utimesSync(daemon.folder.publish(name, content), LONG_AGO, LONG_AGO)
}

function field(response: ResponseHead, name: string): string {
  return response.fields.get(name) ?? ''
}

/** The fields that do not depend on when they were written. */
function timelessFields({ fields }: Response) {
  return [...fields].filter(([name]) => name !== 'date')
}

describe('A file', () => {
  test('comes with its type, its length, its validators and the date', async () => {
    const response = await daemon.ask(get('/text.txt'))
    assert.equal(response.status, 200)
    assert.equal(response.body.toString(), TEXT)
    assert.deepEqual(Object.fromEntries(timelessFields(response)), {
      server: 'webserver',
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(TEXT.length),
      'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
      etag: response.fields.get('etag'),
      'accept-ranges': 'bytes',
    })
    assert.match(field(response, 'etag'), /^"[!-~]+"$/)
    assert.match(field(response, 'date'), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    assert.ok(Math.abs(Date.parse(field(response, 'date')) - Date.now()) < 60_000)
  })

  test('that is empty comes as empty', async () => {
    const { status, body, fields } = await daemon.ask(get('/empty.txt'))
    assert.equal(status, 200)
    assert.equal(fields.get('content-length'), '0')
    assert.equal(body.length, 0)
  })

  test('of any size comes whole', async () => {
    for (const size of [1, 65_536, 262_143, 262_144, 262_145, 1_000_003]) {
      const content = Buffer.alloc(size, 'The bytes of this file repeat, but not at a power of two. ')
      daemon.folder.publish(`sized-${size}.bin`, content)
      const { body } = await daemon.ask(get(`/sized-${size}.bin`))
      assert.ok(body.equals(content), `${size} bytes`)
    }
  })

  const types: Record<string, string> = {
    'page.html': 'text/html; charset=utf-8',
    'PAGE.HTML': 'text/html; charset=utf-8',
    'style.css': 'text/css; charset=utf-8',
    'script.js': 'text/javascript; charset=utf-8',
    'module.mjs': 'text/javascript; charset=utf-8',
    'data.json': 'application/json',
    'image.svg': 'image/svg+xml',
    'image.png': 'image/png',
    'font.woff2': 'font/woff2',
    'program.wasm': 'application/wasm',
    'archive.tar.gz': 'application/gzip',
    'data.unknown-extension': 'text/plain; charset=utf-8',
    Makefile: 'text/plain; charset=utf-8',
  }
  test('has the media type of its extension, or is text if it looks so', async () => {
    for (const [name, type] of Object.entries(types)) {
      daemon.folder.publish(`types/${name}`, 'content')
      assert.equal(field(await daemon.ask(get(`/types/${name}`)), 'content-type'), type, name)
    }
  })

  test('says nothing of its character set if it is HTML that declares another, also a large one', async () => {
    const declaring = '<!doctype html><meta charset="EUC-KR">'
    for (const [name, content] of [
      ['small.html', declaring],
      ['large.html', declaring.padEnd(300_000)],
    ] as const) {
      daemon.folder.publish(name, content)
      assert.equal(field(await daemon.ask(get(`/${name}`)), 'content-type'), 'text/html', name)
    }
  })

  test('that is packed by its kind is sent so, and packed no further', async () => {
    const packed = gzipSync(`<svg xmlns="http://www.w3.org/2000/svg">${'<g></g>'.repeat(5000)}</svg>`)
    daemon.folder.publish('drawing.svgz', packed)
    for (const fields of [[], ['Accept-Encoding: br']]) {
      const response = await daemon.ask(get('/drawing.svgz', ...fields))
      assert.equal(field(response, 'content-type'), 'image/svg+xml')
      assert.equal(field(response, 'content-encoding'), 'gzip')
      assert.equal(response.fields.get('vary'), undefined)
      assert.ok(response.body.equals(packed))
    }
  })
})

describe('HEAD', () => {
  for (const path of ['/text.txt', '/empty.txt', '/big.bin', '/', '/folder', '/bare/', '/absent']) {
    test(`gets for ${path} the fields of GET and no body`, async () => {
      using client = await daemon.connect()
      client.send(request(`HEAD ${path} HTTP/1.1`) + get(path))
      const ofHead = await client.response('HEAD')
      const ofGet = await client.response()
      assert.equal(ofHead.status, ofGet.status)
      assert.deepEqual(timelessFields(ofHead), timelessFields(ofGet))
    })
  }

  test('ignores a Range, as only GET has ranges', async () => {
    const { status, fields } = await daemon.ask(request('HEAD /text.txt HTTP/1.1', 'Range: bytes=0-0'))
    assert.equal(status, 200)
    assert.equal(fields.get('content-length'), String(TEXT.length))
  })
})

describe('OPTIONS', () => {
  for (const target of ['*', '/text.txt', '/absent']) {
    test(`of ${target} names the methods there are`, async () => {
      const { status, fields } = await daemon.ask(request(`OPTIONS ${target} HTTP/1.1`))
      assert.equal(status, 204)
      assert.equal(fields.get('allow'), 'GET, HEAD, OPTIONS')
    })
  }
})

describe('A folder', () => {
  test('is served by its index', async () => {
    assert.equal((await daemon.ask(get('/'))).body.toString(), '<h1>Home</h1>')
    assert.equal((await daemon.ask(get('/folder/'))).body.toString(), '<h1>Folder</h1>')
  })

  test('without its slash leads to the one with it, with the query it had', async () => {
    const response = await daemon.ask(get('/folder?a=1&b=%20'))
    assert.equal(response.status, 301)
    assert.equal(field(response, 'location'), 'folder/?a=1&b=%20')
  })

  test('without its slash leads to its own name, which is right behind a proxy that takes a prefix off', async () => {
    daemon.folder.publish("odd/C:/what & why?/it's.txt", '')
    const locationOf = async (path: string) => field(await daemon.ask(get(path)), 'location')
    assert.equal(await locationOf('/odd/C:'), 'C%3A/')
    assert.equal(await locationOf('/odd/C%3A/what%20&%20why%3f'), 'what%20&%20why%3F/')
  })

  const elsewhere = [
    '//evil.example/x',
    '///evil.example/x',
    '/%2Fevil.example/x',
    '//evil.example%2Fx',
    '/\\evil.example/x',
    '/.//evil.example/x',
    '/folder/..//evil.example/x',
    'http://evil.example/evil.example/x',
    'http://evil.example//evil.example/x',
  ]
  for (const target of elsewhere) {
    test(`never leads to another host, not for ${target} either`, async () => {
      const response = await daemon.ask(get(target))
      assert.ok([301, 404].includes(response.status), `${response.status}`)
      if (response.status === 301) assert.equal(field(response, 'location'), 'x/')
    })
  }

  test('without an index is nobody’s business', async () => {
    assert.equal((await daemon.ask(get('/bare/'))).status, 403)
    assert.equal((await daemon.ask(get('/bare/file.txt'))).status, 200)
  })

  test('that does not exist is not found', async () => {
    assert.equal((await daemon.ask(get('/absent/'))).status, 404)
  })
})

test('The host that a client names changes no answer, so that it can poison no cache', async () => {
  for (const path of ['/', '/text.txt', '/folder?a', '/bare/', '/absent', '/%zz']) {
    const answers = ['www.example.com', 'evil.example', '127.0.0.1:1'].map(async host => {
      using client = await daemon.connect()
      const forwarded = `X-Forwarded-Host: ${host}\r\nX-Forwarded-Proto: https\r\nForwarded: host=${host}\r\n`
      client.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${forwarded}\r\n`)
      const response = await client.response()
      return { status: response.status, fields: timelessFields(response), body: String(response.body) }
    })
    const [usual, ...others] = await Promise.all(answers)
    for (const other of others) assert.deepEqual(other, usual, path)
  }
})

describe('A path', () => {
  const served: Record<string, string> = {
    '/%74ext.txt': TEXT,
    '/text.txt?query': TEXT,
    '//text.txt': TEXT,
    '/./text.txt': TEXT,
    '/folder/../text.txt': TEXT,
    '/folder/%2e%2E/text.txt': TEXT,
    '/absent/../text.txt': TEXT,
    '/a%20b+c%25d.txt': 'reserved',
    '/gr%C3%BC%C3%9Fe.txt': 'non-ASCII',
    '/.well-known/security.txt': 'Contact: mailto:security@example.com',
    'http://www.example.com/text.txt': TEXT,
  }
  for (const [path, content] of Object.entries(served)) {
    test(`${path} is served`, async () => {
      const response = await daemon.ask(get(path))
      assert.equal(response.status, 200)
      assert.equal(response.body.toString(), content)
    })
  }

  const notFound = [
    '/absent',
    '/TEXT.TXT',
    '/text.txt/',
    '/text.txt/more',
    '/big.bin/',
    '/folder%2Findex.html',
    '/folder%2findex.html',
    '/%2Fetc/passwd',
    '/.secret',
    '/%2Esecret',
    '/.git/',
    '/.git/config',
    '/folder/.absent',
    '/.well-known/.secret',
    `/${'a'.repeat(300)}`,
    `/${'a/'.repeat(3000)}`,
    '/text%252Etxt',
  ]
  for (const path of notFound) {
    test(`${path.slice(0, 40)} is not found`, async () => {
      assert.equal((await daemon.ask(get(path))).status, 404)
    })
  }

  const malformed = [
    '/..',
    '/../etc/passwd',
    '/folder/../../etc/passwd',
    '/%2e%2e/etc/passwd',
    '/%',
    '/%zz',
    '/text.txt%00',
  ]
  for (const path of malformed) {
    test(`${path} is refused as malformed`, async () => {
      assert.equal((await daemon.ask(get(path))).status, 400)
    })
  }

  test('that names a pipe is not found, and the server goes on', async () => {
    execFileSync('mkfifo', [
      daemon.folder.resolve('var/www/pipe'),
      daemon.folder.resolve('var/www/bare/pipe'),
    ])
    assert.equal((await daemon.ask(get('/pipe'))).status, 404)
    assert.equal((await daemon.ask(get('/bare/pipe'))).status, 404)
    assert.equal((await daemon.ask(get('/text.txt'))).status, 200)
  })
})

describe('A symbolic link', () => {
  test('to something inside DocumentRoot is followed', async () => {
    symlinkSync('text.txt', daemon.folder.resolve('var/www/link.txt'))
    symlinkSync('folder', daemon.folder.resolve('var/www/link'))
    assert.equal((await daemon.ask(get('/link.txt'))).body.toString(), TEXT)
    assert.equal((await daemon.ask(get('/link/'))).body.toString(), '<h1>Folder</h1>')
  })

  test('to something outside DocumentRoot is refused', async () => {
    const secret = daemon.folder.resolve('etc/secret.txt')
    writeFileSync(secret, 'secret')
    symlinkSync(secret, daemon.folder.resolve('var/www/leak.txt'))
    symlinkSync('../../etc', daemon.folder.resolve('var/www/leak'))
    symlinkSync('leak.txt', daemon.folder.resolve('var/www/leak-in-two-steps.txt'))
    for (const path of ['/leak.txt', '/leak/secret.txt', '/leak/', '/leak', '/leak-in-two-steps.txt']) {
      assert.equal((await daemon.ask(get(path))).status, 403, path)
    }
  })

  test('to a folder beside DocumentRoot whose name begins alike is refused', async () => {
    mkdirSync(daemon.folder.resolve('var/www-private'))
    writeFileSync(daemon.folder.resolve('var/www-private/secret.txt'), 'secret')
    symlinkSync('../www-private', daemon.folder.resolve('var/www/private'))
    assert.equal((await daemon.ask(get('/private/secret.txt'))).status, 403)
  })

  test('that leads nowhere or round in a circle is not found', async () => {
    symlinkSync('absent.txt', daemon.folder.resolve('var/www/dangling'))
    symlinkSync('circle', daemon.folder.resolve('var/www/circle'))
    assert.equal((await daemon.ask(get('/dangling'))).status, 404)
    assert.equal((await daemon.ask(get('/circle'))).status, 404)
  })

  test('that is turned to the outside is no longer followed, though its file was in memory', async () => {
    const link = daemon.folder.resolve('var/www/turning.txt')
    symlinkSync('text.txt', link)
    assert.equal((await daemon.ask(get('/turning.txt'))).status, 200)
    rmSync(link)
    symlinkSync('/etc/hostname', link)
    await stale()
    assert.equal((await daemon.ask(get('/turning.txt'))).status, 403)
  })
})

describe('A file that changes', () => {
  test('is another version also with the size and the time that every build gives it', async () => {
    const publish = async (content: string) => {
      const path = daemon.folder.publish('built.new', content)
      utimesSync(path, 1, 1)
      renameSync(path, daemon.folder.resolve('var/www/built.txt'))
      await stale()
      return field(await daemon.ask(get('/built.txt')), 'etag').replace('W/', '')
    }
    const one = await publish('one')
    const two = await publish('two')
    assert.notEqual(one, two)
    const again = await daemon.ask(get('/built.txt', `If-None-Match: ${one}`))
    assert.deepEqual([again.status, `${again.body}`], [200, 'two'])
    assert.equal((await daemon.ask(get('/built.txt', 'Range: bytes=0-0', `If-Range: ${one}`))).status, 200)
  })

  test('is served as it is now, 100 ms later at the latest', async () => {
    for (const content of ['one', 'two', 'six', 'three', '']) {
      daemon.folder.publish('changing.txt', content)
      await stale()
      assert.equal((await daemon.ask(get('/changing.txt'))).body.toString(), content)
    }
  })

  test('has another entity-tag, so that nobody keeps the old version', async () => {
    daemon.folder.publish('tagged.txt', 'one')
    const one = field(await daemon.ask(get('/tagged.txt')), 'etag')
    daemon.folder.publish('tagged.txt', 'two')
    await stale()
    const response = await daemon.ask(get('/tagged.txt', `If-None-Match: ${one}`))
    assert.equal(response.status, 200)
    assert.equal(response.body.toString(), 'two')
  })

  test('is served from memory as long as it stays the same', async () => {
    publishOld('steady.txt', 'steady')
    const first = await daemon.ask(get('/steady.txt'))
    await stale()
    const second = await daemon.ask(get('/steady.txt'))
    assert.deepEqual(timelessFields(second), timelessFields(first))
    assert.ok((await daemon.status()).fileCache.files > 0)
  })

  test('is not found once it is deleted', async () => {
    publishOld('deleted.txt', 'still there')
    assert.equal((await daemon.ask(get('/deleted.txt'))).status, 200)
    rmSync(daemon.folder.resolve('var/www/deleted.txt'))
    await stale()
    assert.equal((await daemon.ask(get('/deleted.txt'))).status, 404)
  })

  test('that shrinks while it is sent breaks the connection off, and the log says so', async () => {
    const path = daemon.folder.publishSparse('shrinking.bin', BIG)
    using client = await daemon.connect()
    client.send(get('/shrinking.bin'))
    await client.responseHead()
    truncateSync(path, 1000)
    assert.equal((await client.untilClosed()).end, 'reset')
    assert.match(await daemon.logged('/shrinking.bin'), /^GET \/shrinking\.bin HTTP\/1\.1 200 \d+ X$/)
    assert.equal((await daemon.ask(get('/text.txt?then'))).status, 200)
    await daemon.logged('/text.txt?then')
    const lines = (await daemon.accessLog(1)).filter(line => line.includes('/shrinking.bin'))
    assert.equal(lines.length, 1)
  })

  test('that is cut short when its response is complete arrives as it was, though its client paused', async () => {
    // Larger than what is kept in memory, and no larger than what the kernel takes for a client that reads nothing.
    const content = Buffer.alloc(270_000, 'x')
    const path = daemon.folder.publish('paused.bin', content)
    using client = await daemon.connect()
    client.send(get('/paused.bin'))
    await daemon.logged('/paused.bin')
    truncateSync(path, 1000)
    const { body } = await client.response()
    assert.ok(body.equals(content), `${body.filter(byte => byte === 0).length} bytes have become zeros`)
  })

  test('that grows while it is sent comes to the length that was announced', async () => {
    const path = daemon.folder.publishSparse('growing.bin', BIG)
    using client = await daemon.connect()
    client.send(get('/growing.bin'))
    const head = await client.responseHead()
    appendFileSync(path, 'more')
    assert.equal(head.fields.get('content-length'), String(BIG))
    await client.skip(BIG)
    client.send(get('/text.txt'))
    assert.equal((await client.response()).body.toString(), TEXT)
  })
})

describe('A client that has the file already', () => {
  test('by its entity-tag or its date is told that it has not changed', async () => {
    const { fields } = await daemon.ask(get('/text.txt'))
    for (const condition of [
      `If-None-Match: ${fields.get('etag')}`,
      `If-Modified-Since: ${fields.get('last-modified')}`,
    ]) {
      using client = await daemon.connect()
      client.send(get('/text.txt', condition) + get('/text.txt'))
      const notModified = await client.response()
      assert.equal(notModified.status, 304)
      assert.equal(notModified.fields.get('etag'), fields.get('etag'))
      assert.equal((await client.response()).status, 200, 'a 304 has no body')
    }
  })

  test('as it is goes on with that, though by now it would be sent a compressed one', async () => {
    publishOld('growing-old.txt', TEXT.repeat(1000))
    const ask = (...fields: string[]) =>
      daemon.ask(get('/growing-old.txt', 'Accept-Encoding: gzip', ...fields))
    const etag = field(await daemon.ask(get('/growing-old.txt')), 'etag')
    await until(async () => field(await ask(), 'content-encoding') === 'gzip', 'a compressed file')
    assert.equal((await ask(`If-None-Match: ${etag}`)).status, 304)
    const part = await ask('Range: bytes=4-8', `If-Range: ${etag}`)
    assert.equal(part.status, 206)
    assert.equal(part.body.toString(), 'quick')
  })

  test('in another version gets the file', async () => {
    const asked = get('/text.txt', 'If-None-Match: "another"')
    assert.equal((await daemon.ask(asked)).status, 200)
  })

  test('or wants one version only is told that there is another', async () => {
    const response = await daemon.ask(get('/text.txt', 'If-Match: "another"'))
    assert.equal(response.status, 412)
  })
})

describe('A range', () => {
  const parts: [range: string, contentRange: string, content: string][] = [
    ['bytes=4-8', 'bytes 4-8/44', 'quick'],
    ['bytes=40-', 'bytes 40-43/44', 'dog\n'],
    ['bytes=-4', 'bytes 40-43/44', 'dog\n'],
    ['bytes=40-99', 'bytes 40-43/44', 'dog\n'],
  ]
  for (const [range, contentRange, content] of parts) {
    test(`${range} is sent alone`, async () => {
      const response = await daemon.ask(get('/text.txt', `Range: ${range}`))
      assert.equal(response.status, 206)
      assert.equal(field(response, 'content-range'), contentRange)
      assert.equal(field(response, 'content-type'), 'text/plain; charset=utf-8')
      assert.equal(response.body.toString(), content)
    })
  }

  test('beyond the end is refused, and the client learns where the end is', async () => {
    const response = await daemon.ask(get('/text.txt', 'Range: bytes=44-'))
    assert.equal(response.status, 416)
    assert.equal(field(response, 'content-range'), 'bytes */44')
  })

  for (const range of ['bytes=a-b', 'lines=1-2', 'bytes=2-1']) {
    test(`that cannot be understood, as ${range}, gets the whole file`, async () => {
      const response = await daemon.ask(get('/text.txt', `Range: ${range}`))
      assert.equal(response.status, 200)
      assert.equal(response.body.toString(), TEXT)
    })
  }

  test('of a version that is no longer there gets the whole file', async () => {
    const { fields } = await daemon.ask(get('/text.txt'))
    const ask = (etag: string | undefined) =>
      daemon.ask(get('/text.txt', 'Range: bytes=0-0', `If-Range: ${etag}`))
    assert.equal((await ask(fields.get('etag'))).status, 206)
    assert.equal((await ask('"another"')).status, 200)
  })

  test('and another come as parts, each with its place in the file', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
    publishOld('parts.bin', content)
    const response = await daemon.ask(get('/parts.bin', 'Range: bytes=0-9,290000-290009,-5'))
    assert.equal(response.status, 206)
    const boundary = /^multipart\/byteranges; boundary=([^\s"]+)$/.exec(field(response, 'content-type'))?.[1]
    const part = (first: number, last: number) =>
      `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n` +
      `Content-Range: bytes ${first}-${last}/300000\r\n\r\n${content.toString('latin1', first, last + 1)}`
    assert.equal(
      response.body.toString('latin1'),
      `${part(0, 9)}${part(290_000, 290_009)}${part(299_995, 299_999)}\r\n--${boundary}--\r\n`,
    )
  })

  test('of a big file begins and ends where it should', async () => {
    const content = Buffer.alloc(2_000_000, 'The bytes of this file repeat, but not at a power of two. ')
    publishOld('ranged.bin', content)
    const response = await daemon.ask(get('/ranged.bin', 'Range: bytes=300001-1600000'))
    assert.equal(response.status, 206)
    assert.ok(response.body.equals(content.subarray(300_001, 1_600_001)))
  })
})

test('A file of 5 GiB comes whole and leaves the memory of the server as it was', async () => {
  const root = mkdtempSync(join(MEMORY, 'webserver-'))
  using cleanup = new DisposableStack()
  cleanup.defer(() => rmSync(root, { recursive: true }))
  const size = 5 * 1024 * MIB
  writeFileSync(join(root, 'huge.bin'), '')
  truncateSync(join(root, 'huge.bin'), size)
  await using site = await Daemon.start({ config: [`DocumentRoot ${root}`] })
  using client = await site.connect()
  client.send(get('/huge.bin'))
  assert.equal(field(await client.responseHead(), 'content-length'), String(size))

  const step = size / 10
  await client.skip(step)
  const before = (await site.status()).memory.resident
  for (let taken = step; taken < size; taken += step) {
    await client.skip(step)
    const { resident } = (await site.status()).memory
    assert.ok(resident < before + 64 * MIB, `${before} bytes resident became ${resident}`)
  }
  client.send(get('/absent'))
  assert.equal((await client.response()).status, 404, 'nothing comes behind it')
})

/** The loopback interface, as files: one of them can be opened, and refuses to be read. */
const INTERFACE = '/sys/class/net/lo'
const SKIP_INTERFACE = existsSync(`${INTERFACE}/speed`) ? false : 'needs sysfs'

test('A file that fails when it is read is a fault of the server, and told as one', {
  skip: SKIP_INTERFACE,
}, async () => {
  await using site = await Daemon.start({
    config: [`DocumentRoot ${INTERFACE}`, 'CustomLog var/log/access.log "%U %>s %X"'],
  })
  using client = await site.connect()
  for (let time = 0; time < 3; time++) {
    client.send(get('/speed'))
    assert.equal((await client.response()).status, 500)
    client.send(get('/absent'))
    assert.equal((await client.response()).status, 404)
  }
  const lines = await site.accessLog(6)
  assert.deepEqual(
    lines,
    [1, 2, 3].flatMap(() => ['/speed 500 +', '/absent 404 +']),
  )
  assert.match(site.folder.read('var/log/error.log'), /EINVAL/)
  assert.deepEqual(
    site.openFiles().filter(path => path.startsWith('/sys/') && path.endsWith('/speed')),
    [],
  )
})

test('No file stays open behind a response', async () => {
  const { fields } = await daemon.ask(get('/big.bin'))
  const requests = [
    get('/big.bin'),
    get('/big.bin/'),
    get('/big.bin/more'),
    get('/big.bin', `If-None-Match: ${fields.get('etag')}`),
    get('/big.bin', 'If-Match: "x"'),
    get('/big.bin', 'Range: bytes=0-0'),
    get('/big.bin', 'Range: bytes=999999-'),
    request('HEAD /big.bin HTTP/1.1'),
    get('/folder'),
    get('/bare/'),
    get('/leak.txt'),
  ]
  for (const each of requests) await daemon.ask(each)
  await daemon.untilStatus(status => status.connections.open === 0, 'no open connection')
  const root = daemon.folder.resolve('var/www')
  assert.deepEqual(
    daemon.openFiles().filter(path => path.startsWith(`${root}/`)),
    [],
  )
})

describe('A page of the administrator’s own', () => {
  test('goes with the true status', async () => {
    await using site = await Daemon.start({
      config: ['ErrorDocument 403 "Keep out"', 'Options -FollowSymLinks', 'FileCacheSize off'],
      files: { '404.html': '<h1>Gone fishing</h1>', 'bare/file.txt': '', 'text.txt': TEXT },
    })
    symlinkSync('text.txt', site.folder.resolve('var/www/link.txt'))

    const notFound = await site.ask(get('/absent'))
    assert.equal(notFound.status, 404)
    assert.equal(notFound.body.toString(), '<h1>Gone fishing</h1>')
    assert.equal(field(notFound, 'content-type'), 'text/html; charset=utf-8')

    for (const path of ['/bare/', '/link.txt']) {
      const forbidden = await site.ask(get(path))
      assert.equal(forbidden.status, 403, path)
      assert.equal(forbidden.body.toString(), 'Keep out')
    }
    assert.equal((await site.ask(get('/text.txt'))).body.toString(), TEXT)
    assert.equal((await site.status()).fileCache.files, 0)
  })
})

test('A file that the server may not read is refused', { skip: SKIP_OTHER_USER }, async () => {
  await using site = await Daemon.start({
    user: OTHER_USER,
    files: { 'text.txt': TEXT, 'unreadable.txt': 'secret', 'closed/file.txt': 'secret' },
  })
  chmodSync(site.folder.resolve('var/www/unreadable.txt'), 0)
  chmodSync(site.folder.resolve('var/www/closed'), 0)
  for (const path of ['/unreadable.txt', '/closed/file.txt', '/closed/']) {
    assert.equal((await site.ask(get(path))).status, 403, path)
  }

  assert.equal((await site.ask(get('/text.txt'))).status, 200)
  chmodSync(site.folder.resolve('var/www/text.txt'), 0)
  await stale()
  assert.equal((await site.ask(get('/text.txt'))).status, 403, 'though it is still in memory')
})

/**
 * Until the server no longer takes a file for what it was when it last looked: twice as long as it may, since it
 * measures that by a clock of its own.
 */
async function stale(): Promise<void> {
  const end = performance.now() + 200
  await until(() => performance.now() > end, '200 ms to pass')
}
