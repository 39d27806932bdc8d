import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { AUTO, MediaTypes } from '../files/media-types.ts'
import { INSIDE, RootFolder } from '../files/root-folder.ts'
import { type PrecompressObserver, type PrecompressOutcome, precompress } from './precompress.ts'

const TEXT = 'A line like any other, with a few words in it.\n'.repeat(40)

let folder: ReturnType<typeof temporaryFolder>

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(() => folder[Symbol.dispose]())

function write(name: string, content: string | Buffer, time = 1_700_000_000.123456): string {
  const path = join(folder.path, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  utimesSync(path, time, time)
  return path
}

/** What becomes of each file, by its path. */
async function run(observer: Partial<PrecompressObserver> = {}, signal = new AbortController().signal) {
  const mediaTypes = new MediaTypes({
    types: new Map(),
    charsets: new Map(),
    defaultType: AUTO,
    textCharset: AUTO,
  })
  const outcomes: Record<string, PrecompressOutcome['kind']> = {}
  const recorder: PrecompressObserver = {
    planned() {},
    advanced() {},
    finished(path, _size, { kind }) {
      outcomes[Buffer.from(path, 'latin1').toString()] = kind
    },
    ...observer,
  }
  using root = new RootFolder(folder.path, INSIDE)
  await precompress(root, mediaTypes, recorder, signal)
  return outcomes
}

/** Every name below the folder, hidden ones too. */
function names(): string[] {
  return readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).sort()
}

test('writes three sidecars that unpack to the file, with its mode, and not older', async () => {
  const path = write('a/page.html', TEXT)
  chmodSync(path, 0o604)
  assert.deepEqual(await run(), { '/a/page.html': 'written' })
  assert.deepEqual(names(), ['a', 'a/page.html', 'a/page.html.br', 'a/page.html.gz', 'a/page.html.zst'])
  assert.equal(brotliDecompressSync(readFileSync(`${path}.br`)).toString(), TEXT)
  assert.equal(zstdDecompressSync(readFileSync(`${path}.zst`)).toString(), TEXT)
  assert.equal(gunzipSync(readFileSync(`${path}.gz`)).toString(), TEXT)
  const { mtimeMs } = statSync(path)
  for (const extension of ['br', 'zst', 'gz']) {
    const sidecar = statSync(`${path}.${extension}`)
    assert.equal(sidecar.mode & 0o777, 0o604)
    assert.ok(sidecar.mtimeMs >= mtimeMs && sidecar.mtimeMs < mtimeMs + 3, extension)
  }
})

test('gives a sidecar no time before that of its file, to the nanosecond', async () => {
  for (const nanoseconds of ['000000000', '000999999', '123000000', '122999999', '999999999']) {
    const path = write(`${nanoseconds}.html`, TEXT)
    execFileSync('touch', ['-d', `2026-01-02 03:04:05.${nanoseconds}`, path])
  }
  await run()
  for (const name of names().filter(each => each.endsWith('.html'))) {
    const time = (extension: string) =>
      statSync(join(folder.path, name + extension), { bigint: true }).mtimeNs
    for (const extension of ['.br', '.zst', '.gz']) assert.ok(time(extension) >= time(''), name + extension)
  }
})

test('leaves what is up to date, and renews what is older than its file', async () => {
  const path = write('page.html', TEXT)
  await run()
  const before = statSync(`${path}.br`)
  assert.deepEqual(await run(), { '/page.html': 'up to date' })
  assert.equal(statSync(`${path}.br`).ino, before.ino)

  write('page.html', TEXT.toUpperCase(), 1_700_000_001)
  write('page.html.zst', 'newer', 1_700_000_002)
  assert.deepEqual(await run(), { '/page.html': 'written' })
  assert.equal(brotliDecompressSync(readFileSync(`${path}.br`)).toString(), TEXT.toUpperCase())
  assert.equal(readFileSync(`${path}.zst`, 'utf8'), 'newer')
})

test('renews what was made of a version that came later, when the file is put back to an earlier one', async () => {
  const path = write('page.html', TEXT.toUpperCase())
  await run()
  for (const [content, time] of [
    [TEXT, 1_600_000_000],
    [TEXT.slice(0, -1), 1_700_000_000],
  ] as const) {
    write('page.html', content, time)
    assert.deepEqual(await run(), { '/page.html': 'written' })
    assert.equal(gunzipSync(readFileSync(`${path}.gz`)).toString(), content)
    assert.deepEqual(await run(), { '/page.html': 'up to date' })
  }
})

test('leaves what another program has made later, in place of one of ours too', async () => {
  const path = write('page.html', TEXT)
  await run()
  for (const extension of ['br', 'gz', 'zst']) write(`page.html.${extension}`, 'made', 1_800_000_000)
  assert.deepEqual(await run(), { '/page.html': 'up to date' })
  assert.equal(readFileSync(`${path}.gz`, 'utf8'), 'made')
})

test('renews what is empty, as a full disk may have left it', async () => {
  const path = write('page.html', TEXT)
  write('page.html.br', '')
  assert.deepEqual(await run(), { '/page.html': 'written' })
  assert.equal(brotliDecompressSync(readFileSync(`${path}.br`)).toString(), TEXT)
})

test('writes none where nothing is gained, and takes away old ones there', async () => {
  write('noise.txt', randomBytes(5000))
  write('small.txt', 'small')
  for (const name of ['noise.txt.br', 'small.txt.gz']) write(name, 'old', 1_600_000_000)
  assert.deepEqual(await run(), { '/noise.txt': 'gains nothing', '/small.txt': 'gains nothing' })
  assert.deepEqual(names(), ['noise.txt', 'small.txt'])
})

test('touches no file that may be something else than a sidecar', async () => {
  write('backup.tar', TEXT)
  write('backup.tar.gz', 'an archive', 1_600_000_000)
  write('alone.html.gz', 'an archive')
  write('page.html', TEXT)
  mkdirSync(join(folder.path, 'page.html.br'))
  assert.deepEqual(await run(), { '/page.html': 'written' })
  assert.equal(readFileSync(join(folder.path, 'backup.tar.gz'), 'utf8'), 'an archive')
  assert.ok(existsSync(join(folder.path, 'alone.html.gz')))
  assert.ok(statSync(join(folder.path, 'page.html.br')).isDirectory())
})

test('leaves hidden files alone, but for .well-known', async () => {
  for (const name of ['.hidden.html', '.git/page.html', '.well-known/page.html', '.well-known/.x.html']) {
    write(name, TEXT)
  }
  assert.deepEqual(await run(), { '/.well-known/page.html': 'written' })
})

test('follows links within the folder, and none to the outside', async () => {
  using outside = temporaryFolder()
  writeFileSync(join(outside.path, 'secret.html'), TEXT)
  write('page.html', TEXT)
  symlinkSync('page.html', join(folder.path, 'link.html'))
  symlinkSync(join(outside.path, 'secret.html'), join(folder.path, 'outside.html'))
  symlinkSync(outside.path, join(folder.path, 'elsewhere'))
  symlinkSync('nowhere', join(folder.path, 'broken.html'))
  assert.deepEqual(await run(), {
    '/page.html': 'written',
    '/link.html': 'written',
    '/outside.html': 'skipped',
  })
  assert.deepEqual(readdirSync(outside.path), ['secret.html'])
})

test('is not held up by a FIFO', async () => {
  execFileSync('mkfifo', [join(folder.path, 'pipe.html')])
  assert.deepEqual(await run(), {})
})

test('copes with names of any bytes, of any length', async () => {
  write('grüße.html', TEXT)
  write(`${'x'.repeat(246)}.html`, TEXT)
  writeFileSync(Buffer.from(`${folder.path}/\xff.html`, 'latin1'), TEXT)
  const outcomes = await run()
  assert.deepEqual(new Set(Object.values(outcomes)), new Set(['written']))
  assert.equal(Object.keys(outcomes).length, 3)
  assert.ok(existsSync(Buffer.from(`${folder.path}/\xff.html.br`, 'latin1')))
})

test('goes on after a file that fails', async () => {
  write('a.html', TEXT)
  write(`b${'x'.repeat(249)}.html`, TEXT)
  write('c.html', TEXT)
  const outcomes = await run()
  assert.deepEqual(Object.values(outcomes).sort(), ['failed', 'written', 'written'])
})

test('leaves no file open', async () => {
  for (let number = 0; number < 5; number++) write(`${number}.html`, TEXT)
  const openFiles = () => readdirSync('/proc/self/fd').length
  await run()
  const before = openFiles()
  for (let number = 5; number < 10; number++) write(`${number}.html`, TEXT)
  assert.equal(Object.values(await run()).filter(kind => kind === 'written').length, 5)
  assert.equal(openFiles(), before)
})

test('tells beforehand how much there is to do, and then how much is done', async () => {
  write('a.html', TEXT)
  write('b.html', TEXT)
  write('b.html.br', 'newer', 1_800_000_000)
  let planned: number[] = []
  let advanced = 0
  await run({
    planned: (...plan) => {
      planned = plan
    },
    advanced: bytes => {
      advanced += bytes
    },
  })
  assert.deepEqual(planned, [2, 5 * TEXT.length])
  assert.equal(advanced, 5 * TEXT.length)
})

test('keeps no fault of ours for the trouble of a file', async () => {
  write('a.html', TEXT)
  const fault = new Error('a fault')
  const fail = () => {
    throw fault
  }
  await assert.rejects(run({ advanced: fail }), fault)
})

test('takes a file of 256 bytes for one that may gain', async () => {
  write('a.html', 'x'.repeat(256))
  assert.deepEqual(await run(), { '/a.html': 'written' })
  assert.deepEqual(await run(), { '/a.html': 'up to date' })
})

test('does not speak of files too small to gain anything', async () => {
  write('small.html', 'x')
  assert.deepEqual(await run(), {})
})

test('leaves nothing half written when it is interrupted', async () => {
  for (let number = 0; number < 5; number++) write(`${number}.json`, `[${Math.E},${TEXT.repeat(300)}]`)
  const before = names()
  const interruption = new AbortController()
  const outcomes = await run({ advanced: () => interruption.abort() }, interruption.signal)
  assert.deepEqual(outcomes, {})
  assert.deepEqual(names(), before)
})
