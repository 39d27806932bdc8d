import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ask, openSite } from '../../test/support/site.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { eventually } from '../../test/support/wait.ts'
import { ffi } from '../libc.ts'

const FRESH_FOR = 100
// From <sys/mman.h>.
const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const TEXT = 'A line like any other, with a few words in it.\n'.repeat(40)

let folder: ReturnType<typeof temporaryFolder>
/** Long after all files were written, so that their times can be trusted; tests let it go on. */
let now: number

beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(join(folder.path, 'www'))
  now = Date.now() + 10_000
})
afterEach(() => folder[Symbol.dispose]())

/** An hour ago: the files of a test are all of the same time. */
const TIME = Math.floor(Date.now() / 1000) - 3600

/** Writes a file that was changed an hour ago. */
function write(name: string, content: string): void {
  const path = join(folder.path, 'www', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  utimesSync(path, TIME, TIME)
}

/** A file that is written to by way of memory; undefined where that cannot be had. */
function share(
  path: string,
  size: number,
): { fill(character: string): void; [Symbol.dispose](): void } | undefined {
  if (ffi === undefined) return undefined
  const libc = ffi.dlopen(null, {
    mmap: { return: 'pointer', arguments: ['pointer', 'u64', 'i32', 'i32', 'i32', 'i64'] },
    memset: { return: 'pointer', arguments: ['pointer', 'i32', 'u64'] },
    munmap: { return: 'i32', arguments: ['pointer', 'u64'] },
  })
  const { mmap, memset, munmap } = libc.functions
  const descriptor = openSync(path, 'r+')
  const memory = mmap(0n, BigInt(size), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0n)
  closeSync(descriptor)
  return {
    fill: character => memset(memory, character.charCodeAt(0), BigInt(size)),
    [Symbol.dispose]() {
      munmap(memory, BigInt(size))
      libc[Symbol.dispose]()
    },
  }
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}

describe('What has come is sent within a tenth of a second, however often others ask for what was sent instead', () => {
  const cases = [
    { line: 'FallbackResource /app.html', there: 'app.html', path: '/new.txt', comes: 'new.txt' },
    { line: 'DirectoryIndex index.html app.html', there: 'app.html', path: '/', comes: 'index.html' },
    { line: 'ErrorDocument 404 /app.html', there: 'app.html', path: '/new.txt', comes: 'new.txt' },
    { line: 'ErrorDocument 403 /app.html', there: 'app.html', path: '/folder/', comes: 'folder/index.html' },
  ]
  for (const { line, there, path, comes } of cases) {
    test(`${line}: ${comes}`, () => {
      write(there, 'instead')
      mkdirSync(join(folder.path, 'www/folder'))
      const site = openSite(folder.path, [line])
      const askAll = () => [`/${there}`, path, '/other.txt'].map(asked => bodyOf(ask(site, now, asked)))[1]
      for (let time = 0; time < 3; time++) assert.equal(askAll(), 'instead')
      write(comes, 'new')
      now += FRESH_FOR / 2
      askAll()
      now += FRESH_FOR / 2
      assert.equal(askAll(), 'new')
    })
  }

  test('FallbackResource: a folder in place of a file', () => {
    write('app.html', 'instead')
    write('folder', 'a file')
    const site = openSite(folder.path, ['FallbackResource /app.html', 'Options +Indexes'])
    assert.equal(bodyOf(ask(site, now, '/folder')), 'a file')
    rmSync(join(folder.path, 'www/folder'))
    write('folder/index.html', 'new')
    now += FRESH_FOR - 1
    ask(site, now, '/folder/')
    now += 1
    assert.equal(bodyOf(ask(site, now, '/folder/')), 'new')
  })

  test('ErrorDocument 412: the file that meets the condition by then', () => {
    write('explained.html', 'instead')
    const page = join(folder.path, 'www/page.html')
    writeFileSync(page, 'too new')
    const site = openSite(folder.path, ['ErrorDocument 412 /explained.html'])
    const condition = `If-Unmodified-Since: ${new Date(Date.now() - 1_800_000).toUTCString()}`
    const askAll = () => ['/explained.html', '/page.html'].map(path => ask(site, now, path, condition)).at(-1)
    for (let time = 0; time < 3; time++) assert.match(askAll() ?? '', /^HTTP\/1\.1 412 /)
    write('page.html', 'as it was')
    now += FRESH_FOR / 2
    askAll()
    now += FRESH_FOR / 2
    assert.equal(bodyOf(askAll() ?? ''), 'as it was')
  })

  test('Compress: the encoded form', async () => {
    write('page.html', TEXT)
    const site = openSite(folder.path, [])
    const others = 'Accept-Encoding: identity'
    const encoded = await eventually(() => {
      now += FRESH_FOR / 2
      assert.equal(bodyOf(ask(site, now, '/page.html', others)), TEXT)
      const answer = ask(site, now, '/page.html', 'Accept-Encoding: gzip')
      return answer.includes('Content-Encoding: gzip') ? answer : undefined
    })
    assert.ok(bodyOf(encoded).length < TEXT.length)
  })
})

test('what a program writes by way of memory is sent within a minute, though no time tells of it', t => {
  write('page.txt', 'aaaa')
  const path = join(folder.path, 'www/page.txt')
  using shared = share(path, 4)
  if (shared === undefined) return t.skip('this Node has no node:ffi')
  shared.fill('b')
  const site = openSite(folder.path, [])
  assert.equal(bodyOf(ask(site, now, '/page.txt')), 'bbbb')
  shared.fill('c')
  for (let time = 0; time < 60_000; time += FRESH_FOR * 7) {
    now += FRESH_FOR * 7
    ask(site, now, '/page.txt')
  }
  assert.equal(bodyOf(ask(site, now, '/page.txt')), 'cccc')
})
