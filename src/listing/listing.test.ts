import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { OpenFolder } from '../files/open-folder.ts'
import { type ListingOutcome, makeListing } from './listing.ts'

const COUNT = 1000
const MANY = 2 ** 20
const folder = temporaryFolder()
for (let index = 0; index < COUNT; index++)
  writeFileSync(join(folder.path, `file-${index}`), 'x'.repeat(index))
after(() => folder[Symbol.dispose]())

function list(format: 'html' | 'json', most?: { readonly entries: number; readonly bytes: number }) {
  using opened = new OpenFolder(folder.path, undefined)
  const view = { sort: 'size', order: 'ascending', format } as const
  const making = makeListing(
    opened,
    { path: '/', serverName: 'www.example.com', view, isPacked: false },
    most,
  )
  let pauses = 0
  let memory = 0
  for (;;) {
    const step = making.next()
    if (step.done === true) return { outcome: step.value, pauses, memory }
    pauses++
    memory += step.value ?? 0
  }
}

function text(outcome: ListingOutcome): string {
  return outcome === 'too long' ? outcome : Buffer.concat(outcome).toString()
}

function namesInPage(outcome: ListingOutcome): string[] {
  return [...text(outcome).matchAll(/<bdi>([^<]*)<\/bdi>/g)].map(match => match[1] ?? '')
}

const ALL = Array.from({ length: COUNT }, (_, index) => `file-${index}`)

test('lists every entry once, in order, in either format', () => {
  assert.deepEqual(namesInPage(list('html').outcome), ALL)
  const entries = JSON.parse(text(list('json').outcome)) as { name: string; size: number }[]
  assert.deepEqual(
    entries.map(({ name, size }) => [name, size]),
    ALL.map((name, index) => [name, index]),
  )
})

test('says how many folders and files there are, and how much is in them', () => {
  using mixed = temporaryFolder()
  for (const name of ['a', 'b']) mkdirSync(join(mixed.path, name))
  for (const name of ['c', 'd', 'e']) writeFileSync(join(mixed.path, name), 'x'.repeat(1000))
  using opened = new OpenFolder(mixed.path, undefined)
  const view = { sort: 'name', order: 'ascending', format: 'html' } as const
  const making = makeListing(opened, { path: '/', serverName: 'www.example.com', view, isPacked: false })
  let step = making.next()
  while (step.done !== true) step = making.next()
  assert.match(text(step.value), /<p>2 folders, 3 files, 2\.93 KiB<\/p>/)
})

test('pauses at every entry it reads, and often while it sorts and writes', () => {
  const { pauses } = list('html')
  assert.ok(pauses >= COUNT + COUNT / 256 + COUNT / 32, `${pauses} pauses`)
})

test('counts as memory what it has written, and more', () => {
  const { outcome, memory } = list('html')
  assert.ok(memory > text(outcome).length + COUNT * 'file-999'.length, `${memory} bytes`)
  // So that the largest folder that is listed whole, of 200,000 entries, has room in the 128 MiB of all listings.
  assert.ok(memory < COUNT * 650, `${memory} bytes`)
})

test('shows a part of a folder that is too large, says so, and gives no program a part', () => {
  const { outcome } = list('html', { entries: 10, bytes: MANY })
  assert.equal(namesInPage(outcome).length, 10)
  assert.match(text(outcome), /<p>Only 10 files, /)
  assert.equal(list('json', { entries: 10, bytes: MANY }).outcome, 'too long')
  const whole = list('html', { entries: COUNT, bytes: MANY }).outcome
  assert.equal(namesInPage(whole).length, COUNT)
  assert.doesNotMatch(text(whole), /Only/)

  const ofLongNames = list('html', { entries: COUNT, bytes: 1000 }).outcome
  const { length } = namesInPage(ofLongNames)
  assert.ok(length > 10 && length < 30, `${length} entries take up 1000 bytes`)
  assert.match(text(ofLongNames), new RegExp(`<p>Only ${length} files, `))
})
