import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { afterEach, test } from 'node:test'
import { limitDescriptors } from '../../test/support/descriptor-limit.ts'
import { isOutOfDescriptors, isReserved, keepForClient, renewReserve } from './descriptors.ts'

afterEach(renewReserve)

for (const [limit, first] of [
  [1000, 976],
  [96, 72],
  [64, 48],
] as const) {
  test(`of ${limit} descriptors those from ${first} on are not for clients`, () => {
    using _limit = limitDescriptors(limit)
    renewReserve()
    assert.deepEqual([isReserved(first - 1), isReserved(first)], [false, true])
  })
}

test('a descriptor of the reserve is closed, and what to do about it said', () => {
  using _limit = limitDescriptors(64)
  renewReserve()
  const own = openSync('/dev/null', 'r')
  const copies = [own]
  // The kernel gives the lowest free number.
  while ((copies.at(-1) ?? 0) < 48) copies.push(openSync('/dev/null', 'r'))
  const last = copies.at(-1) ?? 0
  try {
    assert.throws(
      () => keepForClient(last),
      (error: unknown) => isOutOfDescriptors(error) && /LimitNOFILE/.test(`${error}`),
    )
    assert.equal(openSync('/dev/null', 'r'), last, 'it is free again')
    assert.equal(keepForClient(own), own)
  } finally {
    for (const copy of copies) closeSync(copy)
  }
})
