import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { Protocol } from '../../src/config/config.ts'
import { Acceptor, type Means } from '../../src/network/listening/acceptor.ts'
import { Arrival, type ArrivalOwner, type Misconduct } from '../../src/network/proxied/arrival.ts'
import type { Endpoint, Transport, TransportUser } from '../../src/network/transport.ts'
import { Client } from './client.ts'
import { certificateFile } from './tls-client.ts'
import { eventually, until } from './wait.ts'

/** The two ends of a connection. */
export interface TransportPair extends Disposable {
  readonly transport: Transport
  readonly client: Client
  /** What the transport has told. */
  readonly listening: Listening
}

/** What is spoken over TCP, or HTTP over a Unix socket. */
type Carrying = Protocol | 'unix'

/** A new connection over real sockets, on which hands are shaken if it is to be HTTPS. */
export async function transportPair(means: Means, protocol: Carrying = 'http'): Promise<TransportPair> {
  const { connect, accepted } = await accept(means, protocol, listenTo)
  const connecting = connect()
  const { transport, user: listening } = await accepted()
  const client = await connecting
  if (protocol === 'https') await untilShaken(client, listening)
  return {
    transport,
    client,
    listening,
    [Symbol.dispose]() {
      client[Symbol.dispose]()
      transport.abort()
    },
  }
}

/** A connection that begins with a PROXY header; what follows it is told as that of any other. */
export interface ProxiedPair extends TransportPair {
  /** Who the client is, according to the header, once it has come. */
  readonly announced: () => Endpoint | undefined
  /** What was wrong with the header, if anything was. */
  readonly misconduct: () => Misconduct | undefined
}

/**
 * @param before What the client sends first, as a byte string.
 * @param spoken What it speaks after that.
 */
export async function proxiedPair(
  means: Means,
  before: string,
  protocol: Carrying,
  spoken: Carrying = protocol,
): Promise<ProxiedPair> {
  const listening = new Listening()
  let announced: Endpoint | undefined
  let misconduct: Misconduct | undefined
  const owner: ArrivalOwner = {
    announced(arrival, remote, rest) {
      assert.equal(announced, undefined)
      announced = remote
      arrival.transport.handOver(listening, remote)
      if (rest !== '') listening.received(rest)
    },
    misbehaved(_arrival, what) {
      misconduct = what
    },
    left: () => listening.closed(),
    failed: (_arrival, error) => assert.fail(String(error)),
  }
  const { connect, accepted } = await accept(
    means,
    protocol,
    transport => new Arrival(transport, owner, Number.POSITIVE_INFINITY),
  )
  const connecting = connect(spoken, before)
  const { transport } = await accepted()
  const client = await connecting
  if (spoken !== 'https') client.send(before)
  return {
    transport,
    client,
    listening,
    announced: () => announced,
    misconduct: () => misconduct,
    [Symbol.dispose]() {
      client[Symbol.dispose]()
      transport.abort()
    },
  }
}

/** A server has shaken hands later than its client, and has sent what belongs to that later still. */
async function untilShaken(client: Client, listening: Listening): Promise<void> {
  client.send('begin')
  await until(() => listening.text === 'begin')
  listening.text = ''
}

/** Connects, and speaks what is spoken there or something else, over TLS after bytes in the clear. */
type Connect = (spoken?: Carrying, before?: string) => Promise<Client>

/**
 * Listens for one client, which connects by `connect`.
 *
 * @param use Starts the transport, for whoever listens to it: what has come of a client belongs to him who does so at once.
 */
async function accept<User>(
  means: Means,
  protocol: Carrying,
  use: (transport: Transport) => User,
): Promise<{
  readonly connect: Connect
  readonly accepted: () => Promise<{ readonly transport: Transport; readonly user: User }>
}> {
  let found: { readonly transport: Transport; readonly user: User } | undefined
  const secureContext = createSecureContext({
    cert: readFileSync(certificateFile('one.pem')),
    key: readFileSync(certificateFile('one.key')),
  })
  const reception = {
    isBusy: false,
    connected: (transport: Transport) => {
      found = { transport, user: use(transport) }
    },
    reportProblem: (what: string, error: unknown) => assert.fail(`${what}: ${error}`),
    secureContext: () => secureContext,
    handshakeFailed: (error: Error) => assert.fail(error),
  }
  const acceptor = new Acceptor(reception, means)
  const connect = await listen(acceptor, protocol)
  return {
    connect,
    accepted: async () => {
      const accepted = await eventually(() => found, 'a connection')
      acceptor.server.close()
      return accepted
    },
  }
}

/** Gives how to connect. */
async function listen(acceptor: Acceptor, protocol: Carrying): Promise<Connect> {
  if (protocol === 'unix') {
    const path = join(tmpdir(), `webserver-${randomUUID()}.sock`)
    // Node removes it when the acceptor closes.
    await acceptor.listen({ path })
    return () => Client.connectUnix(path)
  }
  await acceptor.listen({ port: 0, host: '127.0.0.1' }, () => protocol)
  const { port } = acceptor.server.address() as AddressInfo
  return (spoken = protocol, before) =>
    spoken === 'https' ? Client.connectTls(port, before) : Client.connect(port)
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

function listenTo(transport: Transport): Listening {
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
