import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lifetime } from './lifetime.ts'

const DAY = 86_400_000

test('reads a duration as one from the time of the request', () => {
  assert.deepEqual(lifetime.read('30d'), { from: 'access', milliseconds: 30 * DAY })
  assert.deepEqual(lifetime.read('3600'), { from: 'access', milliseconds: 3_600_000 })
  assert.deepEqual(lifetime.read('0'), { from: 'access', milliseconds: 0 })
})

test('reads the words of Apache', () => {
  const access = {
    'access plus 1 month': 30 * DAY,
    'access 1 month': 30 * DAY,
    'Now  plus 1 Week 2 days': 9 * DAY,
    'access plus 1 year 0 seconds': 365 * DAY,
    'access plus 90 minutes 30 seconds': 5_430_000,
    'access plus 10 years': 3650 * DAY,
    A60: 60_000,
  }
  for (const [words, milliseconds] of Object.entries(access)) {
    assert.deepEqual(lifetime.read(words), { from: 'access', milliseconds }, words)
  }
  const modification = { 'modification plus 2 hours 3 minutes': 7_380_000, M3600: 3_600_000 }
  for (const [words, milliseconds] of Object.entries(modification)) {
    assert.deepEqual(lifetime.read(words), { from: 'modification', milliseconds }, words)
  }
})

test('refuses what is no duration, and more than ten years', () => {
  const words = [
    '',
    '1 month',
    'access',
    'access plus',
    'access plus 1',
    'access plus 1 fortnight',
    'access plus 1 constructor',
    'A',
    'A1d',
  ]
  for (const word of [
    ...words,
    'access plus -1 day',
    'access plus 1.5 days',
    'M-1',
    '1y',
    '3651d',
    'A999999999',
  ]) {
    assert.equal(lifetime.read(word), undefined, word)
  }
})
