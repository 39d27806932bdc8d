import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fill, transportPair } from '../../../test/support/connection.ts'
import { until } from '../../../test/support/wait.ts'

const MIB = 1024 ** 2

test('What a client has read of a write that goes on counts, and what it has not does not', async () => {
  using pair = await transportPair('handles', 'unix')
  const { transport, client } = pair
  const written = fill(transport, Buffer.alloc(MIB)).length
  const before = transport.acknowledgedBytes
  assert.ok(before < 100_000, `${before} before it has read any`)
  await client.skip(MIB / 2)
  await until(() => transport.acknowledgedBytes > before + MIB / 4)
  assert.ok(transport.acknowledgedBytes < written)
  await client.skip(written - MIB / 2)
  await until(() => transport.acknowledgedBytes === written)
})

test('So does what the kernel has sent of a file', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'webserver-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'file'), Buffer.alloc(MIB))
  const file = openSync(join(folder, 'file'), 'r')
  t.after(() => closeSync(file))
  using pair = await transportPair('handles', 'unix')
  const { transport, client } = pair
  const sent = transport.sendFile?.(file, 0, MIB) ?? 0
  assert.ok(sent > 0 && sent < MIB, `${sent}: the kernel takes no end`)
  assert.ok(transport.acknowledgedBytes < sent)
  await client.skip(sent)
  await until(() => transport.acknowledgedBytes === sent)
})
