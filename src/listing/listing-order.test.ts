import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FolderEntry } from '../files/open-folder.ts'
import { EntryTable } from './entry-table.ts'
import { compareEntries } from './listing-order.ts'
import type { ListingView } from './listing-view.ts'

function file(name: string, size = 0, modified = 0): FolderEntry {
  return { name: Buffer.from(name).toString('latin1'), type: 'file', size, modified }
}

function folder(name: string, modified = 0): FolderEntry {
  return { ...file(name, 4096, modified), type: 'folder' }
}

function sorted(entries: readonly FolderEntry[], sort: ListingView['sort'], order: ListingView['order']) {
  using table = new EntryTable()
  for (const entry of entries) table.add(entry)
  return entries
    .map((_, index) => table.at(index))
    .sort(compareEntries({ sort, order }))
    .map(({ name }) => Buffer.from(name, 'latin1').toString())
}

test('puts folders first and names in the order a person expects', () => {
  const entries = ['zebra', 'file10', 'Ärger', 'file9', 'Bär', 'file010', 'apple', 'file009a'].map(name =>
    file(name),
  )
  assert.deepEqual(sorted([...entries, folder('z')], 'name', 'ascending'), [
    ...['z', 'apple', 'Ärger', 'Bär', 'file9', 'file009a', 'file010', 'file10', 'zebra'],
  ])
  assert.deepEqual(sorted([file('a'), folder('x'), folder('y')], 'name', 'descending'), ['y', 'x', 'a'])
})

test('sorts by size and by time, and what is equal by name', () => {
  const entries = [file('b', 5, 30), file('a', 5, 10), file('c', 1, 20), folder('x', 1), folder('w', 2)]
  assert.deepEqual(sorted(entries, 'size', 'ascending'), ['w', 'x', 'c', 'a', 'b'])
  assert.deepEqual(sorted(entries, 'size', 'descending'), ['w', 'x', 'a', 'b', 'c'])
  assert.deepEqual(sorted(entries, 'modified', 'ascending'), ['x', 'w', 'a', 'c', 'b'])
  assert.deepEqual(sorted(entries, 'modified', 'descending'), ['w', 'x', 'b', 'c', 'a'])
})

test('knows one order for any names, whichever way they come', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'A', 'ä', '0', '1', '10', '\u0301', '\xff', ' '),
    minLength: 1,
  })
  fc.assert(
    fc.property(fc.uniqueArray(name), names => {
      const entries = names.map(each => file(each))
      assert.deepEqual(
        sorted(entries, 'name', 'ascending'),
        sorted(entries.toReversed(), 'name', 'descending').toReversed(),
      )
    }),
  )
})
