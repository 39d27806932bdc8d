import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteSender, ResponseWriter } from './response-writer.ts'

const BODY = Buffer.alloc(700_000, 'x')
const RESPONSE = { status: 200, fields: [], parts: [BODY], file: undefined, filename: undefined } as const
const HEAD_SIZE = 'HTTP/1.1 200 OK\r\n\r\n'.length

/** A client that takes what it is given at once, or later. */
function sender(takesAtOnce: boolean): ByteSender & { readonly given: number[] } {
  const given: number[] = []
  return {
    given,
    write(bytes, more) {
      given.push(bytes.length + (more?.length ?? 0))
      return takesAtOnce
    },
    sendFile: () => 0,
  }
}

for (const takesAtOnce of [true, false]) {
  test(`all bytes are counted once, by a client that takes them ${takesAtOnce ? 'at once' : 'later'}`, () => {
    const client = sender(takesAtOnce)
    const writer = new ResponseWriter(client)
    const all = HEAD_SIZE + BODY.length
    let sent = 0
    for (let progress = writer.begin(RESPONSE, undefined); ; progress = writer.continue()) {
      assert.equal(writer.bytesTotal, all)
      assert.equal(progress === 'waiting', !takesAtOnce)
      if (progress === 'waiting') {
        assert.equal(writer.bytesSent, sent)
        progress = writer.taken()
      }
      sent += client.given.at(-1) ?? 0
      assert.deepEqual([writer.bytesSent, writer.bytesTotal], [sent, all])
      if (progress === 'all') break
    }
    assert.equal(sent, all)
    assert.equal(writer.headSize, HEAD_SIZE)
    assert.ok(client.given.every(length => length <= 256 * 1024))
  })
}
