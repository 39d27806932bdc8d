import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { BEHAVIOURS, behave } from '../support/greedy-client.ts'
import { MemoryGroup } from './control-group.ts'

const KIB = 1024
const MIB = 1024 * KIB
const CACHE = 16 * MIB
const CONNECTIONS = 60
/** What docs/systemd.md says a `MemoryMax` has to have room for, without listings. */
const LIMIT = 220 * MIB + CACHE + CONNECTIONS * 800 * KIB

const SMALL_FILE = 200 * KIB
/** More than the cache has room for. */
const SMALL_FILES = 200
const BIG_FILE = 4 * LIMIT
/** How long each kind of client goes on, in milliseconds. */
const GOES_ON = 1500

test('With the MemoryMax of docs/systemd.md the server is never killed, whatever is served to whom', async () => {
  await using group = new MemoryGroup(LIMIT)
  await using daemon = await Daemon.start({
    config: [
      `MaxConnections ${CONNECTIONS}`,
      `FileCacheSize ${CACHE}`,
      'MaxKeepAliveRequests 0',
      'KeepAliveTimeout 1h',
    ],
    files: { 'small.txt': 'small' },
    controlGroup: group.path,
  })
  daemon.folder.publishSparse('big.bin', BIG_FILE)
  for (let count = 0; count < SMALL_FILES; count++)
    daemon.folder.publish(`${count}.bin`, Buffer.alloc(SMALL_FILE, `${count} `))

  using client = await daemon.connect()
  client.send(get('/big.bin'))
  assert.equal((await client.responseHead()).status, 200)
  await client.skip(BIG_FILE)
  // What is read of a file lies in memory until something else wants the room.
  assert.ok(group.refusals > 0, 'there was always room')

  for (const behaviour of BEHAVIOURS) {
    const clients = Array.from({ length: CONNECTIONS - 1 }, () => behave(daemon.port, behaviour))
    await pause(GOES_ON)
    for (const other of clients) other.destroy()
    await daemon.untilStatus(({ connections }) => connections.open <= 1, 'the others to be gone')
    for (let count = 0; count < SMALL_FILES; count++) {
      client.send(get(`/${count}.bin`))
      assert.equal((await client.response()).body.length, SMALL_FILE)
    }
    assert.equal(group.kills, 0, behaviour.title)
  }
  assert.equal(await daemon.stop(), 0)
})
