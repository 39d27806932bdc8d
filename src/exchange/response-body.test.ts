import assert from 'node:assert/strict'
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { FoundFile } from '../files/found-file.ts'
import { ResponseBody } from './response-body.ts'

const CONTENT = Buffer.from('0123456789')
const PARTS = [
  Buffer.from('<'),
  { first: 2, last: 6 },
  Buffer.from('|'),
  { first: 8, last: 9 },
  Buffer.from('>'),
]

function file(descriptor: number | undefined): FoundFile {
  return {
    path: '/file',
    descriptor,
    size: CONTENT.length,
    modified: 0,
    etag: '"1"',
    mediaType: 'text/plain',
    read: (target, offset, length, position) => CONTENT.copy(target, offset, position, position + length),
    [Symbol.dispose]: () => {},
  }
}

/** What comes of a body that is taken so many bytes at a time, each time after as much as the kernel has room for. */
function sendAll(
  body: ResponseBody,
  most: number,
  room: number,
): { readonly text: string; readonly byKernel: number } {
  let text = ''
  let byKernel = 0
  const sendFile = (_descriptor: number, position: number, length: number) => {
    const sent = Math.min(length, room)
    text += CONTENT.toString('latin1', position, position + sent)
    return sent
  }
  while (body.left > 0) {
    const before = body.left
    const sent = body.sendFile({ sendFile }, most)
    byKernel += sent
    const rest = Buffer.alloc(Math.min(body.left, most - sent))
    assert.equal(body.take(rest, 0), rest.length)
    assert.equal(body.left, before - sent - rest.length)
    text += rest.toString('latin1')
  }
  return { text, byKernel }
}

test('a body comes whole and in its order, however much of it the kernel has room for', () => {
  for (const most of [1, 2, 3, 5, 100]) {
    for (const room of [0, 1, 2, 100]) {
      const { text } = sendAll(new ResponseBody(PARTS, file(3), 0), most, room)
      assert.equal(text, '<23456|89>', `${most} at a time, with room for ${room}`)
    }
  }
})

test('the end of a body is read, so that nothing is zeros that was cut off the file once it is complete', () => {
  for (const lastRead of [0, 1, 3, 6, 8, 100]) {
    const { text, byKernel } = sendAll(new ResponseBody(PARTS, file(3), lastRead), 1, 1)
    assert.equal(text, '<23456|89>')
    // Of the last bytes `|`, `8`, `9` and `>` two are not the file's own.
    assert.equal(byKernel, { 0: 7, 1: 7, 3: 5, 6: 3, 8: 1 }[lastRead] ?? 0)
  }
  const [before, all] = [640 * 1024, 640 * 1024 + 1]
  assert.equal(new ResponseBody([{ first: 0, last: before - 1 }], file(3)).fileAhead, 0)
  assert.equal(new ResponseBody([{ first: 0, last: all - 1 }], file(3)).fileAhead, 1)
})

test('what comes from an open file is sent by the kernel while it has room, and nothing else is', () => {
  assert.equal(sendAll(new ResponseBody(PARTS, file(3), 0), 1, 1).byKernel, 7)
  assert.equal(sendAll(new ResponseBody(PARTS, file(undefined), 0), 1, 1).byKernel, 0)
  assert.equal(sendAll(new ResponseBody([CONTENT], undefined, 0), 1, 1).byKernel, 0)
})

test('a body tells how much of an open file comes next', () => {
  const body = new ResponseBody(PARTS, file(3), 0)
  const ahead: number[] = []
  for (; body.left > 0; body.take(Buffer.alloc(2), 0)) ahead.push(body.fileAhead)
  assert.deepEqual(ahead, [0, 4, 2, 0, 1])
  assert.equal(new ResponseBody([{ first: 0, last: 9 }], file(3), 0).fileAhead, 10)
  assert.equal(new ResponseBody([{ first: 0, last: 9 }], file(undefined), 0).fileAhead, 0)
})

test('a body tells whether its file was cut short of what was sent of it', t => {
  const path = join(mkdtempSync(join(tmpdir(), 'webserver-body-')), 'file')
  t.after(() => rmSync(dirname(path), { recursive: true }))
  writeFileSync(path, CONTENT)
  const descriptor = openSync(path, 'r')
  t.after(() => closeSync(descriptor))
  const sent = new ResponseBody(PARTS, file(descriptor))
  const beginning = new ResponseBody([{ first: 0, last: 4 }], file(descriptor))
  const cutShort = () => [sent, beginning].map(({ isCutShort }) => isCutShort)
  assert.deepEqual(cutShort(), [false, false])
  appendFileSync(path, 'more')
  assert.deepEqual(cutShort(), [false, false])
  truncateSync(path, 9)
  assert.deepEqual(cutShort(), [true, false])
  truncateSync(path, 4)
  assert.deepEqual(cutShort(), [true, true])
  assert.equal(new ResponseBody(PARTS, file(undefined)).isCutShort, false)
})
