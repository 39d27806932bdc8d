import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fields } from '../fields.ts'
import { parseCredentials } from './credentials.ts'

function credentialsOf(...values: readonly string[]) {
  return parseCredentials(new Fields(values.map(value => `Authorization: ${value}\r\n`).join('')))
}
const basic = (user: string, password: string) => ({ kind: 'basic', user, password })

describe('credentials are understood as Apache understands them', () => {
  for (const [value, user, password] of [
    ['Basic Ym9iOnNlY3JldA==', 'bob', 'secret'],
    ['bAsIc    Ym9iOnNlY3JldA', 'bob', 'secret'],
    ['Basic Ym9iOnNlOmNyZXQ=', 'bob', 'se:cret'],
    ['Basic Ym9iOg==', 'bob', ''],
    ['Basic Ym9i', 'bob', ''],
    ['Basic OnNlY3JldA==', '', 'secret'],
    ['Basic', '', ''],
    ['Basic Ym9iOnNlY3JldA==\x80Ym9i', 'bob', 'secret'],
    ['Basic Ym9iOnBcw6Q=', 'bob', 'p\\\xc3\xa4'],
  ] as const) {
    test(value, () => assert.deepEqual(credentialsOf(value), basic(user, password)))
  }
})

test('of two fields the first counts', () => {
  assert.deepEqual(credentialsOf('Basic Ym9iOnNlY3JldA==', 'Basic YW5uOm90aGVy'), basic('bob', 'secret'))
})

test('another scheme, or a tab behind it, is no Basic', () => {
  for (const value of ['Bearer Ym9iOnNlY3JldA==', 'Basic\tYm9iOnNlY3JldA==', 'Digest username="bob"', ''])
    assert.deepEqual(credentialsOf(value), { kind: 'another scheme' })
  assert.deepEqual(credentialsOf(), { kind: 'none' })
})
