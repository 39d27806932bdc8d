import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { Folder } from '../support/folder.ts'
import { type Outcome, run } from '../support/program.ts'
import { eventually, until } from '../support/wait.ts'
import { Browser } from './browser.ts'
import { UnreliableLink } from './unreliable-link.ts'

const TEXT = 'The quick brown fox jumps over the lazy dog\n'
const LONG_AGO = 1_000_000_000
const PACKED = `export const packed = 'packed'\n${'// packed\n'.repeat(2000)}`
const BIG = Buffer.alloc(20_000_000, 'The bytes of this file repeat, but not at a power of two. ')

const SITE: Readonly<Record<string, string | Buffer>> = {
  'index.html': `<!DOCTYPE html><title>Not run</title><link rel="icon" href="image.png">
<link rel="stylesheet" href="style.css"><h1>Home</h1><img src="image.png">
<script type="module">import { packed } from './packed.js'; document.title += ' ' + packed</script>
<a href="folder/">Folder</a> <a href="text.txt?a=b">Text</a><script src="script.js"></script>`,
  'style.css': 'h1 { color: rgb(1, 2, 3) }',
  'script.js': 'document.title = "Run"',
  'image.png': Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
  'folder/index.html': '<h1>Folder</h1><a href="gr%C3%BC%C3%9Fe%20%26%20more.txt">Greetings</a>',
  'folder/grüße & more.txt': 'non-ASCII',
  'text.txt': TEXT,
  'packed.js': PACKED,
  'packed.js.gz': gzipSync(PACKED),
  'packed.js.br': brotliCompressSync(PACKED),
  'packed.js.zst': zstdCompressSync(PACKED),
  'unpacked.js': PACKED,
  'empty.txt': '',
  'big.bin': BIG,
  'movie.html': '<!DOCTYPE html><video src="movie.wav" preload="auto"></video>',
  'movie.wav': soundOf(400),
}

const daemon = await Daemon.start({
  config: ['CustomLog var/log/access.log "%m %U %>s [%{Range}i] %O"', 'MaxKeepAliveRequests 0'],
  files: SITE,
})
after(() => daemon[Symbol.asyncDispose]())
for (const name of Object.keys(SITE)) {
  utimesSync(daemon.folder.resolve(`var/www/${name}`), LONG_AGO, LONG_AGO)
}
const site = `http://127.0.0.1:${daemon.port}`

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder[Symbol.dispose]())

/** What a program of the system says that ends well. */
async function successOf(program: string, ...args: readonly string[]): Promise<string> {
  const outcome = await run(`/usr/bin/${program}`, args)
  assert.equal(outcome.code, 0, explain(outcome))
  return outcome.stdout
}

function explain({ stdout, stderr }: Outcome): string {
  return `${stdout.slice(-2000)}${stderr.slice(-2000)}`
}

function curl(...args: readonly string[]): Promise<string> {
  return successOf('curl', '--disable', '--silent', '--show-error', ...args)
}

/** Keeps the first bytes of the big file as what a client has of it. */
function keepBeginning(size: number): string {
  const path = folder.resolve('big.bin')
  writeFileSync(path, BIG)
  truncateSync(path, size)
  return path
}

function assertIsBig(path: string): void {
  assert.ok(readFileSync(path).equals(BIG), `${path} has ${statSync(path).size} bytes`)
}

let marks = 0

/** How many lines the access log has, now that it has those of all that went before. */
async function linesSoFar(): Promise<number> {
  const mark = `/mark-${++marks}`
  await daemon.ask(get(mark))
  await daemon.logged(mark)
  return (await daemon.accessLog(0)).length
}

/** Waits until a line like this has been added to so many. */
async function untilLogged(count: number, isWanted: RegExp): Promise<void> {
  const look = async () => (await daemon.accessLog(count)).slice(count).some(line => isWanted.test(line))
  await until(look, `a line like ${isWanted} in the access log`)
}

describe('curl', () => {
  test('gets several files over one connection', async () => {
    const urls = ['text.txt', 'empty.txt', 'folder/', 'absent'].map(path => `${site}/${path}`)
    const said = await curl('--write-out', '%{http_code} %{num_connects}\n', ...discard(urls))
    assert.equal(said, '200 1\n200 0\n200 0\n404 0\n')
  })

  test('gets many files at the same time', async () => {
    const urls = Array.from({ length: 50 }, (_, index) => `${site}/text.txt?${index}`)
    const said = await curl('--parallel', '--write-out', '%{http_code} %{size_download}\n', ...discard(urls))
    assert.equal(said, `200 ${TEXT.length}\n`.repeat(50))
  })

  test('gets the head alone', async () => {
    assert.match(
      await curl('--head', `${site}/text.txt`),
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 44\r\n/,
    )
  })

  test('speaks HTTP/1.0, and may go on over the connection', async () => {
    const args = [
      '--http1.0',
      '--header',
      'Connection: keep-alive',
      '--write-out',
      '%{http_version} %{num_connects}\n',
    ]
    assert.equal(await curl(...args, ...discard([`${site}/text.txt`, `${site}/text.txt`])), '1.1 1\n1.1 0\n')
    assert.equal(await curl('--http1.0', `${site}/text.txt`), TEXT)
  })

  test('offers HTTP/2 and is answered in HTTP/1.1', async () => {
    assert.equal(await curl('--http2', '--write-out', '%{http_version}', `${site}/text.txt`), `${TEXT}1.1`)
  })

  test('gets what is compressed beside a file, in each coding it knows', async () => {
    for (const [coding, name] of [
      ['gzip', 'packed.js.gz'],
      ['br', 'packed.js.br'],
      ['zstd', 'packed.js.zst'],
    ] as const) {
      const asked = ['--compressed', '--header', `Accept-Encoding: ${coding}`, `${site}/packed.js`]
      assert.equal(await curl(...asked), PACKED)
      const size = await curl(...asked, '--write-out', '%{size_download}', '--output', '/dev/null')
      assert.equal(size, String(SITE[name]?.length), coding)
    }
    assert.equal(await curl('--compressed', `${site}/packed.js`), PACKED)
  })

  test('gets what was compressed in memory, once there was time for it', async () => {
    const size = await eventually(async () => {
      const asked = ['--compressed', '--write-out', '%{size_download}', '--output', '/dev/null']
      const downloaded = Number(await curl(...asked, `${site}/unpacked.js`))
      return downloaded < PACKED.length ? downloaded : undefined
    }, 'a smaller download')
    assert.ok(size > 0)
    assert.equal(await curl('--compressed', `${site}/unpacked.js`), PACKED)
  })

  test('resumes a download', async () => {
    const path = keepBeginning(7_654_321)
    await curl('--continue-at', '-', '--output', path, `${site}/big.bin`)
    assertIsBig(path)
  })

  test('learns that a download was complete', async () => {
    const path = keepBeginning(BIG.length)
    const code = await curl(
      '--continue-at',
      '-',
      '--output',
      path,
      '--write-out',
      '%{http_code}',
      `${site}/big.bin`,
    )
    assert.equal(code, '416')
    assertIsBig(path)
  })

  test('gets ranges', async () => {
    assert.equal(await curl('--range', '4-8', `${site}/text.txt`), 'quick')
    assert.equal(await curl('--range', '-4', `${site}/text.txt`), 'dog\n')
    const parts = await curl('--range', '0-2,1000000-1000003', `${site}/big.bin`)
    assert.match(parts, /Content-Range: bytes 0-2\/20000000\r\n\r\nThe\r\n--/)
    assert.match(parts, /Content-Range: bytes 1000000-1000003\/20000000\r\n\r\n[\s\S]{4}\r\n--/)
  })

  test('gets what has changed since a time only', async () => {
    const path = folder.resolve('text.txt')
    await curl('--remote-time', '--output', path, `${site}/text.txt`)
    assert.equal(statSync(path).mtimeMs, LONG_AGO * 1000)
    const ask = (...args: string[]) => curl('--write-out', '%{http_code}', ...args, `${site}/text.txt`)
    assert.equal(await ask('--time-cond', path), '304')
    assert.equal(await ask('--time-cond', 'Sat, 08 Sep 2001 00:00:00 GMT'), `${TEXT}200`)
    assert.equal(await ask('--time-cond', '-Sat, 08 Sep 2001 00:00:00 GMT', '--output', '/dev/null'), '412')
  })

  test('gets what has another entity-tag only', async () => {
    const tag = folder.resolve('tag')
    const ask = (path: string) =>
      curl('--etag-compare', tag, '--write-out', '%{http_code}', '--output', '/dev/null', `${site}/${path}`)
    await curl('--etag-save', tag, '--output', '/dev/null', `${site}/text.txt`)
    assert.equal(await ask('text.txt'), '304')
    assert.equal(await ask('big.bin'), '200')
  })

  test('is told that nothing can be uploaded', async () => {
    const small = folder.resolve('small.txt')
    writeFileSync(small, 'upload')
    const large = folder.resolve('large.bin')
    writeFileSync(large, BIG)
    const upload = (...args: string[]) =>
      curl('--write-out', '%{http_code} %{errormsg}', '--output', '/dev/null', ...args, `${site}/new.txt`)
    assert.equal(await upload('--upload-file', small), '405 ')
    assert.equal(await upload('--upload-file', small, '--header', 'Transfer-Encoding: chunked'), '405 ')
    assert.equal(await upload('--upload-file', small, '--header', 'Expect: 100-continue'), '405 ')
    assert.equal(await upload('--upload-file', large), '413 ')
    assert.equal(await upload('--upload-file', large, '--header', 'Expect:'), '413 ')
    assert.equal(await upload('--form', `file=@${small}`), '405 ')
  })

  test('cannot climb out of DocumentRoot', async () => {
    const ask = (path: string) =>
      curl('--path-as-is', '--write-out', '%{http_code}', '--output', '/dev/null', `${site}${path}`)
    assert.equal(await ask('/../../../etc/passwd'), '400')
    assert.equal(await ask('/folder/..%2f..%2f..%2fetc/passwd'), '404')
    assert.equal(await ask('/folder/../text.txt'), '200')
  })

  test('is led to the folder when it leaves the slash out', async () => {
    assert.equal(await curl('--location', `${site}/folder`), SITE['folder/index.html'])
  })
})

test('A path in UTF-8 is found by clients that do not encode it', async () => {
  const url = `${site}/folder/grüße%20%26%20more.txt`
  const get = 'print HTTP::Tiny->new->get($ARGV[0])->{content}'
  for (const [program, ...args] of [
    ['curl', '--disable', '--silent', '--fail', url],
    ['busybox', 'wget', '-q', '-O', '-', url],
    ['perl', '-MHTTP::Tiny', '-e', get, url],
    ['elinks', '-config-dir', folder.path, '-no-home', '1', '-source', '1', url],
  ] as const) {
    assert.equal(await successOf(program, ...args), 'non-ASCII', program)
  }
  const sent = (await daemon.accessLog(await linesSoFar())).filter(line => line.includes('/folder/gr\\xc3'))
  assert.ok(sent.length >= 4, sent.join('\n'))
})

describe('wget', () => {
  const wget = (...args: readonly string[]) =>
    successOf('wget', '--no-config', '--no-verbose', '--directory-prefix', folder.path, ...args)

  test('resumes a download', async () => {
    keepBeginning(12_345_678)
    await wget('--continue', `${site}/big.bin`)
    assertIsBig(folder.resolve('big.bin'))
  })

  test('resumes a download by itself when its connection breaks', async () => {
    await using link = await UnreliableLink.to(daemon.port, 5_000_000)
    await wget('--waitretry=0', `http://127.0.0.1:${link.port}/big.bin`)
    assert.ok(link.broken)
    assertIsBig(folder.resolve('big.bin'))
  })

  test('mirrors a site with its times, and asks the second time for what has changed', async () => {
    const mirror = (...args: string[]) =>
      wget(...args, '--mirror', '--no-host-directories', '--execute', 'robots=off', `${site}/`)
    await mirror()
    const mirrored = [
      'folder/grüße & more.txt',
      'folder/index.html',
      'image.png',
      'index.html',
      'script.js',
      'style.css',
    ]
    for (const name of mirrored) {
      const path = folder.resolve(name)
      assert.deepEqual(readFileSync(path), Buffer.from(SITE[name] ?? ''), name)
      assert.equal(statSync(path).mtimeMs, LONG_AGO * 1000, name)
    }

    const before = await linesSoFar()
    await mirror()
    await mirror('--no-if-modified-since')
    const [first, ...others] = (await daemon.accessLog(await linesSoFar())).slice(before, -1)
    assert.match(first ?? '', /^GET \/ 304 /)
    assert.ok(others.length >= mirrored.length)
    assert.deepEqual(
      others.filter(line => !/^HEAD .* 200 \[-\]/.test(line)),
      [],
    )
  })
})

describe('aria2c', () => {
  const sum = createHash('sha256').update(BIG).digest('hex')
  const aria2c = (...args: readonly string[]) =>
    successOf(
      'aria2c',
      '--no-conf',
      '--quiet',
      '--file-allocation=none',
      `--checksum=sha-256=${sum}`,
      `--dir=${folder.path}`,
      ...args,
      `${site}/big.bin`,
    )

  test('splits a download over many connections', async () => {
    const before = await linesSoFar()
    await aria2c('--max-connection-per-server=16', '--split=16', '--min-split-size=1M')
    assertIsBig(folder.resolve('big.bin'))
    const lines = (await daemon.accessLog(await linesSoFar())).slice(before)
    const parts = lines.filter(line => line.startsWith('GET /big.bin 206 '))
    assert.ok(parts.length > 8, lines.join('\n'))
  })

  test('resumes a download', async () => {
    keepBeginning(12_345_678)
    await aria2c('--continue=true')
    assertIsBig(folder.resolve('big.bin'))
  })
})

describe('Under load', () => {
  test('h2load has no failed request', async () => {
    const said = await successOf(
      'h2load',
      '--h1',
      '--requests=5000',
      '--clients=50',
      `${site}/text.txt`,
      `${site}/folder/`,
      `${site}/style.css`,
    )
    assert.match(
      said,
      /requests: 5000 total, 5000 started, 5000 done, 5000 succeeded, 0 failed, 0 errored, 0 timeout/,
    )
    assert.match(said, /status codes: 5000 2xx, 0 3xx, 0 4xx, 0 5xx/)
  })

  for (const keepAlive of [[], ['-k']]) {
    test(`ab ${keepAlive.join('')} has no failed request`, async () => {
      const said = await successOf('ab', ...keepAlive, '-q', '-n', '2000', '-c', '20', `${site}/text.txt`)
      assert.match(said, /^Complete requests: +2000$/m)
      assert.match(said, /^Failed requests: +0$/m)
      assert.doesNotMatch(said, /Non-2xx/)
    })
  }
})

describe('Chromium', async () => {
  const browser = await Browser.start()
  after(() => browser[Symbol.asyncDispose]())

  test('loads a page with all that belongs to it, and is told on reloading that it has not changed', async () => {
    await browser.open(`${site}/`)
    const page = await browser.evaluate(
      '[document.title, document.images[0].naturalWidth, getComputedStyle(document.querySelector("h1")).color]',
    )
    assert.deepEqual(page, ['Run packed', 1, 'rgb(1, 2, 3)'])

    const before = await linesSoFar()
    await browser.reload()
    await untilLogged(before, /^GET \/ 304 /)
    assert.equal(await browser.evaluate('document.title'), 'Run packed')
  })

  test('seeks in a film, and gets the part it needs', async () => {
    await browser.open(`${site}/movie.html`)
    const before = await linesSoFar()
    const place = await browser.evaluate(`new Promise((resolve, reject) => {
      const film = document.querySelector('video')
      const seek = () => { film.onseeked = () => resolve(film.currentTime); film.currentTime = 390 }
      film.onerror = () => reject(new Error(film.error.message))
      if (film.readyState > 0) seek()
      else film.onloadedmetadata = seek
    })`)
    assert.equal(place, 390)
    await untilLogged(before, /^GET \/movie\.wav 206 \[bytes=1[67]\d{6}-/)
  })

  test('resumes a download by itself when its connection ends too early', async () => {
    await using link = await UnreliableLink.to(daemon.port, 5_000_000)
    const downloadPath = join(browser.folder, 'downloads')
    mkdirSync(downloadPath)
    await browser.command('Browser.setDownloadBehavior', {
      behavior: 'allow',
      downloadPath,
      eventsEnabled: true,
    })
    const before = await linesSoFar()
    await browser.command('Page.navigate', { url: `http://127.0.0.1:${link.port}/big.bin` })
    await eventually(
      () => browser.eventsNamed('Browser.downloadProgress').find(({ state }) => state === 'completed'),
      'the end of the download',
    )
    assertIsBig(join(downloadPath, 'big.bin'))
    await untilLogged(before, /^GET \/big\.bin 206 \[bytes=4\d{6}-\]/)
  })
})

/** Arguments for curl to get each of these and keep none. */
function discard(urls: readonly string[]): string[] {
  return urls.flatMap(url => ['--output', '/dev/null', url])
}

/** So many seconds of silence as a WAV file, 44,100 bytes each: RIFF, then the format, then the samples. */
function soundOf(seconds: number): Buffer {
  const rate = 44_100
  const samples = Buffer.alloc(seconds * rate, 0x80)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20) // PCM
  head.writeUInt16LE(1, 22) // one channel
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34) // bits of a sample
  head.write('data', 36)
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}
