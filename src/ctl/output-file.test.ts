import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { OutputFile } from './output-file.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-file-'))
  path = join(folder, 'trace.json')
})

afterEach(() => rmSync(folder, { recursive: true }))

test('leaves the old file as it is until the new one is whole', () => {
  writeFileSync(path, 'old')
  using file = new OutputFile(path)
  assert.equal(readFileSync(path, 'utf8'), 'old')
  file.write('new')
  assert.equal(readFileSync(path, 'utf8'), 'new')
  assert.deepEqual(readdirSync(folder), ['trace.json'])
})

test('leaves nothing behind when there is nothing to write', () => {
  new OutputFile(path)[Symbol.dispose]()
  assert.deepEqual(readdirSync(folder), [])
})

test('writes to what a link points at', () => {
  writeFileSync(path, 'old')
  const link = join(folder, 'link')
  symlinkSync(path, link)
  using file = new OutputFile(link)
  file.write('new')
  assert.equal(readFileSync(path, 'utf8'), 'new')
})

test('does not put a file in the place of a device', () => {
  using file = new OutputFile('/dev/null')
  file.write('gone')
  assert.equal(readFileSync('/dev/null', 'utf8'), '')
})

test('says at the beginning that it cannot be written', () => {
  mkdirSync(path)
  for (const impossible of [path, join(folder, 'absent/trace.json')]) {
    assert.throws(() => new OutputFile(impossible), {
      name: 'OutputFileError',
      message: new RegExp(`^Cannot write "${impossible}": [a-z ]+; name another file$`),
    })
  }
})
