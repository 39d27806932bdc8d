import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestsUnderWay } from './requests-under-way.ts'

test('counts each network by itself, up to the limit, and has room again for each that ends', () => {
  const requests = new RequestsUnderWay()
  const enter = (network: string) => requests.enter(network, 2)
  assert.deepEqual([enter('a'), enter('a'), enter('a'), enter('b')], [true, true, false, true])
  requests.leave('a')
  assert.deepEqual([enter('a'), enter('a')], [true, false])
  for (let left = 0; left < 2; left++) requests.leave('a')
  assert.deepEqual([enter('a'), enter('a'), enter('a')], [true, true, false])
})

test('without a limit there is always room', () => {
  const requests = new RequestsUnderWay()
  for (let count = 0; count < 1000; count++) assert.equal(requests.enter('a', Number.POSITIVE_INFINITY), true)
})
