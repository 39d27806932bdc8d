import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { until } from '../../../test/support/wait.ts'
import type { TcpAddress } from '../../config/config.ts'
import type { Transport } from '../transport.ts'
import type { Reception } from './acceptor.ts'
import { Listener } from './listener.ts'

class Lobby implements Reception, Disposable {
  readonly isBusy = false
  readonly #clients: Transport[] = []

  get count(): number {
    return this.#clients.length
  }

  connected(transport: Transport): void {
    this.#clients.push(transport)
  }

  secureContext(): undefined {
    return undefined
  }

  handshakeFailed(error: Error): void {
    throw error
  }

  reportProblem(_what: string, error: unknown): void {
    throw error
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close()
  }
}

function fail(error: Error): never {
  throw error
}

/** Makes so many connections and ends them, before anything here can accept one. */
function visit(port: number, count: number): void {
  const script = `
    let open = 0
    const count = ${count}
    const onConnect = () => { if (++open === count) process.exit() }
    for (let n = 0; n < count; n++) require('node:net').connect(${port}, '127.0.0.1', onConnect)
  `
  const { status, stderr } = spawnSync(process.execPath, ['-e', script])
  assert.equal(status, 0, `${stderr}`)
}

test('A port has room for a listener of an overlapping address once it is shared, and not before', async () => {
  using lobby = new Lobby()
  await using stack = new AsyncDisposableStack()
  const open = async (host: string, port: number, isShared: boolean) =>
    stack.adopt(await Listener.open({ host, port }, lobby, fail, isShared), each => each.retire(false))
  const first = await open('127.0.0.1', 0, false)
  const { port } = first.bound
  await assert.rejects(open('0.0.0.0', port, true), /the port is taken by/)
  first.sharePort()
  await open('0.0.0.0', port, true)
})

test('A port has room for 0.0.0.0 and for [::] that leaves IPv4 to it, without being shared', async () => {
  using lobby = new Lobby()
  await using stack = new AsyncDisposableStack()
  const open = async (address: TcpAddress) =>
    stack.adopt(await Listener.open(address, lobby, fail), each => each.retire(false))
  const { port } = (await open({ host: '0.0.0.0', port: 0 })).bound
  await assert.rejects(open({ host: '::', port }), /taken by this server itself, .*; keep one of the two$/)
  await open({ host: '::', port, ipv6Only: true })
})

test('Whoever has come before one of several listeners of a port retires is accepted by either', async () => {
  using lobby = new Lobby()
  await using stack = new AsyncDisposableStack()
  const open = async (port: number) => await Listener.open({ host: '127.0.0.1', port }, lobby, fail, true)
  const first = await open(0)
  stack.adopt(await open(first.bound.port), each => each.retire(false))
  visit(first.bound.port, 50)
  await first.retire(true)
  await until(() => lobby.count === 50, 'all 50')
})

test('Whoever has come before a listener retires is accepted', async () => {
  using lobby = new Lobby()
  const listener = await Listener.open({ host: '127.0.0.1', port: 0 }, lobby, fail)
  visit(listener.bound.port, 50)
  assert.equal(lobby.count, 0)
  await listener.retire(false)
  assert.equal(lobby.count, 50)
})
