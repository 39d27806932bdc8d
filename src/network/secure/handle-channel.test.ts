import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { streams, type TcpHandle } from '../plain/tcp-handle.ts'
import type { Transport } from '../transport.ts'
import { HandleChannel } from './handle-channel.ts'
import type { TlsHandle, TlsHandles } from './tls-handle.ts'

/** What waits, in bytes: encrypted, and in the connection beneath. */
interface Queues {
  encrypted: number
  beneath: number
}

/** A channel whose first write comes while Node's own, of tickets, is not known to be finished. */
function channelBehindTickets(): { readonly queues: Queues; readonly closed: () => boolean } {
  const queues = { encrypted: 478, beneath: 0 }
  let isClosed = false
  const handle = {
    get writeQueueSize() {
      return queues.encrypted
    },
    useUserBuffer() {},
    setALPNProtocols() {},
    receive() {},
    writeBuffer() {
      queues.encrypted += 260
      return 0
    },
  } as unknown as TlsHandle
  const beneath = {
    get writeQueueSize() {
      return queues.beneath
    },
  } as TcpHandle
  const plain = {
    get isClosed() {
      return isClosed
    },
    resume() {},
    close() {
      isClosed = true
    },
  } as unknown as Transport
  assert.ok(streams)
  const tlsHandles = { wrap: () => handle } as unknown as TlsHandles
  const opening = { context: createSecureContext(), hello: Buffer.alloc(0) }
  const user = {
    received: assert.fail,
    taken: assert.fail,
    ended: assert.fail,
    fail: assert.fail,
    shaken: assert.fail,
    broken: assert.fail,
  }
  const channel = new HandleChannel({ plain, beneath, streams, tlsHandles }, opening, user)
  assert.equal(channel.write(Buffer.from('HTTP/1.1 200 OK')), false)
  return { queues, closed: () => isClosed }
}

test('A connection is closed when what TLS had to say before has failed, which Node tells nobody', async () => {
  const { closed } = channelBehindTickets()
  assert.equal(closed(), false)
  await nextTurn()
  assert.equal(closed(), true)
})

test('It goes on when that is on its way, or the kernel has no room', async () => {
  const onItsWay = channelBehindTickets()
  onItsWay.queues.encrypted -= 478
  const withoutRoom = channelBehindTickets()
  withoutRoom.queues.beneath = 738
  await nextTurn()
  assert.equal(onItsWay.closed(), false)
  assert.equal(withoutRoom.closed(), false)
})
