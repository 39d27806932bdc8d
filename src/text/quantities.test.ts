import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { groupedNumber, isoTime, readableSize } from './quantities.ts'

test('says sizes as a person does', () => {
  const sizes: readonly (readonly [bytes: number, said: string])[] = [
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [9949, '9.9 kB'],
    [9950, '10 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [1_433_600, '1.4 MB'],
    [37_000_000_000, '37 GB'],
    [Number.MAX_SAFE_INTEGER, '9.0 PB'],
  ]
  for (const [bytes, said] of sizes) assert.equal(readableSize(bytes), said)
})

test('says any size in three digits at the most', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), bytes => {
      assert.match(readableSize(bytes), /^(\d{1,3}|\d\.\d) (bytes?|[kMGTPE]B)$/)
    }),
  )
})

test('groups the digits of a number by three', () => {
  assert.deepEqual([0, 999, 1000, 1_433_600].map(groupedNumber), ['0', '999', '1,000', '1,433,600'])
})

test('writes a time in four-digit years, and none that has more', () => {
  assert.equal(isoTime(784_111_777_123.4), '1994-11-06T08:49:37.123Z')
  assert.equal(isoTime(-62_167_219_200_000), '0000-01-01T00:00:00.000Z')
  assert.equal(isoTime(253_402_300_799_999), '9999-12-31T23:59:59.999Z')
  for (const time of [-62_167_219_200_001, 253_402_300_800_000, 9e18, Number.NaN]) {
    assert.equal(isoTime(time), undefined)
  }
})
