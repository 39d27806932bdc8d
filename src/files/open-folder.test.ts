import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { type FolderEntry, OpenFolder } from './open-folder.ts'

function entriesOf(path: string, mayFollow?: (descriptor: number) => boolean): FolderEntry[] {
  using folder = new OpenFolder(path, mayFollow)
  return [...folder.entries()]
    .filter(entry => entry !== undefined)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

function namesOf(path: string, mayFollow?: (descriptor: number) => boolean): string[] {
  return entriesOf(path, mayFollow).map(entry => entry.name)
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

test('shows files and folders with their size and time', () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'a.txt'), '12345')
  utimesSync(join(folder.path, 'a.txt'), 1000, 1000)
  mkdirSync(join(folder.path, 'docs'))
  const [file, sub, ...more] = entriesOf(folder.path)
  assert.deepEqual(file, { name: 'a.txt', type: 'file', size: 5, modified: 1_000_000 })
  assert.partialDeepStrictEqual(sub, { name: 'docs', type: 'folder' })
  assert.deepEqual(more, [])
})

test('shows nothing hidden, and no pipe, which it does not wait for', () => {
  using folder = temporaryFolder()
  for (const name of ['.hidden', 'shown']) writeFileSync(join(folder.path, name), '')
  mkdirSync(join(folder.path, '.well-known'))
  execFileSync('mkfifo', [join(folder.path, 'pipe')])
  symlinkSync('pipe', join(folder.path, 'link-to-pipe'))
  assert.deepEqual(
    namesOf(folder.path, () => true),
    ['shown'],
  )
})

test('names files by their bytes, also where these are no UTF-8', () => {
  using folder = temporaryFolder()
  const names = ['caf\xe9', 'gr\xc3\xbc\xc3\x9fe', '\xff\xfe\x01\n']
  for (const name of names) writeFileSync(Buffer.from(`${folder.path}/${name}`, 'latin1'), name, 'latin1')
  assert.deepEqual(
    entriesOf(folder.path).map(({ name, size }) => [name, size]),
    names.map(name => [name, name.length]),
  )
})

test('follows a link only where it may, and shows what is behind it', () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'file'), '123')
  symlinkSync('file', join(folder.path, 'inside'))
  symlinkSync('/etc', join(folder.path, 'outside'))
  symlinkSync('absent', join(folder.path, 'dangling'))
  symlinkSync('circle', join(folder.path, 'circle'))
  const isInside = (descriptor: number) => readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder.path)
  assert.deepEqual(
    entriesOf(folder.path, isInside).map(({ name, type, size }) => [name, type, size]),
    [
      ['file', 'file', 3],
      ['inside', 'file', 3],
    ],
  )
  assert.deepEqual(namesOf(folder.path), ['file'])
})

test('reads on in the folder that was opened when another takes its place', () => {
  using folder = temporaryFolder()
  const [current, old] = [join(folder.path, 'current'), join(folder.path, 'old')]
  mkdirSync(current)
  writeFileSync(join(current, 'a'), '1')
  using opened = new OpenFolder(current, undefined)
  renameSync(current, old)
  symlinkSync('/etc', current)
  assert.deepEqual(
    [...opened.entries()].map(entry => entry?.name),
    ['a'],
  )
})

test('closes what it has opened also when it is given up halfway', () => {
  using folder = temporaryFolder()
  for (let index = 0; index < 500; index++) writeFileSync(join(folder.path, String(index)), '')
  const before = openFiles()
  {
    using opened = new OpenFolder(folder.path, undefined)
    const entries = opened.entries()
    entries.next()
    assert.equal(openFiles(), before + 2)
    entries[Symbol.dispose]()
  }
  assert.equal(openFiles(), before)
})

test('holds nothing open of the links it has looked behind, be they shown or not', () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'file'), '')
  for (let index = 0; index < 10; index++) symlinkSync('file', join(folder.path, `link-${index}`))
  using opened = new OpenFolder(folder.path, descriptor => descriptor % 2 === 0)
  const before = openFiles()
  assert.equal([...opened.entries()].length, 11)
  assert.equal(openFiles(), before)
})

test('does not open what is no folder', () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'file'), '')
  assert.throws(() => new OpenFolder(join(folder.path, 'file'), undefined), { code: 'ENOTDIR' })
  assert.throws(() => new OpenFolder(join(folder.path, 'absent'), undefined), { code: 'ENOENT' })
})
