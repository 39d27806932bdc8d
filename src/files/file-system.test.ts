import assert from 'node:assert/strict'
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { isAt, pathOf } from './file-system.ts'

let folder: string
let path: string
let descriptor: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-system-'))
  path = join(folder, 'file')
  writeFileSync(path, '')
  descriptor = openSync(path, 'r')
})

afterEach(() => {
  closeSync(descriptor)
  rmSync(folder, { recursive: true })
})

test('a path leads to a file, or to another, or to none', () => {
  const identity = fstatSync(descriptor)
  writeFileSync(join(folder, 'other'), '')
  assert.deepEqual(
    ['file', 'other', 'absent', 'other/below', 'x'.repeat(300)].map(name =>
      isAt(join(folder, name), identity),
    ),
    [true, false, false, false, false],
  )
})

test('an open file has a path until its name is taken from it, however it is called', () => {
  const identity = fstatSync(descriptor)
  assert.equal(pathOf(descriptor, identity), path)
  rmSync(path)
  assert.equal(pathOf(descriptor, identity), undefined)
  const odd = join(folder, 'called (deleted)')
  writeFileSync(odd, '')
  const other = openSync(odd, 'r')
  try {
    assert.equal(pathOf(other, fstatSync(other)), odd)
  } finally {
    closeSync(other)
  }
})
