import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Freshness, type Lifetime } from './freshness.ts'

const NOW = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000

function content(mediaType: string, modified = NOW - HOUR) {
  return { size: 1, modified, etag: '"1"', mediaType }
}

function afterAccess(milliseconds: number): Lifetime {
  return { from: 'access', milliseconds }
}

test('tells how long content stays fresh, in seconds and as a date', () => {
  const freshness = new Freshness(new Map(), afterAccess(HOUR))
  assert.deepEqual(freshness.fieldsOf(content('text/css'), NOW + 500), [
    ['Cache-Control', 'max-age=3600'],
    ['Expires', 'Thu, 01 Jan 2026 01:00:00 GMT'],
  ])
})

test('prefers the type to its group, and the group to the default', () => {
  const freshness = new Freshness(
    new Map([
      ['image/png', afterAccess(1000)],
      ['image/*', afterAccess(2000)],
    ]),
    afterAccess(3000),
  )
  const maxAge = (type: string) => freshness.fieldsOf(content(type), NOW)[0]?.[1]
  assert.equal(maxAge('image/png'), 'max-age=1')
  assert.equal(maxAge('Image/PNG; q="/"'), 'max-age=1')
  assert.equal(maxAge('image/svg+xml'), 'max-age=2')
  assert.equal(maxAge('text/html; charset=utf-8'), 'max-age=3')
})

test('says nothing of a type nobody has decided about', () => {
  assert.deepEqual(new Freshness(new Map(), undefined).fieldsOf(content('text/css'), NOW), [])
  const images = new Freshness(new Map([['image/*', afterAccess(1000)]]), undefined)
  assert.deepEqual(images.fieldsOf(content('text/css'), NOW), [])
})

test('counts from the last change when told so, and never below nothing', () => {
  const maxAge = (milliseconds: number, modified?: number) =>
    new Freshness(new Map(), { from: 'modification', milliseconds }).fieldsOf(
      content('a/b', modified),
      NOW,
    )[0]?.[1]
  assert.equal(maxAge(3 * HOUR), 'max-age=7200')
  assert.equal(maxAge(HOUR / 2), 'max-age=0')
  assert.equal(maxAge(HOUR, 0), undefined, 'the file tells no true time')
})
