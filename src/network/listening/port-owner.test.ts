import assert from 'node:assert/strict'
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
