import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatCount, formatDuration, formatNumberOf, formatSize, formatTime, isoTime } from './quantities.ts'

test('says sizes to three figures', () => {
  const sizes = [0, 512, 1023, 1536, 64 * 1024 ** 2, 1024 ** 2 - 1, 5.25 * 1024 ** 3, 3e18]
  assert.deepEqual(sizes.map(formatSize), [
    '0 B',
    '512 B',
    '1023 B',
    '1.5 KiB',
    '64 MiB',
    '1 MiB',
    '5.25 GiB',
    '2665 PiB',
  ])
})

test('says durations in the units that matter', () => {
  const second = 1_000_000
  assert.deepEqual(
    [
      0,
      850,
      12_345,
      999_600,
      2.5 * second,
      59.96 * second,
      3600 * second,
      3661 * second,
      100 * 3600 * second,
    ].map(formatDuration),
    ['0 µs', '850 µs', '12.3 ms', '1 s', '2.5 s', '1 min', '1 h', '1 h 1 min', '4 d 4 h'],
  )
})

test('counts in words', () => {
  assert.equal(formatNumberOf(1, 'file'), '1 file')
  assert.equal(formatNumberOf(2000, 'file'), '2,000 files')
})

test('says a time as the clock on the wall does', () => {
  assert.equal(formatTime(new Date(2026, 0, 15, 9, 5, 7).getTime()), '2026-01-15 09:05:07')
})

test('says any size in four digits at the most', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), bytes => {
      assert.match(formatSize(bytes), /^(\d{1,4}|\d\d?\.\d|\d\.\d\d) ([KMGTP]i)?B$/)
    }),
  )
})

test('groups the digits of a number by three', () => {
  assert.deepEqual([0, 999, 1000, 1_433_600].map(formatCount), ['0', '999', '1,000', '1,433,600'])
})

test('writes a time in four-digit years, and none that has more', () => {
  assert.equal(isoTime(784_111_777_123.4), '1994-11-06T08:49:37.123Z')
  assert.equal(isoTime(-62_167_219_200_000), '0000-01-01T00:00:00.000Z')
  assert.equal(isoTime(253_402_300_799_999), '9999-12-31T23:59:59.999Z')
  for (const time of [-62_167_219_200_001, 253_402_300_800_000, 9e18, Number.NaN]) {
    assert.equal(isoTime(time), undefined)
  }
})
