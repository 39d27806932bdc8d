import type { TLSSocket } from 'node:tls'
import { END_OF_FILE, LANDING } from '../plain/landing.ts'
import type { Streams } from '../plain/tcp-handle.ts'
import type { TransportUser } from '../transport.ts'
import type { Channel } from './channel.ts'
import type { TlsHandle } from './tls-handle.ts'

/** Bytes of a write that OpenSSL's are handed to the kernel all at once: Node passes some 150 KiB of them on. */
const MOST_HANDED_OVER = 64 * 1024

/**
 * TLS after its handshake, over the handle beneath a TLSSocket: without the streams in between, and without what Node does with each
 * write, which is to call it unfinished until the event loop has turned. What the kernel has taken is taken.
 *
 * A fault of TLS, and the end of it all, the TLSSocket tells as ever.
 */
export class HandleChannel implements Channel {
  isPaused = false
  readonly #stream: TLSSocket
  readonly #handle: TlsHandle
  readonly #streams: Streams
  readonly #user: TransportUser
  /** Whether there is a write that Node calls unfinished; until then it takes no other. */
  #isWriting = false
  /** Whether the user waits for all to be taken. */
  #isAwaited = false
  /** The write to follow. */
  #next: readonly [Buffer, Buffer | undefined] | undefined
  #endsWhenWritten = false
  #clientEnded = false

  /** Takes over whatever comes from now on. */
  constructor(stream: TLSSocket, handle: TlsHandle, streams: Streams, user: TransportUser) {
    this.#stream = stream
    this.#handle = handle
    this.#streams = streams
    this.#user = user
    handle.onread = () => this.#read()
    handle.useUserBuffer(LANDING)
  }

  write(bytes: Buffer, more?: Buffer): boolean {
    if (this.#stream.destroyed) return false
    this.#isAwaited = true
    if (this.#isWriting) this.#next = [bytes, more]
    else this.#isAwaited = !this.#send(bytes, more)
    return !this.#isAwaited
  }

  pause(): void {
    if (this.isPaused || this.#stream.destroyed) return
    this.isPaused = true
    this.#handle.readStop()
  }

  resume(): void {
    if (this.#stream.destroyed) return
    this.isPaused = false
    if (this.#handle.readStart() !== 0) this.#stream.destroy()
  }

  endSending(): void {
    if (this.#isWriting) this.#endsWhenWritten = true
    else this.#stream.end(() => this.#sendingEnded())
  }

  /** With both sides ended nothing more can happen. */
  #sendingEnded(): void {
    if (this.#clientEnded) this.#stream.destroy()
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
      this.#stream.destroy()
      return false
    }
    this.#isWriting = true
    const length = bytes.length + (more?.length ?? 0)
    return goesFirst && length <= MOST_HANDED_OVER && handle._parent.writeQueueSize === 0
  }

  /** Node calls a write finished; `status` is 0 when all of it is taken. */
  #written(status: number): void {
    this.#isWriting = false
    if (this.#stream.destroyed) return
    try {
      if (status !== 0) return void this.#stream.destroy()
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
    try {
      const length = this.#streams.streamBaseState[this.#streams.kReadBytesOrError] ?? 0
      if (length > 0) this.#user.received(LANDING.toString('latin1', 0, length))
      else if (length === END_OF_FILE) this.#ended()
      else if (length < 0) this.#stream.destroy()
    } catch (error) {
      this.#user.fail(error)
    }
  }

  #ended(): void {
    this.#clientEnded = true
    this.#user.ended()
  }
}
