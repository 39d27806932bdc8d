import { END_OF_FILE, LANDING } from '../plain/landing.ts'
import type { Streams, TcpHandle } from '../plain/tcp-handle.ts'
import type { Transport } from '../transport.ts'
import { ALPN, type Opening, type SecureChannel, type SecureChannelUser } from './channel.ts'
import type { TlsHandle, TlsHandles } from './tls-handle.ts'

/** Bytes of a write that OpenSSL's are handed to the kernel all at once: Node passes some 150 KiB of them on. */
const MOST_HANDED_OVER = 64 * 1024

const PROTOCOLS = Buffer.from(`${String.fromCharCode(ALPN.length)}${ALPN}`)

/** What it is made of. */
export interface HandleParts {
  /** The connection. */
  readonly plain: Transport
  readonly beneath: TcpHandle
  readonly streams: Streams
  readonly tlsHandles: TlsHandles
}

/**
 * TLS over handles: without the streams of a TLSSocket and of a socket beneath it, which every handshake would have to pay for, and
 * without what Node does with each write, which is to call it unfinished until the event loop has turned. What the kernel has
 * taken is taken.
 */
export class HandleChannel implements SecureChannel {
  readonly #plain: Transport
  readonly #beneath: TcpHandle
  readonly #streams: Streams
  readonly #tlsHandles: TlsHandles
  readonly #handle: TlsHandle
  readonly #user: SecureChannelUser
  /** Whether there is a write that Node calls unfinished; until then it takes no other. */
  #isWriting = false
  /** Whether the user waits for all to be taken. */
  #isAwaited = false
  /** The write to follow. */
  #next: readonly [Buffer, Buffer | undefined] | undefined
  #endsWhenWritten = false
  #clientEnded = false

  /** Begins the handshake. */
  constructor(
    { plain, beneath, streams, tlsHandles }: HandleParts,
    opening: Opening,
    user: SecureChannelUser,
  ) {
    this.#plain = plain
    this.#beneath = beneath
    this.#streams = streams
    this.#tlsHandles = tlsHandles
    this.#user = user
    const handle = tlsHandles.wrap(beneath, opening.context)
    this.#handle = handle
    handle.onhandshakedone = () => user.shaken()
    handle.onerror = error => user.broken(error)
    handle.onread = () => this.#read()
    handle.useUserBuffer(LANDING)
    handle.setALPNProtocols(PROTOCOLS)
    handle.receive(opening.hello)
    plain.resume()
  }

  get isPaused(): boolean {
    return this.#plain.isPaused
  }

  write(bytes: Buffer, more?: Buffer): boolean {
    if (this.#plain.isClosed) return false
    this.#isAwaited = true
    if (this.#isWriting) this.#next = [bytes, more]
    else this.#isAwaited = !this.#send(bytes, more)
    return !this.#isAwaited
  }

  pause(): void {
    this.#plain.pause()
  }

  resume(): void {
    this.#plain.resume()
  }

  endSending(): void {
    if (this.#plain.isClosed) return
    if (this.#isWriting) {
      this.#endsWhenWritten = true
      return
    }
    const request = new this.#tlsHandles.ShutdownWrap()
    request.oncomplete = () => this.#sendingEnded()
    if (this.#handle.shutdown(request) !== 0) this.#sendingEnded()
  }

  close(): void {
    this.#plain.close()
  }

  forget(): void {
    this.#handle.destroySSL()
  }

  /** With both sides ended nothing more can happen. */
  #sendingEnded(): void {
    try {
      if (this.#clientEnded) this.#plain.close()
    } catch (error) {
      this.#user.fail(error)
    }
  }

  /** Encrypts bytes and hands them over, and tells whether the kernel has all of them. */
  #send(bytes: Buffer, more: Buffer | undefined): boolean {
    const handle = this.#handle
    // What Node has begun to hand over, such as tickets, goes first.
    const goesFirst = handle.writeQueueSize === 0
    const request = new this.#streams.WriteWrap()
    request.oncomplete = status => this.#written(status)
    const failure =
      more === undefined ? handle.writeBuffer(request, bytes) : handle.writev(request, [bytes, more], true)
    if (failure !== 0) {
      this.#plain.close()
      return false
    }
    this.#isWriting = true
    if (!goesFirst) {
      const queued = handle.writeQueueSize
      setImmediate(() => this.#closeIfStuck(queued))
    }
    const length = bytes.length + (more?.length ?? 0)
    return goesFirst && length <= MOST_HANDED_OVER && this.#beneath.writeQueueSize === 0
  }

  /**
   * Node forgets a write of its own that has failed, since the client has hung up, and keeps those behind it waiting for good.
   *
   * @param queued What waited before Node could have gone on.
   */
  #closeIfStuck(queued: number): void {
    const isStuck = this.#handle.writeQueueSize === queued && this.#beneath.writeQueueSize === 0
    if (!this.#isWriting || !isStuck) return
    try {
      this.#plain.close()
    } catch (error) {
      this.#user.fail(error)
    }
  }

  /** Node calls a write finished; `status` is 0 when all of it is taken. */
  #written(status: number): void {
    this.#isWriting = false
    if (this.#plain.isClosed) return
    try {
      if (status !== 0) return this.#plain.close()
      const next = this.#next
      this.#next = undefined
      if (next !== undefined && !this.#send(...next)) return
      if (this.#endsWhenWritten) this.endSending()
      if (!this.#isAwaited) return
      this.#isAwaited = false
      this.#user.taken()
    } catch (error) {
      this.#user.fail(error)
    }
  }

  #read(): void {
    // OpenSSL may have more than one piece of what has come.
    if (this.#plain.isClosed) return
    try {
      const length = this.#streams.streamBaseState[this.#streams.kReadBytesOrError] ?? 0
      if (length > 0) this.#user.received(LANDING.toString('latin1', 0, length))
      else if (length === END_OF_FILE) this.#ended()
      else if (length < 0) this.#plain.close()
    } catch (error) {
      this.#user.fail(error)
    }
  }

  #ended(): void {
    this.#clientEnded = true
    this.#user.ended()
  }
}
