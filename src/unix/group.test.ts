import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupId } from './group.ts'

test('knows the groups of this machine, and numbers as they are', () => {
  assert.equal(groupId('root'), 0)
  assert.equal(groupId('12345'), 12_345)
  for (const none of ['there-is-none', '', 'x', '-1']) assert.equal(groupId(none), undefined, none)
})
