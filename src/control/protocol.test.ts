import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { decodeLine, encodeLine, LineSplitter } from './protocol.ts'

function push(splitter: LineSplitter, text: string): string[] | 'too long' {
  const lines = splitter.push(Buffer.from(text))
  return lines === 'too long' ? lines : lines.map(String)
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('finds the same lines however the bytes arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.array(fc.nat(8)), (lines, cuts) => {
      const wanted = lines.map(line => Buffer.from(line.map(byte => (byte === 0x0a ? 0 : byte))))
      let rest = Buffer.concat(wanted.flatMap(line => [line, Buffer.from('\n')]))
      const splitter = new LineSplitter(20)
      const found: Buffer[] = []
      for (const cut of [...cuts, rest.length]) {
        const lines = splitter.push(rest.subarray(0, cut))
        assert.notEqual(lines, 'too long')
        found.push(...(lines as Buffer[]))
        rest = rest.subarray(cut)
      }
      assert.deepEqual(found, wanted)
    }),
  )
})

test('takes a line as long as its limit and no longer', () => {
  assert.deepEqual(push(new LineSplitter(3), 'abc\n'), ['abc'])
  assert.equal(push(new LineSplitter(3), 'abcd\n'), 'too long')
})

test('does not wait for the end of a line that is too long already', () => {
  const splitter = new LineSplitter(3)
  assert.deepEqual(push(splitter, 'ab'), [])
  assert.equal(push(splitter, 'cd'), 'too long')
})

test('holds no more of a line than its bytes, though they come one by one', async () => {
  const splitter = new LineSplitter(1000)
  const pieces = Array.from({ length: 1000 }, () => {
    const piece = Buffer.alloc(1, 'x')
    assert.deepEqual(splitter.push(piece), [])
    return new WeakRef(piece)
  })
  // What a WeakRef was made for in this turn is held for as long as it lasts.
  await nextTurn()
  collectGarbage()
  assert.equal(pieces.filter(piece => piece.deref() !== undefined).length, 0)
  assert.deepEqual(splitter.push(Buffer.from('\n')), [Buffer.alloc(1000, 'x')])
})

test('reads back what it has written, on one line', () => {
  const message = { text: 'a\nb\u2028ä' }
  const line = encodeLine(message)
  assert.equal(line.indexOf('\n'), line.length - 1)
  assert.deepEqual(decodeLine(Buffer.from(line)), message)
})

test('takes neither bad JSON nor bad UTF-8 for a message', () => {
  assert.equal(decodeLine(Buffer.from('{"a":')), undefined)
  assert.equal(decodeLine(Buffer.from('"\xe9"', 'latin1')), undefined)
})
