import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { processListeningOn } from './port-owner.ts'

test('names the process that has a port, on IPv4 and IPv6 alike, and none once it is free', async () => {
  const loopback = networkInterfaces()['lo'] ?? []
  assert.ok(loopback.length > 0)
  for (const { address: host } of loopback) {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    assert.equal(processListeningOn(port)?.pid, process.pid)
    assert.match(processListeningOn(port)?.name ?? '', /\S/)
    server.close()
    await once(server, 'close')
    assert.equal(processListeningOn(port), undefined)
  }
})

test('names another process that has a port rather than this one, which has another address of it', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const script = `require('node:net').createServer().listen(${port}, '127.0.0.2', () => console.log('listening'))`
  const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => other.kill())
  await once(other.stdout, 'data')
  assert.equal(processListeningOn(port)?.pid, other.pid)
})
