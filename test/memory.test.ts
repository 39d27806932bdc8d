import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { BEHAVIOURS, behave } from './support/greedy-client.ts'

const KIB = 1024
const MIB = 1024 * KIB
const CLIENTS = 60
/** How long each kind of client goes on, in milliseconds. */
const GOES_ON = 2500

/*
 * What the manual says a connection may hold: what is read ahead, a head that is not whole, and a piece of a response.
 */
const READ_AHEAD = 80 * KIB
const HEAD = 8190 + 4 * 8190
const RESPONSE = 256 * KIB
/** And what V8 lets lie until it collects it, whoever the clients are. */
const GARBAGE = 128 * MIB
const MOST_MORE = CLIENTS * (READ_AHEAD + HEAD + RESPONSE) + GARBAGE

describe('Memory stays within what the configuration allows, though clients', async () => {
  const daemon = await Daemon.start({
    config: ['MaxConnections 100', 'MaxKeepAliveRequests 0', 'FileCacheSize 1M'],
    files: { 'small.txt': 'small' },
  })
  after(() => daemon[Symbol.asyncDispose]())
  daemon.folder.publishSparse('big.bin', 64 * MIB)
  for (let count = 0; count < 500; count++) await daemon.ask(get('/small.txt', 'Connection: close'))
  const before = residentMemory(daemon.pid)

  for (const behaviour of BEHAVIOURS) {
    test(behaviour.title, async () => {
      const clients = Array.from({ length: CLIENTS }, () => behave(daemon.port, behaviour))
      let most = 0
      const end = performance.now() + GOES_ON
      while (performance.now() < end) {
        most = Math.max(most, residentMemory(daemon.pid))
        await pause(20)
      }
      const { connections } = await daemon.status()
      for (const client of clients) client.destroy()
      assert.ok(connections.open >= 1, 'nobody was connected')
      assert.ok(most - before <= MOST_MORE, `${(most - before) / MIB} MiB more than ${before / MIB}`)
      await daemon.untilStatus(({ connections }) => connections.open === 0, 'all connections to be closed')
    })
  }
})

/** In bytes. */
function residentMemory(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * KIB
}
