import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growth } from './resources.ts'

test('What goes up and down in the end as before has not grown, whatever it did in the beginning', () => {
  assert.equal(growth([0, 50, 90, 100, 120, 100, 100, 120, 100]), 0)
})

test('What ends higher has grown, and one value is none', () => {
  assert.equal(growth([1, 1, 1, 2, 2, 2, 3, 3, 99]), 1)
})
