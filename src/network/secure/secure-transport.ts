import { createSecureContext, type SecureContext } from 'node:tls'
import { HANDSHAKE, serverNameIn } from '../../tls/client-hello.ts'
import { Guard } from '../guard.ts'
import type { Endpoint, Transport, TransportUser } from '../transport.ts'
import type { Channel, SecureChannel, Securing } from './channel.ts'
import { HandshakeLine } from './handshake-line.ts'

/** Of the whole process, whose one thread makes them all. */
const line = new HandshakeLine()

/** What handshakes are made with, and who hears of those that fail. */
export interface Handshakes {
  /** The certificate and key to prove who it is to a client that asks for this name, or for none; undefined where there is none. */
  secureContext(name: string | undefined, local: Endpoint): SecureContext | undefined
  handshakeFailed(error: Error, remote: Endpoint): void
}

/**
 * A connection with TLS in it. Nobody but this knows: what is written is encrypted, and there is no way around that, such as
 * a descriptor to send a file to.
 *
 * A client whose first byte cannot begin a handshake speaks HTTP in the clear, and is answered so, if only that this is wrong.
 */
export class SecureTransport implements Transport {
  readonly #plain: Transport
  readonly #secure: Securing
  readonly #handshakes: Handshakes
  /** The connection itself, until it is known what the client speaks. */
  #channel: Channel
  #secureChannel: SecureChannel | undefined
  /** What has come of the first message. */
  #hello: Buffer | undefined
  #speaksPlainly = false
  /** Whether a handshake is complete. */
  #isSecure = false
  #user: TransportUser | undefined
  /** As the user knows it. */
  #remote: Endpoint | undefined

  /** @param plain The connection, which is not started. */
  constructor(plain: Transport, secure: Securing, handshakes: Handshakes) {
    this.#plain = plain
    this.#secure = secure
    this.#handshakes = handshakes
    this.#channel = plain
  }

  get remote(): Endpoint {
    return this.#remote ?? this.#plain.remote
  }

  get local(): Endpoint {
    return this.#plain.local
  }

  get isClosed(): boolean {
    return this.#plain.isClosed
  }

  get isOnReserve(): boolean {
    return this.#plain.isOnReserve
  }

  get isPaused(): boolean {
    return this.#channel.isPaused
  }

  get acknowledgedBytes(): number {
    return this.#plain.acknowledgedBytes
  }

  learnLocal(): void {
    this.#plain.learnLocal()
  }

  start(user: TransportUser): void {
    this.#user = user
    // A handshake asks for it, maybe after the client has gone.
    this.learnLocal()
    const fail = (error: unknown) => this.#user?.fail(error)
    this.#plain.start(
      new Guard(
        {
          received: text => this.#received(text),
          misspoke: () => this.#user?.misspoke(),
          taken: () => this.#user?.taken(),
          ended: () => this.#user?.ended(),
          closed: () => this.#closed(),
          fail,
        },
        fail,
      ),
    )
  }

  handOver(user: TransportUser, remote: Endpoint): void {
    this.#user = user
    this.#remote = remote
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
    this.#channel.close()
  }

  /** The reset comes without close_notify. */
  abort(): void {
    this.#plain.abort()
  }

  /** Looks at the first bytes: they tell what the client speaks, and which host it means. */
  #received(text: string): void {
    if (this.#speaksPlainly) return this.#user?.received(text)
    const rest = this.#hello === undefined ? this.#withoutPreface(text) : text
    if (rest === '') return
    const bytes = Buffer.from(rest, 'latin1')
    this.#hello = this.#hello === undefined ? bytes : Buffer.concat([this.#hello, bytes])
    if (this.#hello[0] !== HANDSHAKE) return this.#speakPlainly(rest)
    const name = serverNameIn(this.#hello)
    if (name !== 'incomplete') this.#waitToShakeHands(this.#hello, name)
  }

  #withoutPreface(text: string): string {
    return this.#user?.preface?.(text) ?? text
  }

  #speakPlainly(first: string): void {
    this.#speaksPlainly = true
    this.#user?.misspoke()
    this.#user?.received(first)
  }

  #waitToShakeHands(hello: Buffer, name: string | undefined): void {
    this.#hello = undefined
    this.#plain.pause()
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
    const user = this.#user
    if (user === undefined) return
    const context = this.#handshakes.secureContext(name, this.local) ?? withoutCertificate()
    this.#secureChannel = this.#secure(
      { context, hello },
      {
        received: text => user.received(text),
        taken: () => user.taken(),
        ended: () => user.ended(),
        fail: error => user.fail(error),
        shaken: () => {
          this.#isSecure = true
        },
        broken: error => this.#broken(error),
      },
    )
    this.#channel = this.#secureChannel
  }

  #broken(error: Error): void {
    try {
      if (!this.#isSecure) this.#handshakes.handshakeFailed(error, this.remote)
      // Of a handshake that fails at once nobody has the channel yet.
      this.#plain.close()
    } catch (fault) {
      this.#user?.fail(fault)
    }
  }

  #closed(): void {
    try {
      this.#secureChannel?.forget()
    } finally {
      this.#user?.closed()
    }
  }
}

let nothing: SecureContext | undefined

/** With it no handshake succeeds, which the client is told. */
function withoutCertificate(): SecureContext {
  nothing ??= createSecureContext()
  return nothing
}
