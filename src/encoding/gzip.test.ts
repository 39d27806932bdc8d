import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { gzip } from './gzip.ts'

test('packs whatever it is given as one member, which any program unpacks', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
    fc.integer({ min: 0, max: 200_000 }).map(length => randomBytes(length)),
    fc.integer({ min: 0, max: 200_000 }).map(length => Buffer.alloc(length, 'as long as that')),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), parts => {
      const packed = Buffer.concat([...gzip(parts)])
      assert.ok(gunzipSync(packed).equals(Buffer.concat(parts)))
    }),
    { numRuns: 50 },
  )
})

test('packs a piece at a time', () => {
  const pieces = [...gzip([Buffer.alloc(1_000_000, 'line\n')])]
  assert.ok(pieces.length > 10, `${pieces.length} pieces`)
  assert.ok(Buffer.concat(pieces).length < 10_000)
})
