import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BodyDiscarder, bodyFraming } from './request-body.ts'
import { HeadParser } from './request-head.ts'

const HEAD_LIMITS = { requestLine: 8190, fields: 100, fieldSize: 8190 }
const LIMIT = 100

function framing(fields: string, version = '1.1') {
  const head = new HeadParser(HEAD_LIMITS).parse(`POST / HTTP/${version}\r\n${fields}\r\n`)
  assert.ok(typeof head === 'object' && head.kind === 'head')
  const decided = bodyFraming(head, LIMIT)
  return decided.kind === 'refusal' ? decided.status : decided
}

/** Feeds a body in pieces of one size: how many bytes it took up, or the status it was refused with. */
function discard(fields: string, body: string, pieceSize = body.length): number | 'more' {
  const framed = framing(fields)
  assert.ok(typeof framed === 'object' && framed.kind !== 'none')
  const discarder = new BodyDiscarder(framed, LIMIT)
  let total = 0
  let input = ''
  for (let start = 0; start < body.length; start += pieceSize) {
    input += body.slice(start, start + pieceSize)
    const { used, outcome } = discarder.consume(input)
    total += used
    input = input.slice(used)
    if (outcome === 'ended') return total
    if (outcome !== 'more') return -outcome.status
  }
  return 'more'
}

describe('The framing of a body', () => {
  const cases: Record<string, number | object> = {
    '': { kind: 'none' },
    'Content-Length: 0\r\n': { kind: 'none' },
    'Content-Length: 7\r\n': { kind: 'counted', length: 7 },
    'Content-Length: 007\r\n': { kind: 'counted', length: 7 },
    'Transfer-Encoding: chunked\r\n': { kind: 'chunked' },
    'Transfer-Encoding: Chunked\r\n': { kind: 'chunked' },
    'Content-Length: 101\r\n': 413,
    'Content-Length: 99999999999999999999999\r\n': 413,
    'Content-Length: +7\r\n': 400,
    'Content-Length: -7\r\n': 400,
    'Content-Length: 0x7\r\n': 400,
    'Content-Length: 7 7\r\n': 400,
    'Content-Length: 7, 7\r\n': 400,
    'Content-Length:\r\n': 400,
    'Content-Length: 7\r\nContent-Length: 7\r\n': 400,
    'Content-Length: 7\r\nTransfer-Encoding: chunked\r\n': 400,
    'Transfer-Encoding: gzip\r\n': 400,
    'Transfer-Encoding: gzip, chunked\r\n': 501,
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n': 400,
    'Transfer-Encoding:\r\n': 400,
    'Transfer-Encoding: chunked, gzip\r\n': 400,
    'Transfer-Encoding: chunked\xa0\r\n': 400,
  }
  for (const [fields, expected] of Object.entries(cases)) {
    test(`${JSON.stringify(fields)} is ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(framing(fields), expected))
  }

  test('refuses Transfer-Encoding in HTTP/1.0', () =>
    assert.equal(framing('Transfer-Encoding: chunked\r\n', '1.0'), 400))
})

describe('Discarding a body', () => {
  const chunked = 'Transfer-Encoding: chunked\r\n'
  const cases: [what: string, fields: string, body: string, expected: number | 'more'][] = [
    ['a counted body ends with its last byte', 'Content-Length: 5\r\n', 'helloGET', 5],
    ['a counted body that is cut short goes on', 'Content-Length: 5\r\n', 'hell', 'more'],
    ['a chunked body ends with the empty chunk', chunked, '5\r\nhello\r\n0\r\n\r\nGET', 15],
    ['chunk extensions are read over', chunked, '5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n', 27],
    ['sizes may be in either case', chunked, 'a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n', 35],
    ['trailer fields are read over', chunked, '1\r\na\r\n0\r\nA: b\r\n\r\n', 17],
    ['a trailer that is not over goes on', chunked, '1\r\na\r\n0\r\nA: b\r\n', 'more'],
    ['a chunk longer than it said is refused', chunked, '1\r\nab\r\n0\r\n\r\n', -400],
    ['a bare LF after a size is refused', chunked, '1\na\r\n0\r\n\r\n', -400],
    ['a bare LF after a chunk is refused', chunked, '1\r\na\n0\r\n\r\n', -400],
    ['a size that is no number is refused', chunked, 'g\r\na\r\n', -400],
    ['a size with a sign is refused', chunked, '+1\r\na\r\n', -400],
    ['a size with a prefix is refused', chunked, '0x1\r\na\r\n', -400],
    ['a size of more digits than any body has is refused', chunked, '000000001\r\na\r\n', -400],
    ['an empty size is refused', chunked, '\r\na\r\n', -400],
    ['a space after a size is refused', chunked, '1 \r\na\r\n', -400],
    ['an extension without a name is refused', chunked, '1;\r\na\r\n', -400],
    ['an extension whose quote is not closed is refused', chunked, '1;a="b\r\na\r\n', -400],
    ['a chunk longer than it said is refused before its line ends', chunked, '1\r\nabc', -400],
    ['a control byte in an extension is refused', chunked, '1;\x01\r\na\r\n', -400],
    ['a trailer without colon is refused', chunked, '0\r\nA\r\n\r\n', -400],
    ['a folded trailer is refused', chunked, '0\r\nA: b\r\n c\r\n\r\n', -400],
    ['a body over the limit is refused', chunked, `64\r\n${'a'.repeat(100)}\r\n1\r\n`, -413],
  ]
  for (const [what, fields, body, expected] of cases) {
    test(what, () => {
      assert.equal(discard(fields, body), expected)
      if (body.length > 0) assert.equal(discard(fields, body, 1), expected)
    })
  }

  test('a size line that never ends is refused', () => {
    assert.equal(discard(chunked, `1;${'a'.repeat(300)}`, 10), -400)
  })

  test('extensions that are too long all together are refused', () => {
    assert.equal(discard(chunked, `1;${'a'.repeat(199)}\r\nb\r\n`.repeat(41)), -400)
  })

  test('a trailer that is too long is refused', () => {
    assert.equal(discard(chunked, `0\r\nA: ${'b'.repeat(8190)}`, 100), -431)
    assert.equal(discard(chunked, `0\r\n${'A: b\r\n'.repeat(2000)}`), -431)
  })
})
