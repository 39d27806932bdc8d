import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatHttpDate, parseHttpDate } from './date.ts'

const NOW = Date.UTC(2026, 10, 22)
/** The example of RFC 9110 §5.6.7. */
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37)

describe('An HTTP-date', () => {
  test('is read in each of its three forms', () => {
    assert.equal(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT', NOW), EXAMPLE)
    assert.equal(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT', NOW), EXAMPLE)
    assert.equal(parseHttpDate('Sun Nov  6 08:49:37 1994', NOW), EXAMPLE)
  })

  test('of two digits is never more than 50 years ahead', () => {
    assert.equal(parseHttpDate('Sunday, 01-Jan-76 00:00:00 GMT', NOW), Date.UTC(2076, 0, 1))
    assert.equal(parseHttpDate('Sunday, 01-Jan-77 00:00:00 GMT', NOW), Date.UTC(1977, 0, 1))
  })

  const unreadable = [
    '',
    '0',
    '2026-11-22',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT; length=5',
  ]
  for (const text of unreadable) {
    test(`is not read from "${text}"`, () => assert.equal(parseHttpDate(text, NOW), undefined))
  }

  test('is written so that it is read back to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), seconds => {
        assert.equal(parseHttpDate(formatHttpDate(seconds * 1000), NOW), seconds * 1000)
      }),
    )
  })
})
