import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { StreamWriter } from '../stream-writer.ts'
import { ALPN, type Opening, type SecureChannel, type SecureChannelUser } from './channel.ts'

/** TLS over a TLSSocket: what can be had of every Node. */
export class StreamChannel implements SecureChannel {
  readonly #stream: TLSSocket
  readonly #writer: StreamWriter
  readonly #user: SecureChannelUser

  /** Begins the handshake. */
  constructor(socket: Socket, { context, hello }: Opening, user: SecureChannelUser) {
    socket.unshift(hello)
    const stream = new TLSSocket(socket, {
      isServer: true,
      secureContext: context,
      ALPNCallback: ({ protocols }) => (protocols.includes(ALPN) ? ALPN : undefined),
    })
    this.#stream = stream
    this.#user = user
    this.#writer = new StreamWriter(stream, () => user.taken())
    stream.once('secure', () => user.shaken())
    stream.on('error', error => user.broken(error))
    stream.on('data', this.#received)
    stream.once('end', () => user.ended())
  }

  get isPaused(): boolean {
    return this.#stream.isPaused()
  }

  write(bytes: Buffer, more?: Buffer): boolean {
    return this.#writer.write(bytes, more)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  endSending(): void {
    this.#stream.end()
  }

  close(): void {
    this.#stream.destroy()
  }

  /** It hears itself that the socket beneath is closed. */
  forget(): void {}

  readonly #received = (bytes: Buffer): void => {
    try {
      this.#user.received(bytes.toString('latin1'))
    } catch (error) {
      this.#user.fail(error)
    }
  }
}
