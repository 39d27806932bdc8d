import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { WatchedFile } from './watched-file.ts'

test('a file is read anew once it has changed, be it at once and without another size or time', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'passwords')
  const file = new WatchedFile(path, text => text)
  const now = Date.now()
  writeFileSync(path, 'one')
  assert.deepEqual(file.at(now), { kind: 'contents', contents: 'one' })
  writeFileSync(path, 'two')
  utimesSync(path, now / 1000, now / 1000)
  assert.deepEqual(file.at(now + 100), { kind: 'contents', contents: 'two' })
})

test('a file that stays as it is is read once', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'passwords')
  writeFileSync(path, 'one')
  let reads = 0
  const file = new WatchedFile(path, () => ++reads)
  const later = Date.now() + 60_000
  for (let second = 0; second < 5; second++)
    assert.deepEqual(file.at(later + second * 1000), { kind: 'contents', contents: 1 })
})

test('a file that is missing, no file or too large is at fault, until it is as it should be', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'passwords')
  const file = new WatchedFile(path, text => text.length)
  let now = Date.now()
  const look = () => {
    now += 1000
    return file.at(now)
  }
  assert.deepEqual(look(), { kind: 'fault', why: 'no such file or directory' })
  mkdirSync(path)
  assert.equal(look().kind, 'fault')
  rmSync(path, { recursive: true })
  execFileSync('mkfifo', [path])
  assert.deepEqual(look(), { kind: 'fault', why: 'it is no file' })
  rmSync(path)
  writeFileSync(path, Buffer.alloc(4 * 1024 * 1024 + 1))
  assert.deepEqual(look(), { kind: 'fault', why: 'it has more than 4 MiB' })
  writeFileSync(path, 'good')
  assert.deepEqual(look(), { kind: 'contents', contents: 4 })
  rmSync(path)
  assert.deepEqual(look(), { kind: 'fault', why: 'no such file or directory' })
})
