import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sendFile } from './send-file.ts'
import { descriptorOf } from './socket-descriptor.ts'

const MIB = 1024 ** 2
const CONTENT = randomBytes(MIB)

/** An open file, and both ends of a connection of which the other reads nothing yet; all end with the stack. */
async function prepare(stack: DisposableStack): Promise<{ file: number; near: Socket; far: Socket }> {
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'webserver-')), each =>
    rmSync(each, { recursive: true }),
  )
  const path = join(folder, 'file.bin')
  writeFileSync(path, CONTENT)
  const server = stack.adopt(createServer().listen(0, '127.0.0.1'), each => each.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const accepted = once(server, 'connection')
  const far = stack.adopt(connect({ port: address.port, host: '127.0.0.1' }).pause(), each => each.destroy())
  const [near]: Socket[] = await accepted
  assert.ok(near !== undefined)
  stack.adopt(near, each => each.destroy())
  return { file: stack.adopt(openSync(path, 'r'), closeSync), near, far }
}

async function allOf(socket: Socket): Promise<Buffer> {
  return Buffer.concat(await socket.toArray())
}

test('bytes of a file are sent from where they are asked for, and no more of them', async () => {
  using stack = new DisposableStack()
  const { file, near, far } = await prepare(stack)
  assert.equal(sendFile(descriptorOf(near), file, 1000, 70_000), 70_000)
  assert.equal(sendFile(descriptorOf(near), file, 5, 1), 1)
  near.end('end')
  const expected = [CONTENT.subarray(1000, 71_000), CONTENT.subarray(5, 6), Buffer.from('end')]
  assert.ok((await allOf(far)).equals(Buffer.concat(expected)))
})

test('a file that ends early is sent as far as it goes', async () => {
  using stack = new DisposableStack()
  const { file, near, far } = await prepare(stack)
  assert.equal(sendFile(descriptorOf(near), file, MIB - 10, 100), 10)
  assert.equal(sendFile(descriptorOf(near), file, MIB, 100), 0)
  near.end()
  assert.ok((await allOf(far)).equals(CONTENT.subarray(MIB - 10)))
})

test('a client that reads nothing is sent what there is room for, and the rest follows in its order', async () => {
  using stack = new DisposableStack()
  const { file, near, far } = await prepare(stack)
  const expected: Buffer[] = []
  for (;;) {
    const sent = sendFile(descriptorOf(near), file, 0, MIB)
    expected.push(CONTENT.subarray(0, sent))
    // What the client's side of the kernel has room for is taken over once this side lets events in.
    await new Promise(resolve => setImmediate(resolve))
    if (sent === 0) break
    assert.ok(expected.length < 100, 'the kernel takes no end')
  }
  const rest = CONTENT.subarray(0, 100_000)
  near.write(rest)
  near.end()
  assert.ok((await allOf(far)).equals(Buffer.concat([...expected, rest])))
})

test('a connection that is closed is sent nothing', async () => {
  using stack = new DisposableStack()
  const { file, near } = await prepare(stack)
  near.destroy()
  assert.equal(sendFile(descriptorOf(near), file, 0, 10), 0)
})

test('what cannot be sent is not', async () => {
  using stack = new DisposableStack()
  const { near } = await prepare(stack)
  const folder = stack.adopt(openSync('/', 'r'), closeSync)
  assert.equal(sendFile(descriptorOf(near), folder, 0, 10), 0)
})
