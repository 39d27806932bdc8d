import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatHttpDate } from './date.ts'
import { Fields } from './fields.ts'
import { checkPreconditions, rangeIsCurrent } from './preconditions.ts'
import { entityTag, lastModified, type Representation } from './response/representation.ts'

const MODIFIED = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const NOW = MODIFIED + 86_400_000
const BEFORE = 'Fri, 02 Jan 2026 03:04:04 GMT'
const SAME = 'Fri, 02 Jan 2026 03:04:05 GMT'
const AFTER = 'Fri, 02 Jan 2026 03:04:06 GMT'
const FILE: Representation = { size: 1, modified: MODIFIED, etag: '"abc"', mediaType: 'text/plain' }
const YOUNG: Representation = { ...FILE, etag: 'W/"abc"' }
const BUILT: Representation = { ...FILE, modified: 1999 }
const TIMED: Representation = { ...FILE, modified: 2000 }

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
    [{ 'If-Modified-Since': AFTER }, 'not modified', TIMED],
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
  const cases: [value: string | undefined, current: boolean, file?: Representation][] = [
    [undefined, true],
    ['"abc"', true],
    ['"x"', false],
    ['W/"abc"', false],
    ['W/"abc"', false, YOUNG],
    [SAME, true],
    [BEFORE, false],
    [AFTER, false],
    ['soon', false],
    [SAME, false, YOUNG],
    ['Thu, 01 Jan 1970 00:00:01 GMT', false, BUILT],
  ]
  for (const [value, current, file = FILE] of cases) {
    test(`${value} of ${file.etag} is ${current ? 'current' : 'not current'}`, () => {
      const asked = fields(value === undefined ? {} : { 'If-Range': value })
      assert.equal(rangeIsCurrent(asked, file, NOW), current)
    })
  }
})

describe('An entity-tag', () => {
  const version = { size: 10, modified: MODIFIED, changed: MODIFIED }

  test('is weak while the file may change again unnoticed', () => {
    assert.match(entityTag(version, MODIFIED + 999), /^W\/"/)
    assert.match(entityTag(version, MODIFIED + 1000), /^"/)
    assert.match(entityTag({ ...version, modified: 0 }, MODIFIED + 999), /^W\/"/)
  })

  test('differs by size and by any change of time that the file system tells', () => {
    const tags = [version, { ...version, size: 11 }, { ...version, modified: MODIFIED + 0.001 }]
    assert.equal(new Set(tags.map(each => entityTag(each, NOW))).size, 3)
  })

  test('is the same on hosts that have copies of the file, and differs by more than a time that every build has', () => {
    for (const [modified, count] of [
      [2000, 1],
      [1999, 2],
      [0, 2],
    ] as const) {
      const tags = [MODIFIED, MODIFIED + 0.001].map(changed =>
        entityTag({ size: 10, modified, changed }, NOW),
      )
      assert.equal(new Set(tags).size, count, `${modified}`)
    }
  })
})

describe('A Last-Modified', () => {
  const SECOND = Math.floor(MODIFIED / 1000) * 1000
  const seen = (modified: number, now: number): Representation => {
    return { ...FILE, modified, etag: entityTag({ size: 1, modified, changed: modified }, now) }
  }
  const stated = (file: Representation, now: number) => formatHttpDate(lastModified(file, now))

  test('is the second of the change, and the one before while another change may come in it', () => {
    assert.equal(stated(seen(MODIFIED, NOW), NOW), SAME)
    assert.equal(stated(seen(MODIFIED, MODIFIED), MODIFIED), BEFORE)
  })

  test('is never later than the Date beside it', () => {
    const now = SECOND + 1000
    assert.equal(stated(seen(now + 3_600_000, now), now), SAME)
  })

  test('makes nobody take an older version for the present one, who asks by it alone', () => {
    const times = Array.from({ length: 13 }, (_, index) => SECOND + 200 * index)
    for (const changed of times) {
      for (const asked of times.filter(time => time >= changed)) {
        const date = stated(seen(changed, asked), asked)
        for (const changedAgain of times.filter(time => time > changed && time >= asked)) {
          for (const now of [changedAgain, changedAgain + 500, changedAgain + 5000]) {
            const file = seen(changedAgain, now)
            assert.equal(checkPreconditions(fields({ 'If-Modified-Since': date }), file, now), 'proceed')
            assert.equal(checkPreconditions(fields({ 'If-Unmodified-Since': date }), file, now), 'failed')
            assert.equal(rangeIsCurrent(fields({ 'If-Range': date }), file, now), false)
          }
        }
      }
    }
  })
})
