import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { HeadParser, type RequestHead } from './request-head.ts'

const LIMITS = { requestLine: 100, fields: 5, fieldSize: 40 }

function parse(text: string) {
  return new HeadParser(LIMITS).parse(text)
}

function head(text: string): RequestHead {
  const result = parse(text)
  assert.ok(typeof result === 'object' && result.kind === 'head', JSON.stringify(result))
  return result
}

function refused(text: string): number {
  const result = parse(text)
  assert.ok(typeof result === 'object' && result.kind === 'refusal', JSON.stringify(result))
  return result.status
}

/** Which of several mistakes is named may depend on which came first. */
function outcome(result: ReturnType<typeof parse>) {
  return typeof result === 'object' && result.kind === 'refusal' ? result.status : result
}

describe('A request head', () => {
  test('gives method, target, version and fields', () => {
    const { line, fields, size } = head('GET /a?b HTTP/1.1\r\nHost: x\r\nA:  b\tc \r\n\r\nrest')
    const { text, method, target, version } = line
    assert.deepEqual([text, method, target, version, size], ['GET /a?b HTTP/1.1', 'GET', '/a?b', '1.1', 40])
    assert.equal(fields.get('host'), 'x')
    assert.equal(fields.get('a'), 'b\tc')
  })

  test('joins the lines of one field, in order', () => {
    assert.equal(head('GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\na: 3\r\n\r\n').fields.get('a'), '1, 3')
  })

  test('keeps bytes above 0x7f in values as they are', () => {
    assert.equal(head('GET / HTTP/1.1\r\nA: \xe9\xff\r\n\r\n').fields.get('a'), '\xe9\xff')
  })

  test('may follow a few empty lines', () => {
    assert.equal(head('\r\n\r\nGET / HTTP/1.1\r\n\r\n').line.method, 'GET')
    assert.equal(refused(`${'\r\n'.repeat(5)}GET / HTTP/1.1\r\n\r\n`), 400)
  })

  test('of a later minor version counts as 1.1', () => {
    assert.equal(head('GET / HTTP/1.7\r\n\r\n').line.version, '1.1')
    assert.equal(head('GET / HTTP/1.0\r\n\r\n').line.version, '1.0')
  })

  const malformed: Record<string, string> = {
    'a bare LF after the request line': 'GET / HTTP/1.1\nHost: x\r\n\r\n',
    'a bare LF after a field': 'GET / HTTP/1.1\r\nHost: x\n\r\n',
    'a bare LF before anything else has come': 'GET / HTTP/1.1\n',
    'a bare CR in a value': 'GET / HTTP/1.1\r\nHost: x\ry\r\n\r\n',
    'a CR before the CRLF': 'GET / HTTP/1.1\r\nHost: x\r\r\n\r\n',
    'a folded field': 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n',
    'white space before the colon': 'GET / HTTP/1.1\r\nA : b\r\n\r\n',
    'white space before the first field': 'GET / HTTP/1.1\r\n A: b\r\n\r\n',
    'an empty field name': 'GET / HTTP/1.1\r\n: b\r\n\r\n',
    'a field name that is no token': 'GET / HTTP/1.1\r\nA(b: c\r\n\r\n',
    'a field without colon': 'GET / HTTP/1.1\r\nA\r\n\r\n',
    'NUL in a value': 'GET / HTTP/1.1\r\nA: b\0c\r\n\r\n',
    'DEL in a value': 'GET / HTTP/1.1\r\nA: b\x7fc\r\n\r\n',
    'two spaces in the request line': 'GET  / HTTP/1.1\r\n\r\n',
    'a tab in the request line': 'GET\t/ HTTP/1.1\r\n\r\n',
    'a space at the end of the request line': 'GET / HTTP/1.1 \r\n\r\n',
    'HTTP/0.9': 'GET /\r\n\r\n',
    'a version in lower case': 'GET / http/1.1\r\n\r\n',
    'a version of two digits': 'GET / HTTP/1.10\r\n\r\n',
    'a byte above 0x7f in the target': 'GET /\xe9 HTTP/1.1\r\n\r\n',
    TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'a space before the method': ' GET / HTTP/1.1\r\n\r\n',
  }
  for (const [what, text] of Object.entries(malformed)) {
    test(`is refused with 400 for ${what}`, () => assert.equal(refused(text), 400))
  }

  test('of another major version is refused with 505', () => {
    assert.equal(refused('PRI * HTTP/2.0\r\n\r\n'), 505)
    assert.equal(refused('GET / HTTP/0.9\r\n\r\n'), 505)
  })

  test('is held to its limits, each to the byte', () => {
    const target = '/'.padEnd(100 - 'GET  HTTP/1.1'.length, 'a')
    assert.equal(head(`GET ${target} HTTP/1.1\r\n\r\n`).line.target, target)
    assert.equal(refused(`GET ${target}a HTTP/1.1\r\n\r\n`), 414)
    assert.equal(refused(`GET ${'a'.repeat(200)}`), 414)

    assert.equal(head(`GET / HTTP/1.1\r\nA: ${'b'.repeat(37)}\r\n\r\n`).fields.get('a')?.length, 37)
    assert.equal(refused(`GET / HTTP/1.1\r\nA: ${'b'.repeat(38)}\r\n\r\n`), 431)
    assert.equal(refused(`GET / HTTP/1.1\r\nA: ${'b'.repeat(39)}`), 431)

    assert.equal(head(`GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(5)}\r\n`).fields.lines('a').length, 5)
    assert.equal(refused(`GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(6)}\r\n`), 431)
    assert.equal(refused(`GET / HTTP/1.1\r\n${`A: ${'b'.repeat(36)}\r\n`.repeat(4)}\r\n`), 431)
  })

  test('is the same however it is cut into pieces, and is refused as early as can be', () => {
    const texts = [
      'GET /a HTTP/1.1\r\nHost: x\r\nB: c\r\n\r\n',
      '\r\nGET / HTTP/1.0\r\n\r\n',
      `\r\nGET / HTTP/1.0\r\n${'A: b\r\n'.repeat(5)}\r\n`,
      `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(6)}\r\n`,
      `GET / HTTP/1.1\r\n${`A: ${'b'.repeat(36)}\r\n`.repeat(4)}\r\n`,
      'GET / HTTP/1.1\r\nA: b\r\nC: d\r\nE : f\r\n\r\n',
      ...Object.values(malformed),
    ]
    for (const text of texts) {
      const parser = new HeadParser(LIMITS)
      const whole = parser.parse(text)
      let bytewise = parse(text.slice(0, 0))
      for (let length = 1; length <= text.length && bytewise === 'incomplete'; length++) {
        bytewise = parser.parse(text.slice(0, length), 0, length - 1)
      }
      assert.deepEqual(outcome(bytewise), outcome(whole))
    }
  })

  test('of which each line comes by itself has each judged once, and again when it is whole', context => {
    const lines = Array.from({ length: 200 }, (_, index) => `A${index}: b\r\n`)
    const parser = new HeadParser({ requestLine: 100, fields: 1000, fieldSize: 8190 })
    const tested = context.mock.method(RegExp.prototype, 'test')
    let input = 'GET / HTTP/1.1\r\n'
    let examined = 0
    for (const line of [...lines, '\r\n']) {
      assert.equal(parser.parse(input, 0, examined), 'incomplete')
      examined = input.length
      input += line
    }
    assert.ok(typeof parser.parse(input, 0, examined) === 'object')
    const calls = tested.mock.callCount()
    assert.ok(calls >= lines.length && calls < 3 * lines.length, `${calls} for ${lines.length} lines`)
  })

  test('never makes the parser fail, whatever the bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom('GET', ' ', '/', 'HTTP/1.1', '\r\n', '\n', '\r', ':', 'Host', '\0', '\xff', 'a'),
      fc.string({ unit: 'binary-ascii', maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const text = pieces.join('')
        const result = parse(text)
        if (result === 'incomplete') return
        if (result.kind === 'head') assert.ok(result.size <= text.length && !/[\r\n]/.test(result.line.text))
        else assert.ok([400, 414, 431, 505].includes(result.status))
      }),
      { numRuns: 3000 },
    )
  })
})
