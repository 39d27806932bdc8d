import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Complaints } from './complaints.ts'

test('complains of each trouble at once, and of the same one once a minute', () => {
  let now = 0
  const complaints = new Complaints<'fire' | 'water'>(() => now)
  assert.equal(complaints.isDue('fire'), true)
  assert.equal(complaints.isDue('water'), true)
  now = 59_999
  assert.equal(complaints.isDue('fire'), false)
  now = 60_000
  assert.equal(complaints.isDue('fire'), true)
  assert.equal(complaints.isDue('fire'), false)
})
