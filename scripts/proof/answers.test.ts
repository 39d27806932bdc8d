import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { AnswerChecker } from './answer-checker.ts'
import type { PlannedRequest } from './requests.ts'
import { ResponseReader } from './response-reader.ts'
import type { Page } from './site.ts'

const CONTENT = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz')
const PAGE: Page = { path: '/a.css', name: 'a.css', content: CONTENT, mayBePacked: true, weight: 1 }
const ASKED: PlannedRequest = {
  number: 0,
  text: 'GET /a.css?0-0 HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n',
  method: 'GET',
  statuses: [200, 206],
  page: PAGE,
  ranges: [],
}

function message(status: string, body: Buffer | string, ...fields: readonly string[]): Buffer {
  const bytes = Buffer.from(body)
  const lines = [
    `HTTP/1.1 ${status}`,
    'Date: now',
    'Server: s',
    ...fields,
    `Content-Length: ${bytes.length}`,
    '',
    '',
  ]
  return Buffer.concat([Buffer.from(lines.join('\r\n')), bytes])
}

/** What is wrong with an answer. */
function check(asked: PlannedRequest, bytes: Buffer, checker = new AnswerChecker()): string | undefined {
  const reader = new ResponseReader()
  reader.push(bytes)
  const response = reader.next(asked.method)
  assert.ok(response !== undefined)
  return checker.check(asked, response)
}

test('Responses are found one after another, however they come in pieces', () => {
  const interim = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')
  const all = Buffer.concat([
    interim,
    message('200 OK', CONTENT),
    message('200 OK', ''),
    Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
    message('404 Not Found', 'none'),
  ])
  const methods = ['GET', 'GET', 'HEAD', 'POST']
  for (const size of [1, 7, all.length]) {
    const reader = new ResponseReader()
    const bodies: string[] = []
    for (let at = 0; at < all.length; at += size) {
      reader.push(all.subarray(at, at + size))
      for (;;) {
        const response = reader.next(methods[bodies.length] ?? '')
        if (response === undefined) break
        bodies.push(`${response.status} ${response.body}`)
      }
    }
    assert.deepEqual(bodies, [`200 ${CONTENT}`, '200 ', '200 ', '404 none'])
    assert.equal(reader.hasBegun, false)
  }
})

describe('An answer is right', () => {
  test('when it is the page, and its entity-tag is kept', () => {
    const checker = new AnswerChecker()
    assert.equal(check(ASKED, message('200 OK', CONTENT, 'ETag: "t"'), checker), undefined)
    assert.equal(checker.tags.get('/a.css'), '"t"')
  })
  test('when it unpacks to the page, each time', () => {
    const checker = new AnswerChecker()
    for (const level of [1, 1, 9]) {
      const packed = message('200 OK', gzipSync(CONTENT, { level }), 'Content-Encoding: gzip')
      assert.equal(check(ASKED, packed, checker), undefined)
    }
    assert.equal(checker.tags.size, 0)
  })
  test('when its parts are the ranges', () => {
    const part = (position: string, bytes: string) =>
      `\r\n--x\r\nContent-Type: t\r\nContent-Range: bytes ${position}/36\r\n\r\n${bytes}`
    const body = `${part('0-1', '01')}${part('34-35', 'yz')}\r\n--x--\r\n`
    const type = 'Content-Type: multipart/byteranges; boundary=x'
    const asked: PlannedRequest = {
      ...ASKED,
      ranges: [
        [0, 1],
        [34, 35],
      ],
    }
    assert.equal(check(asked, message('206 Partial Content', body, type)), undefined)
    assert.match(check(asked, message('206 P', body.replace('01', '10'), type)) ?? '', /parts/)
    assert.match(check(asked, message('206 P', body.replace('0-1', '0-2'), type)) ?? '', /parts/)
  })
})

describe('An answer is wrong', () => {
  const wrong = Buffer.from(CONTENT)
  wrong[7] = 0
  const single: PlannedRequest = { ...ASKED, ranges: [[2, 4]] }
  const CASES: readonly [promise: string, asked: PlannedRequest, bytes: Buffer, RegExp][] = [
    ['when one byte differs', ASKED, message('200 OK', wrong), /not the page/],
    ['when it is too short', ASKED, message('200 OK', CONTENT.subarray(1)), /Content-Length/],
    ['when its status is another', ASKED, message('404 Not Found', ''), /Expected 200 or 206, got 404/],
    [
      'when it unpacks to something else',
      ASKED,
      message('200 OK', gzipSync(wrong), 'Content-Encoding: gzip'),
      /unpack/,
    ],
    ['when it cannot be unpacked', ASKED, message('200 OK', CONTENT, 'Content-Encoding: br'), /unpack/],
    [
      'when it is packed though nobody can unpack it',
      { ...ASKED, text: '' },
      message('200 OK', gzipSync(CONTENT), 'Content-Encoding: gzip'),
      /Expected no Content-Encoding/,
    ],
    [
      'when it is another range',
      single,
      message('206 P', '345', 'Content-Range: bytes 2-4/36'),
      /not the range/,
    ],
    [
      'when it says that it is another range',
      single,
      message('206 P', '234', 'Content-Range: bytes 3-5/36'),
      /Expected/,
    ],
    ['when it has no Date', ASKED, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), /Date/],
  ]
  for (const [promise, asked, bytes, complaint] of CASES) {
    test(promise, () => assert.match(check(asked, bytes) ?? '', complaint))
  }
})
