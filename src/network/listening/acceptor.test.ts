import assert from 'node:assert/strict'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { until } from '../../../test/support/wait.ts'
import type { Transport } from '../transport.ts'
import { acceptWaiting } from './accept-waiting.ts'
import { Acceptor, type Means, type Reception } from './acceptor.ts'

/** Takes every client in, and repeats what it says. */
class Echo implements Reception {
  readonly transports: Transport[] = []
  readonly problems: string[] = []
  isBusy = true
  /** Called before a client is taken in. */
  onConnected: (transport: Transport) => void = () => {}

  connected(transport: Transport): void {
    this.onConnected(transport)
    this.transports.push(transport)
    transport.start({
      received: text => void transport.write(Buffer.from(text, 'latin1')),
      misspoke: () => {},
      taken: () => {},
      ended: () => transport.endSending(),
      closed: () => {},
      fail: error => this.reportProblem('Failed', error),
    })
  }

  secureContext(): undefined {
    return undefined
  }

  handshakeFailed(error: Error): void {
    throw error
  }

  reportProblem(what: string, error: unknown): void {
    this.problems.push(`${what}: ${error}`)
  }
}

async function meet(t: TestContext, means: Means, echo: Reception, count: number): Promise<Socket[]> {
  const acceptor = new Acceptor(echo, means)
  await acceptor.listen({ port: 0, host: '127.0.0.1' })
  const { port } = acceptor.server.address() as AddressInfo
  const clients = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}))
  t.after(() => {
    acceptor.server.close()
    for (const client of clients) client.destroy()
  })
  return clients
}

for (const means of ['handles', 'sockets'] as const) {
  describe(`Over ${means}`, () => {
    test('all who wait are accepted at once while others wait, and can be talked with', async t => {
      const echo = new Echo()
      t.after(() => {
        for (const transport of echo.transports) transport.close()
      })
      let turns = 0
      let isNewTurn = true
      echo.onConnected = () => {
        if (isNewTurn) turns++
        isNewTurn = false
        setImmediate(() => {
          isNewTurn = true
        })
      }
      const clients = await meet(t, means, echo, 40)
      const echoes = new Set<string>()
      for (const [index, client] of clients.entries()) {
        client.write(`${index}`)
        client.once('data', bytes => echoes.add(`${bytes}`))
      }
      await until(() => echoes.size === 40)
      assert.deepEqual(
        new Set(echo.transports.map(({ remote: { address, port } }) => `${address} ${port}`)),
        new Set(clients.map(({ localPort }) => `127.0.0.1 ${localPort}`)),
      )
      assert.ok(turns < 40, `${turns} turns of the loop`)
    })

    test('a client that cannot be taken in is reset, and those behind it are not', async t => {
      const echo = new Echo()
      t.after(() => {
        for (const transport of echo.transports) transport.close()
      })
      let count = 0
      echo.onConnected = () => {
        if (++count % 2 === 1) throw new Error('no room')
      }
      const clients = await meet(t, means, echo, 10)
      let echoes = 0
      let resets = 0
      for (const client of clients) {
        client.on('data', () => echoes++).on('error', () => resets++)
        client.write('x')
      }
      await until(() => echoes === 5 && resets === 5)
      assert.deepEqual(echo.problems, Array(5).fill('Cannot take a connection in: Error: no room'))
    })
  })
}

test('while nobody else waits, nobody is looked for but who has come', async t => {
  const echo = new Echo()
  echo.isBusy = false
  let inTurn = 0
  let most = 0
  echo.onConnected = () => {
    most = Math.max(most, ++inTurn)
    setImmediate(() => {
      inTurn = 0
    })
  }
  t.after(() => {
    for (const transport of echo.transports) transport.close()
  })
  await meet(t, 'handles', echo, 10)
  await until(() => echo.transports.length === 10)
  assert.equal(most, 1)
})

test('clients are known by their address, whatever family the socket is of', async t => {
  const echo = new Echo()
  const acceptor = new Acceptor(echo)
  await acceptor.listen({ port: 0, host: '::' })
  const { port } = acceptor.server.address() as AddressInfo
  const hosts = ['127.0.0.1', '::1', '127.0.0.2', '127.0.0.1', '::1', '::1']
  const clients = hosts.map(host => connect({ port, host, localAddress: host }))
  t.after(() => {
    acceptor.server.close()
    for (const client of [...clients, ...echo.transports.map(carry => ({ destroy: () => carry.close() }))])
      client.destroy()
  })
  await until(() => echo.transports.length === hosts.length)
  assert.deepEqual(
    echo.transports.map(({ remote: { address, port } }) => `${address} ${port}`).sort(),
    clients.map(({ localAddress, localPort }) => `${localAddress} ${localPort}`).sort(),
  )
})

test('on no socket nobody waits', () => {
  acceptWaiting(-1, 5, () => assert.fail('Somebody waits'))
})
