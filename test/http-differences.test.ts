import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { withTables } from './system/differences.ts'

test('docs/http.md shows the differences to other servers that are known', () => {
  const page = readFileSync(new URL('../docs/http.md', import.meta.url), 'utf8')
  assert.equal(page, withTables(page), 'Expected what scripts/http-differences.ts writes')
})
