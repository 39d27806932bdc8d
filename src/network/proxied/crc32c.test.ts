import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from './crc32c.ts'

test('makes the checksums of RFC 3720 §B.4', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index)
  for (const [bytes, sum] of [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [ascending, 0x46dd794e],
    [ascending.toReversed(), 0x113fdb5c],
    [Buffer.from('123456789'), 0xe3069283],
    [new Uint8Array(0), 0],
  ] as const)
    assert.equal(crc32c(bytes), sum)
})
