import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FolderEntry } from '../files/open-folder.ts'
import { EntryTable } from './entry-table.ts'

const MANY = 20_000
const NAMES: Readonly<Record<string, (number: number) => string>> = {
  short: number => `file-${number}`,
  long: number => `${number}-`.padEnd(255, 'abcdefghij'),
  'no UTF-8': number => `${number}-`.padEnd(255, '\xff'),
  'without Latin letters': number => Buffer.from(`${number}-${'日本'.repeat(40)}`).toString('latin1'),
  'full of numbers': number => `${number}-`.padEnd(255, '1a'),
}

function entry(name: string): FolderEntry {
  return { name, type: 'file', size: 2 ** 40 + 1, modified: 1_700_000_000_123.456 }
}

/** What is in use, in bytes, of V8's heap and of what buffers have outside it. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

test('A table gives back every entry as it was, with what it is sorted by', () => {
  using table = new EntryTable()
  const entries = Object.values(NAMES).flatMap(name => [1, 300, 5000].map(number => entry(name(number))))
  const others = Array.from({ length: 1000 }, (_, number) => entry(`other-${number}`))
  const folder: FolderEntry = { name: 'folder 7', type: 'folder', size: 0, modified: -5.5 }
  for (const each of [...entries, ...others, folder]) table.add(each)
  const seen = [...entries, ...others, folder].map((_, index) => {
    const { name, type, size, modified } = table.at(index)
    return { name, type, size, modified }
  })
  assert.deepEqual(seen, [...entries, ...others, folder])
  assert.equal(table.at(table.count - 1).sortKey, 'folder 0017')
  assert.equal(table.at(0).sortKey, 'file-0011')
  assert.throws(() => table.at(table.count + 256), { message: /There is no entry/ })
})

describe('A table of many entries whose names are', () => {
  for (const [kind, nameOf] of Object.entries(NAMES)) {
    test(`${kind} takes up the memory that it tells, and gives it back at once`, () => {
      const before = memoryInUse()
      const table = new EntryTable()
      let told = 0
      for (let number = 0; number < MANY; number++) told += table.add(entry(nameOf(number)))
      const taken = memoryInUse() - before
      assert.ok(taken < 1.2 * told + 2 ** 20, `It told ${told} bytes and took ${taken}`)
      const buffers = process.memoryUsage().arrayBuffers
      table[Symbol.dispose]()
      const freed = buffers - process.memoryUsage().arrayBuffers
      assert.ok(freed > 0.6 * told, `Of ${told} bytes it gave back ${freed}`)
    })
  }
})
