import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findClosedPart } from './permission.ts'

test('a path that can no longer be looked at has no closed part, and is no fault', () => {
  const paths = ['/absent/file', `${process.execPath}/file`, `/${'n'.repeat(300)}`]
  assert.deepEqual(
    paths.map(path => findClosedPart(path)),
    [undefined, undefined, undefined],
  )
})
