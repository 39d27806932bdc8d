import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createSecureContext, type TLSSocket } from 'node:tls'
import type { Protocol } from '../../src/config/config.ts'
import { Acceptor, type Means } from '../../src/network/listening/acceptor.ts'
import type { Transport, TransportUser } from '../../src/network/transport.ts'
import { Client } from './client.ts'
import { certificateFile, connectTls } from './tls-client.ts'
import { eventually, until } from './wait.ts'

/** The two ends of a connection, of which nobody uses the server's yet. */
export interface TransportPair extends Disposable {
  readonly transport: Transport
  readonly client: Client
}

/** A new connection over real sockets. */
export async function transportPair(means: Means): Promise<TransportPair> {
  const { port, accepted } = await accept(means, 'http')
  const client = await Client.connect(port)
  const transport = await accepted()
  return {
    transport,
    client,
    [Symbol.dispose]() {
      client[Symbol.dispose]()
      transport.abort()
    },
  }
}

/** The two ends of a connection with TLS in it. */
export interface SecurePair extends Disposable {
  readonly transport: Transport
  readonly listening: Listening
  readonly client: TLSSocket
  /** The client's own connection, to be reset. */
  readonly beneath: Socket
}

/** A new connection over real sockets, on which hands are shaken. */
export async function securePair(means: Means): Promise<SecurePair> {
  const { port, accepted } = await accept(means, 'https')
  const beneath = connect(port, '127.0.0.1')
  const shaken = connectTls(port, { socket: beneath })
  const transport = await accepted()
  const listening = listenTo(transport)
  const client = await shaken
  // A reset is what some tests are about.
  client.on('error', () => {})
  beneath.on('error', () => {})
  // The server has shaken hands later than the client.
  client.write('begin')
  await until(() => listening.text === 'begin')
  listening.text = ''
  return {
    transport,
    listening,
    client,
    beneath,
    [Symbol.dispose]() {
      client.destroy()
      transport.abort()
    },
  }
}

/** Listens for one client, which is to connect to `port`. */
async function accept(
  means: Means,
  protocol: Protocol,
): Promise<{ readonly port: number; readonly accepted: () => Promise<Transport> }> {
  let transport: Transport | undefined
  const secureContext = createSecureContext({
    cert: readFileSync(certificateFile('one.pem')),
    key: readFileSync(certificateFile('one.key')),
  })
  const reception = {
    isBusy: false,
    connected: (accepted: Transport) => {
      transport = accepted
    },
    reportProblem: (what: string, error: unknown) => assert.fail(`${what}: ${error}`),
    secureContext: () => secureContext,
    handshakeFailed: (error: Error) => assert.fail(error),
  }
  const acceptor = new Acceptor(reception, means)
  await acceptor.listen({ port: 0, host: '127.0.0.1' }, () => protocol)
  return {
    port: (acceptor.server.address() as AddressInfo).port,
    accepted: async () => {
      const accepted = await eventually(() => transport, 'a connection')
      acceptor.server.close()
      return accepted
    },
  }
}

/** Remembers what a transport told. */
export class Listening implements TransportUser {
  text = ''
  events: ('taken' | 'ended' | 'closed')[] = []

  received(text: string): void {
    this.text += text
  }

  misspoke(): void {
    assert.fail('What is spoken is what was meant to be')
  }

  taken(): void {
    this.events.push('taken')
  }

  ended(): void {
    this.events.push('ended')
  }

  closed(): void {
    this.events.push('closed')
  }

  fail(error: unknown): void {
    throw error
  }
}

export function listenTo(transport: Transport): Listening {
  const listening = new Listening()
  transport.start(listening)
  return listening
}

/** Writes until not all is taken, and gives all that was written. */
export function fill(transport: Transport, piece: Buffer): Buffer {
  const written = [piece]
  while (transport.write(piece)) {
    assert.ok(written.length < 100, 'the kernel takes no end')
    written.push(piece)
  }
  return Buffer.concat(written)
}
