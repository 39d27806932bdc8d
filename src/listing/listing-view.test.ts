import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readListingView } from './listing-view.ts'

const DEFAULT = { sort: 'name', order: 'ascending', format: 'html' }

test('reads the order and the format from the query', () => {
  assert.deepEqual(readListingView(''), DEFAULT)
  assert.deepEqual(readListingView('?sort=size&order=descending'), {
    sort: 'size',
    order: 'descending',
    format: 'html',
  })
  assert.deepEqual(readListingView('?format=json&sort=modified'), {
    sort: 'modified',
    order: 'ascending',
    format: 'json',
  })
})

test('takes no notice of what it does not know', () => {
  for (const query of [
    '?',
    '?C=M;O=D',
    '?sort=SIZE&order=&format=xml',
    '?sort',
    '?%',
    '?sort=toString&a=b&&=',
  ]) {
    assert.deepEqual(readListingView(query), DEFAULT, query)
  }
  fc.assert(
    fc.property(fc.string(), text => {
      const { sort, order, format } = readListingView(`?${text}`)
      assert.match(`${sort} ${order} ${format}`, /^(name|size|modified) (as|des)cending (html|json)$/)
    }),
  )
})
