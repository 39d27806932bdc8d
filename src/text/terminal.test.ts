import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fit, printable, tableLines } from './terminal.ts'

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

test('shows the cells of a column below each other', () => {
  assert.deepEqual(tableLines([['State', 'For', 'Client'], ['in service', '1 µs'], [], ['', '5 min', 'a']]), [
    'State       For    Client',
    'in service  1 µs',
    '',
    '            5 min  a',
  ])
})
