import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fit, formatDuration, formatNumberOf, formatSize, formatTime, printable } from './terminal.ts'

test('lets no byte through that a terminal would act upon', () => {
  assert.equal(printable('\x1b[2J\r\n\x7f\u009b31m'), '\\x1b[2J\\x0d\\x0a\\x7f\\x9b31m')
  assert.equal(printable('a\u202eb\u2028'), 'a\\u{202e}b\\u{2028}')
  assert.equal(printable('GET /tõnu/漢 HTTP/1.1'), 'GET /tõnu/漢 HTTP/1.1')
})

test('never takes more columns than there are', () => {
  assert.equal(fit('abcdef', 6), 'abcdef')
  assert.equal(fit('abcdefg', 6), 'abcde…')
  assert.equal(fit('/srv/www/public/html', 10, 'middle'), '/sr…c/html')
  assert.equal(fit('漢漢漢漢', 6), '漢漢…')
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.integer({ min: 1, max: 40 }),
      (text, width) => fit(text, width, 'middle').length <= width,
    ),
  )
})

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
