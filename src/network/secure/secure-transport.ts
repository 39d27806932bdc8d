import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import { isReserved } from '../../files/descriptors.ts'
import { HANDSHAKE, serverNameIn } from '../../tls/client-hello.ts'
import { plainAddress } from '../address.ts'
import { acknowledgedBytes } from '../plain/acknowledged.ts'
import { descriptorOf } from '../plain/socket-descriptor.ts'
import { ignoreReset, localEnd } from '../plain/socket-transport.ts'
import type { Streams } from '../plain/tcp-handle.ts'
import type { Endpoint, Transport, TransportUser } from '../transport.ts'
import type { Channel } from './channel.ts'
import { HandleChannel } from './handle-channel.ts'
import { HandshakeLine } from './handshake-line.ts'
import { StreamChannel } from './stream-channel.ts'
import { handleOfTls } from './tls-handle.ts'

/** The only protocol that is spoken inside (RFC 7301). */
const ALPN = 'http/1.1'

/** Of the whole process, whose one thread makes them all. */
const line = new HandshakeLine()

/** What handshakes are made with, and who hears of those that fail. */
export interface Handshakes {
  /** The certificate and key to prove who it is to a client that asks for this name, or for none; undefined where there is none. */
  secureContext(name: string | undefined, local: Endpoint): SecureContext | undefined
  handshakeFailed(error: Error, remote: Endpoint): void
}

/**
 * A TCP connection with TLS in it. Nobody but this knows: what is written is encrypted, and there is no way around that, such as
 * a descriptor to send a file to.
 *
 * A client whose first byte cannot begin a handshake speaks HTTP in the clear, and is answered so, if only that this is wrong.
 */
export class SecureTransport implements Transport {
  readonly remote: Endpoint
  readonly #socket: Socket
  readonly #handshakes: Handshakes
  readonly #streams: Streams | undefined
  /** What TLS is in: the socket itself until it is known what the client speaks. */
  #stream: Socket
  #channel: Channel
  /** What has come of the first message. */
  #hello: Buffer | undefined
  /** Whether a handshake is complete. */
  #isSecure = false
  #local: Endpoint | undefined
  #user: TransportUser | undefined

  /** @param streams With them it goes on over handles, once hands are shaken. */
  constructor(socket: Socket, handshakes: Handshakes, streams: Streams | undefined) {
    this.#socket = socket
    this.#stream = socket
    this.#streams = streams
    this.#channel = new StreamChannel(socket, this.#taken)
    this.#handshakes = handshakes
    socket.on('error', ignoreReset)
    this.remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 }
  }

  get local(): Endpoint {
    this.#local ??= localEnd(this.#socket)
    return this.#local
  }

  get isClosed(): boolean {
    return this.#stream.destroyed
  }

  get isOnReserve(): boolean {
    return isReserved(descriptorOf(this.#socket))
  }

  get isPaused(): boolean {
    return this.#channel.isPaused
  }

  get acknowledgedBytes(): number {
    return acknowledgedBytes(descriptorOf(this.#socket)) ?? 0
  }

  learnLocal(): void {
    this.#local ??= localEnd(this.#socket)
  }

  start(user: TransportUser): void {
    this.#user = user
    // A handshake asks for it, maybe after the client has gone.
    this.learnLocal()
    this.#socket.on('data', this.#begin)
    this.#socket.once('close', this.#closed)
    this.#socket.once('end', this.#ended)
  }

  write(bytes: Buffer, more?: Buffer): boolean {
    return this.#channel.write(bytes, more)
  }

  pause(): void {
    this.#channel.pause()
  }

  resume(): void {
    this.#channel.resume()
  }

  /** Ends TLS too (close_notify, RFC 8446 §6.1), which tells the client that it has got all. */
  endSending(): void {
    this.#channel.endSending()
  }

  close(): void {
    this.#stream.destroy()
  }

  /** The reset comes without close_notify. */
  abort(): void {
    this.#socket.resetAndDestroy()
    this.#stream.destroy()
  }

  /** Looks at the first bytes: they tell what the client speaks, and which host it means. */
  readonly #begin = (bytes: Buffer): void => {
    try {
      this.#hello = this.#hello === undefined ? bytes : Buffer.concat([this.#hello, bytes])
      if (this.#hello[0] !== HANDSHAKE) return this.#speakPlainly(this.#hello)
      const name = serverNameIn(this.#hello)
      if (name !== 'incomplete') this.#waitToShakeHands(this.#hello, name)
    } catch (error) {
      this.#user?.fail(error)
    }
  }

  #speakPlainly(first: Buffer): void {
    this.#socket.off('data', this.#begin)
    this.#socket.on('data', this.#received)
    this.#user?.misspoke()
    this.#user?.received(first.toString('latin1'))
  }

  #waitToShakeHands(hello: Buffer, name: string | undefined): void {
    this.#socket.off('data', this.#begin)
    this.#socket.pause()
    line.enter(() => {
      try {
        if (!this.isClosed) this.#shakeHands(hello, name)
      } catch (error) {
        this.#user?.fail(error)
      }
    })
  }

  /**
   * The context is chosen before, by the name in what the client has sent: one that an SNICallback of Node gives has a single
   * certificate.
   */
  #shakeHands(hello: Buffer, name: string | undefined): void {
    const socket = this.#socket
    const secureContext = this.#handshakes.secureContext(name, this.local)
    socket.off('close', this.#closed)
    socket.off('end', this.#ended)
    socket.unshift(hello)
    const stream = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      ALPNCallback: ({ protocols }) => (protocols.includes(ALPN) ? ALPN : undefined),
    })
    this.#stream = stream
    this.#channel = new StreamChannel(stream, this.#taken)
    stream.once('secure', () => this.#shaken(stream))
    stream.on('error', this.#failed)
    stream.on('data', this.#received)
    stream.once('end', this.#ended)
    stream.once('close', this.#closed)
  }

  /** The handshake is complete, and nothing of a request has come yet. */
  #shaken(stream: TLSSocket): void {
    this.#isSecure = true
    try {
      const handle = this.#streams && handleOfTls(stream)
      if (this.#streams === undefined || handle === undefined || this.#user === undefined) return
      stream.off('data', this.#received)
      this.#channel = new HandleChannel(stream, handle, this.#streams, this.#user)
    } catch (error) {
      // OpenSSL, which is at work still, does not live to be taken away now.
      setImmediate(() => this.#user?.fail(error))
    }
  }

  readonly #failed = (error: Error): void => {
    if (!this.#isSecure) this.#handshakes.handshakeFailed(error, this.remote)
    this.#stream.destroy()
  }

  readonly #received = (bytes: Buffer): void => {
    try {
      this.#user?.received(bytes.toString('latin1'))
    } catch (error) {
      this.#user?.fail(error)
    }
  }

  readonly #taken = (): void => this.#user?.taken()
  readonly #ended = (): void => this.#user?.ended()
  readonly #closed = (): void => this.#user?.closed()
}
