import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fields } from './fields.ts'
import { checkPreconditions, rangeIsCurrent } from './preconditions.ts'
import { entityTag, type Representation } from './representation.ts'

const MODIFIED = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const NOW = MODIFIED + 86_400_000
const BEFORE = 'Fri, 02 Jan 2026 03:04:04 GMT'
const SAME = 'Fri, 02 Jan 2026 03:04:05 GMT'
const AFTER = 'Fri, 02 Jan 2026 03:04:06 GMT'
const FILE: Representation = { size: 1, modified: MODIFIED, etag: '"abc"', mediaType: 'text/plain' }
const YOUNG: Representation = { ...FILE, etag: 'W/"abc"' }
const BUILT: Representation = { ...FILE, modified: 1000 }

function fields(values: Record<string, string>): Fields {
  return new Fields(
    Object.entries(values)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join(''),
  )
}

describe('Preconditions', () => {
  const cases: [values: Record<string, string>, expected: string, file?: Representation][] = [
    [{}, 'proceed'],
    [{ 'If-Match': '*' }, 'proceed'],
    [{ 'If-Match': '"abc"' }, 'proceed'],
    [{ 'If-Match': '"x", "abc"' }, 'proceed'],
    [{ 'If-Match': '"x"' }, 'failed'],
    [{ 'If-Match': 'W/"abc"' }, 'failed'],
    [{ 'If-Match': '"abc"' }, 'failed', YOUNG],
    [{ 'If-Match': 'abc' }, 'failed'],
    [{ 'If-Match': '"abc"', 'If-Unmodified-Since': BEFORE }, 'proceed'],
    [{ 'If-Unmodified-Since': BEFORE }, 'failed'],
    [{ 'If-Unmodified-Since': SAME }, 'proceed'],
    [{ 'If-Unmodified-Since': 'never' }, 'proceed'],
    [{ 'If-None-Match': '*' }, 'not modified'],
    [{ 'If-None-Match': '"abc"' }, 'not modified'],
    [{ 'If-None-Match': 'W/"abc"' }, 'not modified'],
    [{ 'If-None-Match': ' ,"x" ,,"abc"' }, 'not modified'],
    [{ 'If-None-Match': '"x,y"' }, 'proceed'],
    [{ 'If-None-Match': '"abc' }, 'proceed'],
    [{ 'If-None-Match': '"abc" "x"' }, 'proceed'],
    [{ 'If-None-Match': '"x"', 'If-Modified-Since': AFTER }, 'proceed'],
    [{ 'If-Modified-Since': BEFORE }, 'proceed'],
    [{ 'If-Modified-Since': SAME }, 'not modified'],
    [{ 'If-Modified-Since': AFTER }, 'not modified'],
    [{ 'If-Modified-Since': 'Friday, 02-Jan-26 03:04:05 GMT' }, 'not modified'],
    [{ 'If-Modified-Since': 'yesterday' }, 'proceed'],
    [{ 'If-Modified-Since': AFTER }, 'proceed', BUILT],
    [{ 'If-Match': '"x"', 'If-None-Match': '"abc"' }, 'failed'],
  ]
  for (const [values, expected, file = FILE] of cases) {
    test(`${JSON.stringify(values)} of ${file.etag}: ${expected}`, () => {
      assert.equal(checkPreconditions(fields(values), file, NOW), expected)
    })
  }

  test('with a list made to be slow are judged at once', () => {
    const field = `"${'a'.repeat(8000)}${' ,'.repeat(4000)}x`
    assert.equal(checkPreconditions(fields({ 'If-None-Match': field }), FILE, NOW), 'proceed')
  })
})

describe('If-Range', () => {
  const cases: [value: string | undefined, current: boolean, file?: Representation, now?: number][] = [
    [undefined, true],
    ['"abc"', true],
    ['"x"', false],
    ['W/"abc"', false],
    ['W/"abc"', false, YOUNG],
    [SAME, true],
    [BEFORE, false],
    [AFTER, false],
    ['soon', false],
    [SAME, false, FILE, MODIFIED + 100],
    ['Thu, 01 Jan 1970 00:00:01 GMT', false, BUILT],
  ]
  for (const [value, current, file = FILE, now = NOW] of cases) {
    test(`${value} of ${file.etag} is ${current ? 'current' : 'not current'}`, () => {
      assert.equal(
        rangeIsCurrent(fields(value === undefined ? {} : { 'If-Range': value }), file, now),
        current,
      )
    })
  }
})

describe('An entity-tag', () => {
  test('is weak while the file may change again unnoticed', () => {
    assert.match(entityTag(10, MODIFIED, MODIFIED + 999), /^W\/"/)
    assert.match(entityTag(10, MODIFIED, MODIFIED + 1000), /^"/)
  })

  test('differs by size and by any change of time that the file system tells', () => {
    const tags = [
      entityTag(10, MODIFIED, NOW),
      entityTag(11, MODIFIED, NOW),
      entityTag(10, MODIFIED + 0.001, NOW),
    ]
    assert.equal(new Set(tags).size, 3)
  })
})
