import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseRange } from './range.ts'

/** What is sent of 1000 bytes: `first-last` of each range, or why none is. */
function ranges(field: string, size = 1000): string {
  const outcome = parseRange(field, size)
  if (outcome.kind !== 'satisfiable') return outcome.kind
  return outcome.ranges.map(({ first, last }) => `${first}-${last}`).join(' ')
}

describe('A Range', () => {
  const cases: Record<string, string> = {
    'bytes=0-0': '0-0',
    'bytes=0-499': '0-499',
    'bytes=500-': '500-999',
    'bytes=-1': '999-999',
    'bytes=-5000': '0-999',
    'bytes=900-5000': '900-999',
    'BYTES=0-0': '0-0',
    'bytes= 0-0 , 500-500 ': '0-0 500-500',
    'bytes=,0-0,,': '0-0',
    'bytes=0-0,-1': '0-0 999-999',
    'bytes=500-600,0-9': '500-600 0-9',
    'bytes=0-99,50-149': '0-149',
    'bytes=0-9,20-29': '0-29',
    'bytes=0-9,500-509,15-20': '0-20 500-509',
    'bytes=0-9,1000-': '0-9',
    'bytes=1000-': 'unsatisfiable',
    'bytes=-0': 'unsatisfiable',
    'bytes=99999999999999999999-': 'unsatisfiable',
    'bytes=0-99999999999999999999': '0-999',
    'bytes=5-4': 'ignored',
    'bytes=a-b': 'ignored',
    'bytes=0-0,a': 'ignored',
    'bytes=--1': 'ignored',
    'bytes=0 -1': 'ignored',
    'bytes=': 'ignored',
    'bytes=-': 'ignored',
    'bytes 0-0': 'ignored',
    'pages=1-2': 'ignored',
    '0-0': 'ignored',
  }
  for (const [field, expected] of Object.entries(cases)) {
    test(`${field} is ${expected}`, () => assert.equal(ranges(field), expected))
  }

  test('of an empty file cannot be satisfied, unless it asks for its last bytes, which are all', () => {
    assert.equal(ranges('bytes=0-', 0), 'unsatisfiable')
    assert.equal(ranges('bytes=-0', 0), 'unsatisfiable')
    assert.equal(ranges('bytes=-1', 0), 'ignored')
  })

  test('with more parts than anybody needs is ignored', () => {
    const parts = (count: number) =>
      `bytes=${Array.from({ length: count }, (_, i) => `${i * 1000}-${i * 1000}`)}`
    assert.equal(parseRange(parts(100), 1e6).kind, 'satisfiable')
    assert.equal(parseRange(parts(101), 1e6).kind, 'ignored')
  })

  test('gives every byte asked for, none twice, and none that is not there', () => {
    const wanted = fc
      .tuple(fc.nat(300), fc.nat(300))
      .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }))
    fc.assert(
      fc.property(
        fc.array(wanted, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 250 }),
        (list, size) => {
          const outcome = parseRange(`bytes=${list.map(({ first, last }) => `${first}-${last}`)}`, size)
          const asked = new Set(list.flatMap(range => bytesOf(range)).filter(byte => byte < size))
          if (outcome.kind !== 'satisfiable') return assert.equal(asked.size, 0)
          const sent = outcome.ranges.flatMap(bytesOf)
          assert.equal(new Set(sent).size, sent.length)
          assert.ok(sent.every(byte => byte >= 0 && byte < size))
          assert.ok([...asked].every(byte => sent.includes(byte)))
        },
      ),
    )
  })
})

function bytesOf({ first, last }: { first: number; last: number }): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
