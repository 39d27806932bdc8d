import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainAddress } from './address.ts'

test('knows IPv4 clients by their IPv4 address, whatever the socket', () => {
  assert.equal(plainAddress('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(plainAddress('192.0.2.7'), '192.0.2.7')
  assert.equal(plainAddress('2001:db8::1'), '2001:db8::1')
  assert.equal(plainAddress(undefined), '-')
})
