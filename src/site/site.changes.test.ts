import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { ask, openSite } from '../../test/support/site.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'

const SEED = 20_261_128
const FRESH_FOR = 100
/** At least as long as the kernel takes to give files another time, in milliseconds. */
const TICK = 12

const FILES = [
  ...['index.html', 'index.htm', 'app.html', 'page.html', 'page.html.br', 'page.html.gz', '404.html', 'link'],
  ...['folder/index.html', 'folder/page.html', 'folder/page.html.gz', 'other/page.html', 'other/index.htm'],
]
const NAMES = [...FILES, 'folder', 'other']
const OUTSIDE = '../outside'
/** All ways to reach them. */
const PATHS = [
  '/',
  '/missing',
  '/folder/',
  '/other/',
  '/link/',
  '/link/page.html',
  ...NAMES.map(name => `/${name}`),
]
const FIELDS = [
  [],
  ['Accept-Encoding: gzip'],
  ['Accept-Encoding: br, gzip'],
  [`If-Unmodified-Since: ${new Date(Date.now() - 1_800_000).toUTCString()}`],
]
const CONFIGURATIONS = [
  ['DirectoryIndex index.html index.htm', 'FallbackResource /app.html'],
  ['DirectoryIndex index.html index.htm', 'ErrorDocument 404 /404.html', 'Options +Indexes'],
  ['DirectoryIndex page.html index.html', 'ErrorDocument 403 /link', 'Options None'],
  ['ErrorDocument 412 /404.html'],
  ['Precompressed Off', 'FallbackResource /folder/'],
].map(lines => [...lines, 'Compress Off'])

interface Change {
  readonly kind: keyof typeof CHANGES
  readonly name: string
  /** Of what it is linked to, or swapped with. */
  readonly other: string
  /** Bytes, all of them this digit. */
  readonly size: number
  readonly digit: string
  /** Seconds since the file was changed, as it says; 0 leaves it as it is. */
  readonly age: number
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('edit', 'replace', 'remove', 'link', 'swap', 'move out'),
  name: fc.constantFrom(...NAMES),
  other: fc.constantFrom(...NAMES, OUTSIDE),
  size: fc.integer({ min: 0, max: 300 }),
  digit: fc.constantFrom(...'0123456789'),
  age: fc.constantFrom(0, 3000, 3600),
})
/** Requests that come meanwhile, each so many milliseconds after the one before. */
const traffic = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 40 }),
    path: fc.constantFrom(...PATHS),
    fields: fc.constantFrom(...FIELDS),
  }),
  { maxLength: 10 },
)

/** What becomes of files, and of folders as well. */
const CHANGES = {
  edit(root: string, { name, size, digit, age }: Change): void {
    const path = join(root, name)
    if (existsSync(path) && statSync(path).isFile()) write(path, digit.repeat(size), age)
    else this.replace(root, { kind: 'replace', name, size, digit, age, other: '' })
  },
  replace(root: string, { name, size, digit, age }: Change): void {
    const made = join(root, '../made')
    write(made, digit.repeat(size), age)
    put(made, join(root, name))
  },
  remove(root: string, { name }: Change): void {
    rmSync(join(root, name), { recursive: true, force: true })
  },
  link(root: string, { name, other }: Change): void {
    const made = join(root, '../made')
    symlinkSync(join(root, other), made)
    put(made, join(root, name))
  },
  swap(root: string, { name, other }: Change): void {
    const [path, otherPath] = [join(root, name), join(root, other)]
    if (!existsSync(path) || !existsSync(otherPath)) return
    if (other === OUTSIDE || name.startsWith(other) || other.startsWith(name)) return
    const aside = join(root, '../aside')
    renameSync(path, aside)
    renameSync(otherPath, path)
    renameSync(aside, otherPath)
  },
  'move out'(root: string, { name, digit }: Change): void {
    const path = join(root, name)
    if (!existsSync(path)) return
    const outside = join(root, OUTSIDE, digit)
    rmSync(outside, { recursive: true, force: true })
    renameSync(path, outside)
    symlinkSync(outside, path)
  },
}

function write(path: string, content: string, age: number): void {
  writeFileSync(path, content)
  const time = Math.floor(Date.now() / 1000) - age
  if (age > 0) utimesSync(path, time, time)
}

function put(made: string, path: string): void {
  const folder = dirname(path)
  if (!existsSync(`${folder}/.`)) {
    rmSync(folder, { force: true })
    mkdirSync(folder)
  }
  if (existsSync(`${path}/.`)) rmSync(path, { recursive: true })
  renameSync(made, path)
}

test('whatever becomes of the files, what is sent a tenth of a second later is what is there', async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(...CONFIGURATIONS),
    fc.constantFrom(0, 10_000),
    fc.array(fc.record({ change, traffic }), { minLength: 1, maxLength: 20 }),
    async (lines, ahead, steps) => {
      using folder = temporaryFolder()
      const root = join(folder.path, 'www')
      for (const name of ['folder', 'other', OUTSIDE]) mkdirSync(join(root, name), { recursive: true })
      for (const name of FILES) write(join(root, name), name.repeat(20), 3600)
      const site = openSite(folder.path, lines)
      let now = Date.now() + ahead
      for (const { change, traffic } of steps) {
        await sleep(TICK)
        const changedAt = now
        CHANGES[change.kind](root, change)
        for (const { after, path, fields } of traffic) {
          now += after
          ask(site, now, path, ...fields)
        }
        now = Math.max(now, changedAt + FRESH_FOR)
        const forgetful = openSite(folder.path, [...lines, 'FileCacheSize off'])
        for (const path of PATHS) {
          for (const fields of FIELDS) {
            const expected = ask(forgetful, now, path, ...fields)
            assert.equal(
              ask(site, now, path, ...fields),
              expected,
              `GET ${path} ${fields} after ${change.kind} ${change.name} ${change.other}`,
            )
          }
        }
      }
    },
  )
  // To look for a shorter history would take minutes.
  await fc.assert(property, { seed: SEED, numRuns: 12, endOnFailure: true })
})
