import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import type { Response } from './support/response.ts'
import { eventually, until } from './support/wait.ts'

const DECODERS = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync }
type Coding = keyof typeof DECODERS
const CODINGS = Object.keys(DECODERS) as Coding[]
const BROWSER = 'Accept-Encoding: gzip, deflate, br, zstd'
const HTML = `<!DOCTYPE html>\n${'<p>A line like any other, with a few words in it.</p>\n'.repeat(400)}`
const LARGE = Buffer.from(randomBytes(600_000).toString('base64'))
const LONG_AGO = new Date('2026-01-02T03:04:05.678Z')
const LATER = new Date('2026-01-02T03:04:06.789Z')
const CURL = ['/usr/bin/curl', '/bin/curl'].find(path => existsSync(path))

const daemon = await Daemon.start({
  config: ['CustomLog var/log/access.log "%r %>s %b %{Content-Encoding}o"', 'DirectoryIndex index.html'],
})
after(() => daemon[Symbol.asyncDispose]())

publish('index.html', HTML)
publish('page.html', HTML)
for (const [name, content] of [
  ['app.js', Buffer.from(HTML)],
  ['large.bin', LARGE],
] as const) {
  publish(name, content)
  publish(`${name}.br`, brotliCompressSync(content), LATER)
  publish(`${name}.gz`, gzipSync(content), LATER)
}

function publish(name: string, content: string | Buffer, time = LONG_AGO): void {
  utimesSync(daemon.folder.publish(name, content), time, time)
}

function field(response: Response, name: string): string | undefined {
  return response.fields.get(name)
}

function accepting(coding: string): string {
  return `Accept-Encoding: ${coding}`
}

function decode(response: Response): Buffer {
  const coding = field(response, 'content-encoding')
  return coding === undefined ? response.body : DECODERS[coding as Coding](response.body)
}

/** The response once it is encoded: files are compressed when they are a second old and there is time. */
function encoded(path: string, coding: Coding, from = daemon): Promise<Response> {
  return eventually(async () => {
    const response = await from.ask(get(path, accepting(coding)))
    return field(response, 'content-encoding') === coding ? response : undefined
  }, `${path} in ${coding}`)
}

describe('A sidecar', () => {
  test('is sent with its own tag, and every variant says that there are others', async () => {
    const [plain, br, gzip] = [
      await daemon.ask(get('/app.js')),
      await daemon.ask(get('/app.js', BROWSER)),
      await daemon.ask(get('/app.js', accepting('gzip'))),
    ]
    assert.deepEqual(
      [plain, br, gzip].map(each => field(each, 'content-encoding')),
      [undefined, 'br', 'gzip'],
    )
    for (const each of [plain, br, gzip]) {
      assert.equal(each.status, 200)
      assert.equal(field(each, 'vary'), 'Accept-Encoding')
      assert.equal(field(each, 'content-type'), 'text/javascript; charset=utf-8')
      assert.equal(field(each, 'accept-ranges'), each === plain ? 'bytes' : undefined)
      assert.match(field(each, 'etag') ?? '', /^"[!-~]+"$/)
      assert.equal(decode(each).toString(), HTML)
    }
    assert.equal(new Set([plain, br, gzip].map(each => field(each, 'etag'))).size, 3)
    assert.equal(field(plain, 'last-modified'), 'Fri, 02 Jan 2026 03:04:05 GMT')
    assert.equal(field(br, 'last-modified'), 'Fri, 02 Jan 2026 03:04:06 GMT')
  })

  test('is named to HEAD exactly as to GET', async () => {
    for (const accept of [BROWSER, accepting('gzip'), accepting('identity')]) {
      const toGet = await daemon.ask(get('/app.js', accept))
      const toHead = await daemon.ask(request('HEAD /app.js HTTP/1.1', accept))
      const withoutDate = (head: string) => head.replace(/^Date: .*\r\n/m, '')
      assert.equal(withoutDate(toHead.head), withoutDate(toGet.head))
    }
  })

  test('answers conditions by its own tag', async () => {
    const plainTag = field(await daemon.ask(get('/app.js')), 'etag')
    const tag = field(await daemon.ask(get('/app.js', BROWSER)), 'etag')
    const same = await daemon.ask(get('/app.js', BROWSER, `If-None-Match: ${tag}`))
    assert.equal(same.status, 304)
    assert.equal(field(same, 'etag'), tag)
    assert.equal(field(same, 'vary'), 'Accept-Encoding')
    assert.equal(field(same, 'content-encoding'), undefined)

    assert.equal((await daemon.ask(get('/app.js', BROWSER, `If-None-Match: ${plainTag}`))).status, 304)
    assert.equal((await daemon.ask(get('/app.js', BROWSER, 'If-None-Match: "other"'))).status, 200)
    assert.equal((await daemon.ask(get('/app.js', BROWSER, `If-Match: ${plainTag}`))).status, 412)
    const plain = await daemon.ask(get('/app.js', `If-None-Match: ${plainTag}`))
    assert.equal(plain.status, 304)
    assert.equal(field(plain, 'vary'), 'Accept-Encoding')
  })

  test('is not sent to a client that has another variant already', async () => {
    const gzipTag = field(await daemon.ask(get('/app.js', accepting('gzip'))), 'etag')
    const plainTag = field(await daemon.ask(get('/app.js')), 'etag')
    for (const tag of [gzipTag, plainTag]) {
      const same = await daemon.ask(get('/app.js', BROWSER, `If-None-Match: "x", ${tag}`))
      assert.equal(same.status, 304)
      assert.equal(field(same, 'etag'), tag)
    }
    const refused = await daemon.ask(get('/app.js', accepting('br'), `If-None-Match: ${gzipTag}`))
    assert.equal(field(refused, 'content-encoding'), 'br')
  })

  test('that a client holds is told to be unchanged, also when it asks for a part', async () => {
    const held = await daemon.ask(get('/app.js', accepting('gzip')))
    const condition = `If-None-Match: ${field(held, 'etag')}`
    const answer = await daemon.ask(get('/app.js', accepting('gzip'), 'Range: bytes=10-19', condition))
    assert.equal(answer.status, 304)
    assert.equal(field(answer, 'etag'), field(held, 'etag'))
  })

  test('is sent as a whole: parts are those of the file as it is, whatever form the client holds', async () => {
    for (const path of ['/app.js', '/large.bin']) {
      const plain = await daemon.ask(get(path))
      const packed = await daemon.ask(get(path, accepting('gzip')))
      for (const coding of ['gzip', 'br, gzip, zstd', 'gzip, identity;q=0.001']) {
        const part = await daemon.ask(get(path, accepting(coding), 'Range: bytes=10-19'))
        assert.equal(part.status, 206)
        assert.equal(field(part, 'content-encoding'), undefined)
        assert.equal(field(part, 'content-range'), `bytes 10-19/${plain.body.length}`)
        assert.equal(field(part, 'etag'), field(plain, 'etag'))
        assert.equal(field(part, 'vary'), 'Accept-Encoding')
        assert.equal(field(part, 'accept-ranges'), 'bytes')
        assert.deepEqual(part.body, plain.body.subarray(10, 20))
      }
      for (const validator of [field(packed, 'etag') ?? '', 'Fri, 02 Jan 2026 03:04:06 GMT']) {
        const fields = [accepting('gzip'), 'Range: bytes=10-19', `If-Range: ${validator}`]
        const whole = await daemon.ask(get(path, ...fields))
        assert.equal(whole.status, 200, validator)
        assert.equal(field(whole, 'content-encoding'), undefined)
        assert.deepEqual(whole.body, plain.body)
      }
      const onlyPacked = await daemon.ask(get(path, accepting('gzip, identity;q=0'), 'Range: bytes=10-19'))
      assert.equal(onlyPacked.status, 200)
      assert.deepEqual(onlyPacked.body, packed.body)
      const tooFar = await daemon.ask(get(path, accepting('gzip'), `Range: bytes=${plain.body.length}-`))
      assert.equal(tooFar.status, 416)
      assert.equal(field(tooFar, 'content-range'), `bytes */${plain.body.length}`)
    }
  })

  test('is logged as what was sent', async () => {
    const { body } = await daemon.ask(get('/app.js?logged', accepting('gzip')))
    assert.equal(await daemon.logged('?logged'), `GET /app.js?logged HTTP/1.1 200 ${body.length} gzip`)
  })

  test('is noticed when it comes, and when it goes', async () => {
    publish('later.html', HTML)
    assert.equal(decode(await daemon.ask(get('/later.html', accepting('gzip')))).toString(), HTML)
    publish('later.html.new', gzipSync('packed'))
    const path = daemon.folder.resolve('var/www/later.html')
    renameSync(`${path}.new`, `${path}.gz`)
    await eventually(async () => {
      const response = await daemon.ask(get('/later.html', accepting('gzip')))
      return decode(response).toString() === 'packed' ? true : undefined
    }, 'the sidecar')
    rmSync(`${path}.gz`)
    await eventually(async () => {
      const response = await daemon.ask(get('/later.html', accepting('gzip')))
      return decode(response).toString() === HTML ? true : undefined
    }, 'the file again')
  })
})

describe('Compress', () => {
  test('sends every coding of a file, and each unpacks to it', async () => {
    const plain = await daemon.ask(get('/page.html'))
    assert.equal(field(plain, 'vary'), 'Accept-Encoding')
    const tags = new Set([field(plain, 'etag')])
    for (const coding of CODINGS) {
      const response = await encoded('/page.html', coding)
      assert.equal(decode(response).toString(), HTML)
      assert.ok(response.body.length < HTML.length / 4)
      assert.equal(field(response, 'vary'), 'Accept-Encoding')
      assert.equal(field(response, 'last-modified'), 'Fri, 02 Jan 2026 03:04:05 GMT')
      tags.add(field(response, 'etag'))

      const tag = field(response, 'etag')
      const same = await daemon.ask(get('/page.html', accepting(coding), `If-None-Match: ${tag}`))
      assert.equal(same.status, 304)
      const part = await daemon.ask(get('/page.html', accepting(coding), 'Range: bytes=-10'))
      assert.equal(part.status, 206)
      assert.deepEqual(part.body, plain.body.subarray(-10))
    }
    assert.equal(tags.size, 4)
  })

  test('sends a file that has only just come as it is', async () => {
    publish('first.html', HTML)
    const response = await daemon.ask(get('/first.html', BROWSER))
    assert.equal(field(response, 'content-encoding'), undefined)
    assert.equal(field(response, 'vary'), 'Accept-Encoding')
    assert.equal(response.body.toString(), HTML)
  })

  for (const size of [300, 20_000, 200_000, 900_000]) {
    test(`packs a file of ${size} bytes for the first client that would have it so`, async () => {
      const content = HTML.repeat(50).slice(0, size)
      publish(`first-${size}.html`, content)
      // Within a second it might change again without its times telling.
      await new Promise(resolve => setTimeout(resolve, 1100))
      const plain = await daemon.ask(get(`/first-${size}.html`, 'Accept-Encoding: br'))
      assert.equal(field(plain, 'content-encoding'), undefined)
      assert.equal(plain.body.toString(), content)
      const response = await daemon.ask(get(`/first-${size}.html`, accepting('gzip')))
      assert.equal(field(response, 'content-encoding'), 'gzip')
      assert.equal(decode(response).toString(), content)
      assert.equal(field(response, 'vary'), 'Accept-Encoding')
      assert.doesNotMatch(`${field(response, 'etag')}`, /^W/)
      // Whoever holds it is not sent the closer form that is made later.
      const held = field(response, 'etag')
      const fresh = () => daemon.ask(get(`/first-${size}.html`, accepting('gzip')))
      await until(async () => field(await fresh(), 'etag') !== held, 'a closer form')
      const again = await daemon.ask(get(`/first-${size}.html`, accepting('gzip'), `If-None-Match: ${held}`))
      assert.equal(again.status, 304)
    })
  }

  test('sends a file as it is that cannot be packed to less', async () => {
    const content = randomBytes(40_000)
    publish('noise.txt', content)
    await new Promise(resolve => setTimeout(resolve, 1100))
    const response = await daemon.ask(get('/noise.txt', accepting('gzip')))
    assert.equal(field(response, 'content-encoding'), undefined)
    assert.deepEqual(response.body, content)
  })

  test('never sends an old version once the file is known to have changed', async () => {
    publish('changing.html', HTML)
    await encoded('/changing.html', 'gzip')
    publish('changing.html', HTML.toUpperCase(), LATER)
    await eventually(async () => {
      const response = await daemon.ask(get('/changing.html', accepting('gzip')))
      return decode(response).toString() === HTML.toUpperCase() ? true : undefined
    }, 'the new version')
    const response = await encoded('/changing.html', 'gzip')
    assert.equal(decode(response).toString(), HTML.toUpperCase())
  })

  test('works for the index of a folder, and keeps to FileCacheSize', async () => {
    assert.equal(decode(await encoded('/', 'br')).toString(), HTML)
    const { fileCache } = await daemon.status()
    assert.ok(fileCache.bytes < fileCache.maximum)
  })

  test('goes on after a reload, and stops with Compress Off', async () => {
    await using site = await Daemon.start({ files: { 'page.html': HTML } })
    await encoded('/page.html', 'gzip', site)
    await site.reconfigure('FileCacheSize 1M')
    await encoded('/page.html', 'gzip', site)
    await site.reconfigure('Compress Off')
    const response = await site.ask(get('/page.html', BROWSER))
    assert.equal(field(response, 'content-encoding'), undefined)
    assert.equal(field(response, 'vary'), undefined)
  })

  test('leaves error pages, generated pages and small files as they are', async () => {
    publish('small.txt', 'small')
    for (const path of ['/absent', '/small.txt']) {
      const response = await daemon.ask(get(path, BROWSER))
      assert.equal(field(response, 'content-encoding'), undefined)
      assert.equal(field(response, 'vary'), undefined)
    }
  })
})

test('curl --compressed gets every file as it is on the disk', { skip: CURL === undefined }, async () => {
  await encoded('/page.html', 'gzip')
  const target = daemon.folder.resolve('var/run/downloaded')
  for (const [path, content] of [
    ['/page.html', HTML],
    ['/app.js', HTML],
    ['/large.bin', LARGE.toString()],
  ]) {
    const url = `http://127.0.0.1:${daemon.port}${path}`
    const args = [
      '--silent',
      '--show-error',
      '--fail',
      '--compressed',
      '--dump-header',
      '-',
      '--output',
      target,
    ]
    const { stdout } = await promisify(execFile)(CURL ?? '', [...args, url])
    assert.match(stdout, /^Content-Encoding: (?:br|zstd|gzip)\r$/m)
    assert.equal(daemon.folder.read('var/run/downloaded'), content)
    rmSync(target)
  }
})

test('curl resumes a download that it asks to have unpacked, from what it has unpacked', {
  skip: CURL === undefined,
}, async () => {
  const target = daemon.folder.resolve('var/run/resumed.bin')
  writeFileSync(target, LARGE.subarray(0, 1000))
  const url = `http://127.0.0.1:${daemon.port}/large.bin`
  const options = ['--silent', '--fail', '--compressed', '--continue-at', '-', '--output', target]
  await promisify(execFile)(CURL ?? '', [...options, url])
  assert.deepEqual(Buffer.from(daemon.folder.read('var/run/resumed.bin'), 'latin1'), Buffer.from(LARGE))
})
