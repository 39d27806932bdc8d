import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FileVersion, isSameFile, isSettled } from './file-version.ts'

const VERSION: FileVersion = { dev: 1, ino: 2, size: 3, mtimeMs: 4000, ctimeMs: 5000 }

test('one version of a file is told from another by each thing that is known of it', () => {
  assert.ok(isSameFile(VERSION, { ...VERSION }))
  assert.ok(isSameFile(undefined, undefined))
  assert.ok(!isSameFile(VERSION, undefined))
  assert.ok(!isSameFile(undefined, VERSION))
  for (const name of ['dev', 'ino', 'size', 'mtimeMs', 'ctimeMs'] as const) {
    assert.ok(!isSameFile(VERSION, { ...VERSION, [name]: VERSION[name] + 0.001 }), name)
  }
})

test('times tell of a next change once both are more than a second old', () => {
  const changed = { ...VERSION, mtimeMs: 5000, ctimeMs: 4000 }
  const moved = { ...VERSION, mtimeMs: 4000, ctimeMs: 5000 }
  for (const version of [changed, moved]) {
    assert.equal(isSettled(version, 6000), false)
    assert.equal(isSettled(version, 6000.001), true)
  }
})
