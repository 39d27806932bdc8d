import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FolderEntry } from '../files/open-folder.ts'
import type { ListingSummary } from './listing-format.ts'
import { JSON_LISTING } from './listing-json.ts'

const SUMMARY: ListingSummary = {
  path: '/',
  serverName: 'www.example.com',
  view: { sort: 'name', order: 'ascending', format: 'json' },
  folders: 0,
  files: 0,
  bytes: 0,
  isComplete: true,
  isPacked: false,
}

function parse(entries: readonly FolderEntry[]): unknown {
  const items = entries.map((entry, index) => JSON_LISTING.entry(entry, index))
  return JSON.parse(JSON_LISTING.opening(SUMMARY) + items.join('') + JSON_LISTING.closing(SUMMARY))
}

test('tells a program all there is to know of each entry', () => {
  const modified = 784_111_777_000
  assert.deepEqual(
    parse([
      { name: 'docs', type: 'folder', size: 4096, modified },
      { name: 'a"b.txt', type: 'file', size: 12, modified },
      { name: 'caf\xe9 %.txt', type: 'file', size: 0, modified: 9e18 },
    ]),
    [
      { name: 'docs', type: 'directory', modified: '1994-11-06T08:49:37.000Z' },
      { name: 'a"b.txt', type: 'file', size: 12, modified: '1994-11-06T08:49:37.000Z' },
      { name: 'caf\ufffd %.txt', nameBytes: 'caf%E9%20%25.txt', type: 'file', size: 0, modified: null },
    ],
  )
})

test('is an empty array for an empty folder', () => {
  assert.deepEqual(parse([]), [])
})

test('gives every name back, byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ min: 1, minLength: 1 }), bytes => {
      const name = Buffer.from(bytes).toString('latin1')
      const [entry] = parse([{ name, type: 'file', size: 0, modified: 0 }]) as {
        name: string
        nameBytes?: string
      }[]
      const given = entry?.nameBytes?.replace(/%(..)/g, (_, digits) =>
        String.fromCharCode(Number.parseInt(digits, 16)),
      )
      assert.equal(given ?? Buffer.from(entry?.name ?? '').toString('latin1'), name)
    }),
  )
})
