import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { CONTENT_CODINGS } from '../http/encoding.ts'
import { createEncoder } from './encoder.ts'

const DECODERS = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync }
const CONTENT = Buffer.from('A line like any other, with a few words in it.\n'.repeat(5000))

for (const coding of CONTENT_CODINGS) {
  for (const effort of ['quick', 'best'] as const) {
    test(`makes ${coding} that unpacks to the same bytes, and the same each time (${effort})`, async () => {
      const encode = () => {
        const slices = [CONTENT.subarray(0, 1), CONTENT.subarray(1, 70_000), CONTENT.subarray(70_000)]
        return buffer(Readable.from(slices).pipe(createEncoder(coding, effort, CONTENT.length)))
      }
      const encoded = await encode()
      assert.ok(encoded.length < CONTENT.length / 10)
      assert.deepEqual(DECODERS[coding](encoded), CONTENT)
      assert.deepEqual(await encode(), encoded)
    })
  }
}

test('makes zstd that browsers accept, with windows of no more than 8 MiB', async () => {
  const size = 24 * 1024 ** 2
  const encoded = await buffer(Readable.from([Buffer.alloc(size)]).pipe(createEncoder('zstd', 'best', size)))
  // The frame header (RFC 8878 §3.1.1.1): descriptor, then a window descriptor unless it is a single segment.
  const isSingleSegment = ((encoded[4] ?? 0) & 0x20) !== 0
  assert.ok(!isSingleSegment)
  const exponent = (encoded[5] ?? 0) >> 3
  assert.ok(10 + exponent <= 23, `a window of 2^${10 + exponent} bytes`)
})
