import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PageBlocks, release } from './page-blocks.ts'

test('a page is what was written, in blocks that hold little more', () => {
  for (const pieces of [
    [],
    ['a'],
    ['é'.repeat(5000)],
    Array.from({ length: 3000 }, (_, n) => `${n} äöü\n`.repeat(20)),
  ]) {
    const page = new PageBlocks()
    const taken = pieces.reduce((bytes, piece) => bytes + page.write(piece), 0)
    const written = Buffer.concat(page.parts)
    assert.equal(written.toString(), pieces.join(''))
    assert.ok(taken >= written.length && taken <= 2 * written.length + 4096, `${taken} for ${written.length}`)
    assert.ok(page.parts.length < 30)
  }
})

test('a page that was given back holds nothing', () => {
  const page = new PageBlocks()
  page.write('x'.repeat(100_000))
  const { parts } = page
  release(parts)
  assert.deepEqual(new Set(parts.map(({ buffer }) => buffer.byteLength)), new Set([0]))
})
