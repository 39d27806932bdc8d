import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { openFilesBelow } from '../../test/support/open-files.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { eventually } from '../../test/support/wait.ts'
import { Compressor } from '../encoding/compressor.ts'
import { Fields } from '../http/fields.ts'
import { type PrecompressObserver, precompress } from '../precompress/precompress.ts'
import { DocumentRoot, type DocumentRootOptions } from './document-root.ts'
import { DotNames } from './dot-names.ts'
import { FileCache } from './file-cache.ts'
import type { FoundFile } from './found-file.ts'
import { AUTO, MediaTypes } from './media-types.ts'
import { INSIDE, RootFolder } from './root-folder.ts'

const DECODERS = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync }
const BROWSER = 'gzip, deflate, br, zstd'
const TEXT = 'A line like any other, with a few words in it.\n'.repeat(40)
const SECOND = 1000
/** At least as long as the kernel takes to give files another time, in milliseconds. */
const TICK = 12

let folder: ReturnType<typeof temporaryFolder>
/** Long after all files were written, so that their times can be trusted; tests let it go on. */
let now: number
let began: number

beforeEach(() => {
  folder = temporaryFolder()
  began = Date.now()
  now = began + 10 * SECOND
})

afterEach(() => folder[Symbol.dispose]())

/** Writes a file that was changed so many seconds before the test began. */
function write(name: string, content: string | Buffer, age = 3600): void {
  const path = join(folder.path, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  const time = Math.floor(began / SECOND) - age
  utimesSync(path, time, time)
}

interface Options extends DocumentRootOptions {
  readonly path: string
  readonly followSymLinks: boolean
  readonly cacheSize: number
}

function open(options: Partial<Options> = {}, busy?: Compressor): DocumentRoot {
  return openBeside(options, busy).root
}

/** A root, and its cache. */
function openBeside(
  options: Partial<Options>,
  busy?: Compressor,
): { readonly root: DocumentRoot; readonly cache: FileCache } {
  const mediaTypes = new MediaTypes({
    types: new Map(),
    charsets: new Map(),
    defaultType: AUTO,
    textCharset: AUTO,
  })
  const compressor =
    busy ??
    new Compressor(
      () => true,
      fault => assert.fail(String(fault)),
    )
  const defaults = {
    path: folder.path,
    dotNames: new DotNames(),
    followSymLinks: true,
    cacheSize: 2 ** 20,
    mediaTypes,
    precompressed: true,
    compress: false,
  }
  const all: Options = { ...defaults, ...options }
  const cache = new FileCache(all.cacheSize)
  const root = new DocumentRoot(
    new RootFolder(all.path, all.followSymLinks ? INSIDE : 'none'),
    all,
    cache,
    compressor,
  )
  return { root, cache }
}

interface Sent {
  readonly body: Buffer
  readonly coding: string | undefined
  readonly varies: boolean
  readonly etag: string
  readonly mediaType: string
}

function find(root: DocumentRoot, path: string, accept?: string): Sent {
  const fields = accept === undefined ? undefined : new Fields(`Accept-Encoding: ${accept}\r\n`)
  const found = root.find(path, now, fields)
  assert.ok(found.kind === 'file', `${path} is ${found.kind}`)
  using file: FoundFile = found.file
  const body = Buffer.alloc(file.size)
  assert.equal(file.read(body, 0, file.size, 0), file.size)
  const { coding, varies = false, etag, mediaType } = file
  return { body, coding, varies, etag, mediaType }
}

/** What is found once it has this coding; the clock stands still meanwhile. */
function findEncoded(root: DocumentRoot, path: string, coding: keyof typeof DECODERS): Promise<Sent> {
  return eventually(() => {
    const sent = find(root, path, coding)
    return sent.coding === undefined ? undefined : sent
  })
}

/** Nothing is taken for what it was after this; the times of files have gone on by then too, tick by tick. */
async function letTimePass(): Promise<void> {
  await sleep(TICK)
  now += 100
}

describe('A file in memory', () => {
  /** What is found at each of these times. */
  const foundAt = (root: DocumentRoot, path: string, times: readonly number[]) =>
    times.map(time => {
      const found = root.find(path, time)
      assert.ok(found.kind === 'file', `${path} is ${found.kind}`)
      return found.file
    })

  test('is kept as long as its times are trusted and tell of no change, and its bytes are the same', () => {
    write('page.html', TEXT)
    const [first, ...others] = foundAt(open(), '/page.html', [now, now + 100, now + 59_999, now + 60_000])
    for (const other of others) assert.equal(other, first)
  })

  test('is read again when its content was changed and its size and time of change were put back', async () => {
    write('page.html', TEXT)
    const root = open()
    assert.equal(find(root, '/page.html').body.toString(), TEXT)
    await letTimePass()
    const path = join(folder.path, 'page.html')
    const { mtime } = statSync(path)
    writeFileSync(path, TEXT.toUpperCase())
    utimesSync(path, mtime, mtime)
    assert.equal(find(root, '/page.html').body.toString(), TEXT.toUpperCase())
  })

  test('is read again each time while it may have been changed within its last second', () => {
    write('page.html', TEXT)
    const { ctimeMs } = statSync(join(folder.path, 'page.html'))
    const [first, second] = foundAt(open(), '/page.html', [ctimeMs + 900, ctimeMs + 1000])
    assert.notEqual(second, first)
    const [third, fourth] = foundAt(open(), '/page.html', [ctimeMs + 1001, ctimeMs + 1101])
    assert.equal(fourth, third)
  })

  test('is no longer sent once it lies outside, though links lead from its old place there', () => {
    for (const moved of ['page.html', 'folder', 'folder/inner']) {
      using outside = temporaryFolder()
      const path = `/${moved === 'page.html' ? moved : 'folder/inner/page.html'}`
      write(path, TEXT)
      const root = open()
      assert.equal(find(root, path).body.toString(), TEXT)
      renameSync(join(folder.path, moved), join(outside.path, 'moved'))
      symlinkSync(join(outside.path, 'moved'), join(folder.path, moved))
      now += 100
      assert.equal(root.find(path, now).kind, 'forbidden', moved)
      rmSync(join(folder.path, moved))
    }
  })

  test('is no longer sent a tenth of a second later, whatever else was asked for meanwhile', () => {
    using outside = temporaryFolder()
    write('folder/page.html', TEXT)
    write('folder/inner/page.html', TEXT)
    const root = open()
    find(root, '/folder/inner/page.html')
    now += 100
    find(root, '/folder/page.html')
    renameSync(join(folder.path, 'folder'), join(outside.path, 'folder'))
    symlinkSync(join(outside.path, 'folder'), join(folder.path, 'folder'))
    now += 99
    find(root, '/folder/inner/page.html')
    now += 1
    assert.equal(root.find('/folder/inner/page.html', now).kind, 'forbidden')
  })

  test('is no longer sent by a link to it once what the link leads to lies outside', () => {
    using outside = temporaryFolder()
    write('folder/inner/page.html', TEXT)
    symlinkSync('folder/inner/page.html', join(folder.path, 'file'))
    symlinkSync('folder/inner', join(folder.path, 'link'))
    const root = open()
    const all = ['/file', '/link/page.html']
    for (let time = 0; time < 3; time++) {
      for (const path of all) assert.equal(find(root, path).body.toString(), TEXT)
      now += 100
    }
    renameSync(join(folder.path, 'folder'), join(outside.path, 'folder'))
    symlinkSync(join(outside.path, 'folder'), join(folder.path, 'folder'))
    now += 100
    for (const path of all) assert.equal(root.find(path, now).kind, 'forbidden', path)
  })
})

describe('A sidecar', () => {
  test('is sent to those who want its coding, as the variant of the file that it is', () => {
    write('page.html', TEXT)
    write('page.html.br', 'in br')
    write('page.html.zst', 'in zstd')
    write('page.html.gz', 'in gzip')
    const root = open()
    const sent = ['br', 'zstd', 'gzip', undefined].map(coding => {
      const variant = find(root, '/page.html', coding)
      assert.equal(variant.coding, coding)
      assert.equal(variant.body.toString(), coding === undefined ? TEXT : `in ${coding}`)
      assert.equal(variant.mediaType, 'text/html; charset=utf-8')
      assert.ok(variant.varies)
      return variant
    })
    assert.equal(new Set(sent.map(({ etag }) => etag)).size, 4)
    assert.equal(find(root, '/page.html', 'identity').body.toString(), TEXT)
    assert.equal(find(root, '/page.html', BROWSER).coding, 'br')
  })

  test('is found in a folder of which many files are asked for, also when it comes later, or goes', async () => {
    // Of so many files that all names in the folder are looked through, and of so many that they are not.
    for (const files of [30, 600]) {
      for (const cacheSize of [2 ** 22, 0]) {
        const at = `${files}-${cacheSize}`
        const names = Array.from({ length: files }, (_, index) => `${at}/page-${index}.html`)
        for (const name of names) write(name, TEXT)
        write(`${names[20]}.gz`, 'there before')
        const root = open({ cacheSize })
        const encoded = () => names.filter(name => find(root, `/${name}`, 'gzip').coding === 'gzip')
        assert.deepEqual(encoded(), [names[20]])
        await letTimePass()
        write(`${names[25]}.gz`, 'come later')
        await letTimePass()
        assert.deepEqual(encoded(), [names[20], names[25]])
        rmSync(join(folder.path, `${names[20]}.gz`))
        await letTimePass()
        assert.deepEqual(encoded(), [names[25]])
        await letTimePass()
        assert.deepEqual(encoded(), [names[25]])
      }
    }
  })

  test('is not sent once its file was put back to an earlier version than it was made of', async () => {
    write('page.html', TEXT.toUpperCase(), 60)
    const mediaTypes = new MediaTypes({
      types: new Map(),
      charsets: new Map(),
      defaultType: AUTO,
      textCharset: AUTO,
    })
    const nobody: PrecompressObserver = { planned() {}, advanced() {}, finished() {} }
    const signal = new AbortController().signal
    await precompress(new RootFolder(folder.path, INSIDE), mediaTypes, nobody, signal)
    const root = open()
    assert.equal(find(root, '/page.html', 'gzip').coding, 'gzip')
    write('page.html', TEXT, 3600)
    await letTimePass()
    const sent = find(root, '/page.html', 'gzip')
    assert.deepEqual([sent.coding, sent.body.toString()], [undefined, TEXT])
    await precompress(new RootFolder(folder.path, INSIDE), mediaTypes, nobody, signal)
    await letTimePass()
    const again = find(root, '/page.html', 'gzip')
    assert.deepEqual([again.coding, gunzipSync(again.body).toString()], ['gzip', TEXT])
  })

  test('is sent a tenth of a second later also when its file was not asked for before', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `page-${index}.html`)
    for (const name of names) write(name, TEXT)
    const root = open()
    for (const name of names.slice(1)) find(root, `/${name}`, 'gzip')
    await sleep(TICK)
    write('page-0.html.gz', 'packed')
    now += 99
    find(root, '/page-0.html', 'gzip')
    now += 1
    assert.equal(find(root, '/page-0.html', 'gzip').coding, 'gzip')
  })

  test('that has no room in memory beside its file is sent from the disk, and the file stays', () => {
    write('page.html', TEXT)
    write('page.html.gz', 'packed')
    const { root, cache } = openBeside({ cacheSize: 3072 + TEXT.length + 3 })
    for (let time = 0; time < 3; time++) {
      assert.equal(find(root, '/page.html', 'gzip').body.toString(), 'packed')
      assert.equal(cache.count, 1)
      assert.ok(cache.size >= TEXT.length && cache.size <= cache.maximum)
    }
  })

  test('is the same each time among several that are as small', () => {
    write('page.html', TEXT)
    write('page.html.br', 'in br')
    write('page.html.gz', 'packed'.slice(0, 5))
    const root = open()
    for (const accept of ['gzip', 'br', BROWSER, 'gzip, br']) {
      assert.equal(find(root, '/page.html', accept).coding, accept === 'gzip' ? 'gzip' : 'br')
    }
  })

  test('stands for the index of a folder too', () => {
    write('index.html', TEXT)
    write('index.html.gz', 'packed')
    assert.equal(find(open(), '/index.html', BROWSER).coding, 'gzip')
  })

  test('is a file like any other when it is asked for by its own name', () => {
    write('data.bin', TEXT)
    write('data.bin.gz', 'packed')
    const { coding, varies, mediaType } = find(open(), '/data.bin.gz', BROWSER)
    assert.deepEqual(
      { coding, varies, mediaType },
      { coding: undefined, varies: false, mediaType: 'application/gzip' },
    )
  })

  test('is ignored when it is older than its file, larger, or no file', () => {
    write('page.html', TEXT, 3600)
    write('page.html.br', 'old', 3601)
    write('page.html.gz', Buffer.alloc(TEXT.length))
    mkdirSync(join(folder.path, 'page.html.zst'))
    const { coding, varies } = find(open(), '/page.html', BROWSER)
    assert.deepEqual({ coding, varies }, { coding: undefined, varies: false })
  })

  test('is ignored when it is empty, as a full disk may have left it, be that known at once or not', () => {
    write('page.html', TEXT)
    for (const extension of ['br', 'zst', 'gz']) write(`page.html.${extension}`, '')
    const { coding, varies } = find(open(), '/page.html', BROWSER)
    assert.deepEqual({ coding, varies }, { coding: undefined, varies: false })
    write('page.html.gz', 'packed')
    for (const cacheSize of [2 ** 20, 0]) {
      const root = open({ cacheSize })
      assert.equal(find(root, '/page.html').body.toString(), TEXT)
      truncateSync(join(folder.path, 'page.html.gz'))
      assert.equal(find(root, '/page.html', BROWSER).body.toString(), TEXT)
      write('page.html.gz', 'packed')
    }
  })

  test('is ignored, and does not block, when it is a FIFO', () => {
    write('page.html', TEXT)
    execFileSync('mkfifo', [join(folder.path, 'page.html.br')])
    assert.equal(find(open(), '/page.html', BROWSER).coding, undefined)
  })

  test('is ignored when it is a link to the outside, and the next best one is sent', () => {
    using outside = temporaryFolder()
    writeFileSync(join(outside.path, 'secret'), 'secret')
    write('page.html', TEXT)
    write('page.html.gz', 'packed')
    symlinkSync(join(outside.path, 'secret'), join(folder.path, 'page.html.br'))
    for (const cacheSize of [2 ** 20, 0]) {
      const root = open({ cacheSize })
      for (let time = 0; time < 3; time++) {
        assert.equal(find(root, '/page.html', BROWSER).body.toString(), 'packed')
        assert.equal(find(root, '/page.html', 'br').body.toString(), TEXT)
      }
    }
  })

  test('is ignored when it has become older than its file by the time it is opened', () => {
    write('page.html', TEXT, 3600)
    write('page.html.gz', 'packed')
    const root = open()
    assert.equal(find(root, '/page.html').body.toString(), TEXT)
    write('page.html.gz', 'old', 3601)
    assert.equal(find(root, '/page.html', 'gzip').body.toString(), TEXT)
  })

  test('is ignored with Precompressed Off', () => {
    write('page.html', TEXT)
    write('page.html.gz', 'packed')
    const { coding, varies } = find(open({ precompressed: false }), '/page.html', BROWSER)
    assert.deepEqual({ coding, varies }, { coding: undefined, varies: false })
  })

  test('is sent also when nothing is kept in memory', () => {
    write('page.html', TEXT)
    write('page.html.gz', 'packed')
    const { root, cache } = openBeside({ cacheSize: 0 })
    assert.equal(find(root, '/page.html', BROWSER).body.toString(), 'packed')
    assert.ok(find(root, '/page.html').varies)
    assert.equal(cache.count, 0)
  })

  test('of any size is sent whole, and nothing stays open behind it', () => {
    const large = randomBytes(400_000)
    write('data.bin', Buffer.concat([large, large]))
    write('data.bin.br', large)
    write('data.bin.gz', 'small')
    for (const cacheSize of [2 ** 20, 0]) {
      const root = open({ cacheSize })
      for (let time = 0; time < 3; time++) {
        assert.deepEqual(find(root, '/data.bin', 'br').body, large)
        assert.equal(find(root, '/data.bin', 'gzip').body.toString(), 'small')
        assert.equal(find(root, '/data.bin').body.length, 800_000)
      }
    }
    assert.deepEqual(openFilesBelow(folder.path), [])
  })

  test('is noticed within a tenth of a second when it comes, changes, goes, or is outdated', async () => {
    write('page.html', TEXT)
    const root = open()
    const isSentAs = async (expected: string) => {
      await letTimePass()
      assert.equal(find(root, '/page.html', 'gzip').body.toString(), expected)
    }
    await isSentAs(TEXT)
    write('page.html.gz', 'first')
    await isSentAs('first')
    write('page.html.gz', 'second')
    await isSentAs('second')
    truncateSync(join(folder.path, 'page.html.gz'), 3)
    await isSentAs('sec')
    rmSync(join(folder.path, 'page.html.gz'))
    await isSentAs(TEXT)
    write('page.html.gz', 'third')
    await isSentAs('third')
    write('page.html', TEXT, 60)
    await isSentAs(TEXT)
  })

  test('is noticed in a folder that was changed just before it was looked at', async () => {
    now = Date.now()
    write('page.html', TEXT)
    const root = open()
    assert.equal(find(root, '/page.html', 'gzip').body.toString(), TEXT)
    for (let time = 0; time < 5; time++) {
      write('page.html.gz', `packed ${time}`)
      await letTimePass()
      assert.equal(find(root, '/page.html', 'gzip').body.toString(), `packed ${time}`)
      rmSync(join(folder.path, 'page.html.gz'))
      await letTimePass()
      assert.equal(find(root, '/page.html', 'gzip').body.toString(), TEXT)
    }
  })

  test('is noticed when the whole site is replaced by a link', async () => {
    write('one/page.html', TEXT)
    write('two/page.html', TEXT)
    write('two/page.html.gz', 'packed')
    symlinkSync('one', join(folder.path, 'current'))
    const root = open({ path: join(folder.path, 'current') })
    assert.equal(find(root, '/page.html', 'gzip').coding, undefined)
    symlinkSync('two', join(folder.path, 'next'))
    renameSync(join(folder.path, 'next'), join(folder.path, 'current'))
    await letTimePass()
    assert.equal(find(root, '/page.html', 'gzip').coding, 'gzip')
  })
})

describe('Compress', () => {
  test('sends a file as it is the first time, and encoded from then on', async () => {
    write('page.html', TEXT)
    const root = open({ compress: true })
    const plain = find(root, '/page.html', BROWSER)
    assert.equal(plain.body.toString(), TEXT)
    assert.ok(plain.varies)
    const etags = new Set([plain.etag])
    for (const coding of ['br', 'zstd', 'gzip'] as const) {
      const sent = await findEncoded(root, '/page.html', coding)
      assert.equal(sent.coding, coding)
      assert.equal(DECODERS[coding](sent.body).toString(), TEXT)
      assert.equal(sent.mediaType, 'text/html; charset=utf-8')
      assert.ok(sent.varies)
      assert.match(sent.etag, /^"[!-~]+"$/)
      etags.add(sent.etag)
    }
    assert.equal(etags.size, 4)
    assert.equal(find(root, '/page.html', BROWSER).coding, 'br', 'the smallest')
    assert.deepEqual(find(root, '/page.html'), plain)
  })

  test('makes only what is asked for', async () => {
    write('page.html', TEXT)
    const root = open({ compress: true })
    find(root, '/page.html')
    await findEncoded(root, '/page.html', 'gzip')
    assert.equal(find(root, '/page.html', 'br').coding, undefined)
  })

  test('asks once for what is taken, and again for what was turned down', () => {
    write('page.html', TEXT)
    let asked = 0
    let hasRoom = false
    class BusyCompressor extends Compressor {
      override take(): boolean {
        asked++
        return hasRoom
      }
    }
    const busy = new BusyCompressor(
      () => true,
      () => {},
    )
    const root = open({ compress: true }, busy)
    const counts = [false, false, true, true].map(room => {
      hasRoom = room
      find(root, '/page.html', 'gzip')
      return asked
    })
    assert.deepEqual(counts, [1, 2, 3, 3])
  })

  test('counts what it makes in the memory for files', async () => {
    write('page.html', TEXT)
    const { root, cache } = openBeside({ compress: true })
    find(root, '/page.html')
    const before = cache.size
    const { body } = await findEncoded(root, '/page.html', 'gzip')
    assert.equal(cache.size, before + body.length)
    assert.equal(cache.count, 1)
  })

  test('drops what it has made when the file changes', async () => {
    write('page.html', TEXT)
    const root = open({ compress: true })
    const { etag } = await findEncoded(root, '/page.html', 'gzip')
    write('page.html', TEXT.toUpperCase(), 60)
    await letTimePass()
    assert.equal(find(root, '/page.html', 'gzip').body.toString(), TEXT.toUpperCase())
    const sent = await findEncoded(root, '/page.html', 'gzip')
    assert.equal(gunzipSync(sent.body).toString(), TEXT.toUpperCase())
    assert.notEqual(sent.etag, etag)
  })

  test('compresses files of up to 8 MiB that are too large to be kept themselves', async () => {
    write('large.json', TEXT.repeat(500))
    write('huge.json', Buffer.alloc(2 ** 23 + 1, 'x'))
    const root = open({ compress: true })
    const { body } = await findEncoded(root, '/large.json', 'gzip')
    assert.equal(gunzipSync(body).toString(), TEXT.repeat(500))
    assert.equal(find(root, '/large.json').body.toString(), TEXT.repeat(500))
    assert.equal(find(root, '/huge.json', 'gzip').varies, false)
    assert.deepEqual(openFilesBelow(folder.path), [])
  })

  test('prefers a sidecar, also when it comes later', async () => {
    write('page.html', TEXT)
    const root = open({ compress: true })
    await findEncoded(root, '/page.html', 'gzip')
    write('page.html.gz', 'packed')
    await letTimePass()
    assert.equal(find(root, '/page.html', 'gzip').body.toString(), 'packed')
    assert.equal(find(root, '/page.html', 'br').coding, undefined)
  })

  test('leaves alone what gains nothing, and what is too small or no text', async () => {
    write('noise.txt', randomBytes(5000))
    write('small.txt', 'x'.repeat(255))
    write('image.png', TEXT)
    write('last.txt', TEXT)
    const root = open({ compress: true })
    for (const path of ['/noise.txt', '/small.txt', '/image.png']) {
      assert.equal(find(root, path, 'gzip').coding, undefined)
    }
    // What was asked for before it has been done by then.
    await findEncoded(root, '/last.txt', 'gzip')
    const { coding, varies } = find(root, '/noise.txt', 'gzip')
    assert.deepEqual({ coding, varies }, { coding: undefined, varies: true })
    for (const path of ['/small.txt', '/image.png']) assert.equal(find(root, path, 'gzip').varies, false)
  })

  test('does nothing when it is Off, or there is no memory for files', () => {
    write('page.html', TEXT)
    for (const options of [{ compress: false }, { compress: true, cacheSize: 0 }]) {
      assert.equal(find(open(options), '/page.html', 'gzip').varies, false)
    }
  })
})
