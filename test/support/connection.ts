import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { Acceptor, type Means } from '../../src/network/listening/acceptor.ts'
import type { Transport } from '../../src/network/transport.ts'
import { Client } from './client.ts'
import { eventually } from './wait.ts'

/** The two ends of a connection, of which nobody uses the server's yet. */
export interface TransportPair extends Disposable {
  readonly transport: Transport
  readonly client: Client
}

/** A new connection over real sockets. */
export async function transportPair(means: Means): Promise<TransportPair> {
  let transport: Transport | undefined
  const reception = {
    isBusy: false,
    connected: (accepted: Transport) => {
      transport = accepted
    },
    reportProblem: (what: string, error: unknown) => assert.fail(`${what}: ${error}`),
    secureContext: () => undefined,
    handshakeFailed: (error: Error) => assert.fail(error),
  }
  const acceptor = new Acceptor(reception, means)
  await acceptor.listen({ port: 0, host: '127.0.0.1' })
  const client = await Client.connect((acceptor.server.address() as AddressInfo).port)
  const accepted = await eventually(() => transport, 'a connection')
  acceptor.server.close()
  return {
    transport: accepted,
    client,
    [Symbol.dispose]() {
      client[Symbol.dispose]()
      accepted.abort()
    },
  }
}
