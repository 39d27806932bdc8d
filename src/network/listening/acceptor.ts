import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { createServer, type ListenOptions, type Server, Socket } from 'node:net'
import type { Protocol } from '../../config/config.ts'
import { UNIX_PEER } from '../../http/request/peer.ts'
import { HandleTransport } from '../plain/handle-transport.ts'
import { descriptorOf } from '../plain/socket-descriptor.ts'
import { SocketTransport } from '../plain/socket-transport.ts'
import { emptyHandle, handleOf, type Streams, streams, type TcpHandle } from '../plain/tcp-handle.ts'
import { UnixTransport } from '../plain/unix-transport.ts'
import type { Securing } from '../secure/channel.ts'
import { HandleChannel } from '../secure/handle-channel.ts'
import { type Handshakes, SecureTransport } from '../secure/secure-transport.ts'
import { StreamChannel } from '../secure/stream-channel.ts'
import { type TlsHandles, tlsHandles } from '../secure/tls-handle.ts'
import type { Endpoint, Transport } from '../transport.ts'
import { acceptWaiting } from './accept-waiting.ts'
import { limitUnsent, sendAtOnce, tcpAddressOf } from './listening-socket.ts'
import { endpointIn, pathOf } from './socket-address.ts'

const OPTIONS = { allowHalfOpen: true, noDelay: true } as const
/** What the kernel takes ahead of what a client has room for, in bytes: about as much as it is handed at a time. */
const SENT_AHEAD = 256 * 1024
/** The most clients that are accepted together. */
const ACCEPTED_TOGETHER = 128

const CANNOT_TAKE_IN = 'Cannot take a connection in'

/** What connections are carried over: handles where this Node shows them, or sockets. */
export type Means = 'handles' | 'sockets'

/** Receives new connections. */
export interface Reception extends Handshakes {
  /** Takes a new connection. */
  connected(transport: Transport): void
  /** Tells of a fault that costs one client. */
  reportProblem(what: string, error: unknown): void
  /** Whether others who have come wait, to be heard or to be served: then more may wait to be accepted. */
  readonly isBusy: boolean
}

/**
 * Listens on a socket, and hands each client over as a transport: for TCP over the handles that Node has beneath its sockets
 * where it can, and over sockets where not.
 */
export class Acceptor {
  readonly server: Server
  readonly #reception: Reception
  readonly #means: Means

  #carriage = withSocket

  constructor(reception: Reception, means: Means = 'handles') {
    this.#reception = reception
    this.#means = means
    this.server = createServer(OPTIONS, socket => this.#accepted(socket, this.#carriage))
  }

  /**
   * Begins to listen, or rejects with the error of the system.
   *
   * @param protocolAt What is spoken at a port.
   * @param path Where clients find a Unix socket, if not where it is made.
   */
  async listen(
    options: ListenOptions | { readonly fd: number; readonly backlog: number },
    protocolAt: (port: number) => Protocol = () => 'http',
    path?: string,
  ): Promise<void> {
    this.server.listen(options)
    await once(this.server, 'listening')
    const bound = tcpAddressOf(this.server)
    if (bound === undefined) {
      const address = `${UNIX_PEER}${path ?? pathOf(descriptorOf(this.server))}`
      this.#carriage = withUnixSocket({ address, port: 0 })
      return
    }
    limitUnsent(this.server, SENT_AHEAD)
    const sendsAtOnce = sendAtOnce(this.server)
    const isSecure = protocolAt(bound.port) === 'https'
    if (isSecure) this.#carriage = withTlsSocket(this.#reception)
    const handle = handleOf(this.server)
    if (this.#means === 'sockets' || streams === undefined || handle === undefined || !sendsAtOnce) return
    if (!isSecure) this.#useHandles(handle, withHandle(handle, streams))
    else if (tlsHandles !== undefined)
      this.#useHandles(handle, withTlsHandle(handle, streams, tlsHandles, this.#reception))
  }

  /** Accepts all who wait at a Unix socket to which nobody else will come. */
  acceptLast(): void {
    this.#acceptWaiting(this.#carriage, Number.POSITIVE_INFINITY)
  }

  #useHandles(listening: TcpHandle, means: Carriage<TcpHandle>): void {
    const { onconnection } = listening
    listening.onconnection = (error, client) => {
      // The server tells of an error.
      if (client === undefined) onconnection.call(listening, error)
      else this.#accepted(client, means)
    }
  }

  #accepted<Carrier>(carrier: Carrier, means: Carriage<Carrier>): void {
    const mayMoreWait = this.#mayMoreWait()
    this.#handOver(carrier, means)
    if (mayMoreWait) this.#acceptWaiting(means, ACCEPTED_TOGETHER)
  }

  #acceptWaiting<Carrier>(means: Carriage<Carrier>, most: number): void {
    try {
      acceptWaiting(descriptorOf(this.server), most, (descriptor, address) =>
        this.#takeIn(descriptor, address, means),
      )
    } catch (error) {
      this.#reception.reportProblem('Cannot accept those who wait', error)
    }
  }

  /** Asked before one who has come is among those who wait. */
  #mayMoreWait(): boolean {
    try {
      return this.#reception.isBusy
    } catch (error) {
      this.#reception.reportProblem('Cannot tell whether others wait', error)
      return false
    }
  }

  #takeIn<Carrier>(descriptor: number, address: Buffer, means: Carriage<Carrier>): void {
    let remote: Endpoint | undefined
    let carrier: Carrier
    try {
      remote = endpointIn(address)
      carrier = means.open(descriptor)
    } catch (error) {
      this.#reception.reportProblem(CANNOT_TAKE_IN, error)
      return closeSync(descriptor)
    }
    this.#handOver(carrier, means, remote)
  }

  #handOver<Carrier>(carrier: Carrier, means: Carriage<Carrier>, remote?: Endpoint): void {
    let transport: Transport | undefined
    try {
      transport = means.carry(carrier, remote)
      this.#reception.connected(transport)
    } catch (error) {
      this.#reception.reportProblem(CANNOT_TAKE_IN, error)
      if (transport === undefined) means.reset(carrier)
      else transport.abort()
    }
  }
}

/** What can be done with that which carries a connection. */
interface Carriage<Carrier> {
  /** Takes a descriptor over; it throws if it does not. */
  open(descriptor: number): Carrier
  /** @param remote The client, if it is known. */
  carry(carrier: Carrier, remote?: Endpoint): Transport
  reset(carrier: Carrier): void
}

const withSocket: Carriage<Socket> = {
  open: fd => new Socket({ fd, ...OPTIONS }),
  carry: socket => new SocketTransport(socket),
  reset: socket => void socket.resetAndDestroy(),
}

function withUnixSocket(local: Endpoint): Carriage<Socket> {
  return {
    ...withSocket,
    carry: socket => new UnixTransport(socket, local),
    reset: socket => void socket.destroy(),
  }
}

function withTlsSocket(handshakes: Handshakes): Carriage<Socket> {
  return {
    ...withSocket,
    carry(socket) {
      const secure: Securing = (opening, user) => new StreamChannel(socket, opening, user)
      return new SecureTransport(new SocketTransport(socket), secure, handshakes)
    },
  }
}

function withHandle(listening: TcpHandle, streams: Streams): Carriage<TcpHandle> {
  return {
    open(descriptor) {
      const handle = emptyHandle(listening)
      const failure = handle.open(descriptor)
      if (failure !== 0) throw new Error(`Cannot make a handle of descriptor ${descriptor}: error ${failure}`)
      return handle
    },
    carry: (handle, remote) => new HandleTransport(handle, streams, remote),
    reset: handle => void handle.reset(() => {}),
  }
}

function withTlsHandle(
  listening: TcpHandle,
  streams: Streams,
  tlsHandles: TlsHandles,
  handshakes: Handshakes,
): Carriage<TcpHandle> {
  return {
    ...withHandle(listening, streams),
    carry(beneath, remote) {
      const plain = new HandleTransport(beneath, streams, remote)
      const secure: Securing = (opening, user) =>
        new HandleChannel({ plain, beneath, streams, tlsHandles }, opening, user)
      return new SecureTransport(plain, secure, handshakes)
    },
  }
}
