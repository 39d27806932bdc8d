import { isReserved } from '../../files/descriptors.ts'
import { plainAddress } from '../address.ts'
import type { Endpoint, Transport, TransportUser } from '../transport.ts'
import { acknowledgedBytes } from './acknowledged.ts'
import { endSending } from './end-sending.ts'
import { END_OF_FILE, LANDING } from './landing.ts'
import { sendFile } from './send-file.ts'
import type { SocketName, Streams, TcpHandle, WriteRequest } from './tcp-handle.ts'

/** A request for the next write: only one that goes on is used up. */
let spareRequest: WriteRequest | undefined

/**
 * A TCP connection, with bytes sent as they are, over a handle of Node. It does as {@link SocketTransport} does, without
 * the streams that a net.Socket puts between, which take a fifth of the time of a connection for one request.
 */
export class HandleTransport implements Transport {
  remote: Endpoint
  isPaused = false
  isClosed = false
  readonly #handle: TcpHandle
  readonly #streams: Streams
  #local: Endpoint | undefined
  #user: TransportUser | undefined
  /** What a write that goes on must keep alive. */
  #pending: readonly (Buffer | undefined)[] | undefined
  #endsWhenTaken = false
  #clientEnded = false

  /** @param remote The client, if it is known: the kernel is asked otherwise. */
  constructor(handle: TcpHandle, streams: Streams, remote?: Endpoint) {
    this.#handle = handle
    this.#streams = streams
    this.remote = remote ?? this.#findRemote()
  }

  get local(): Endpoint {
    this.#local ??= this.#findLocal()
    return this.#local
  }

  get isOnReserve(): boolean {
    return isReserved(this.#handle.fd)
  }

  get acknowledgedBytes(): number {
    return acknowledgedBytes(this.#handle.fd) ?? 0
  }

  learnLocal(): void {
    this.#local ??= this.#findLocal()
  }

  start(user: TransportUser): void {
    this.#user = user
    this.#handle.onread = () => this.#read()
    this.#handle.useUserBuffer(LANDING)
    this.resume()
  }

  handOver(user: TransportUser, remote: Endpoint): void {
    this.#user = user
    this.remote = remote
  }

  write(bytes: Buffer, more?: Buffer): boolean {
    if (this.isClosed) return false
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = this.#streams
    const request = spareRequest ?? new WriteWrap()
    spareRequest = undefined
    const failure =
      more === undefined
        ? this.#handle.writeBuffer(request, bytes)
        : this.#handle.writev(request, [bytes, more], true)
    if (failure !== 0) {
      this.close()
      return false
    }
    if (streamBaseState[kLastWriteWasAsync] === 0) {
      spareRequest = request
      return true
    }
    this.#pending = [bytes, more]
    request.oncomplete = status => this.#written(status)
    return false
  }

  sendFile(descriptor: number, position: number, length: number): number {
    return this.#pending !== undefined ? 0 : sendFile(this.#handle.fd, descriptor, position, length)
  }

  pause(): void {
    if (this.isPaused || this.isClosed) return
    this.isPaused = true
    this.#handle.readStop()
  }

  resume(): void {
    if (this.isClosed) return
    this.isPaused = false
    if (this.#handle.readStart() !== 0) this.close()
  }

  endSending(): void {
    if (this.#pending !== undefined) this.#endsWhenTaken = true
    // With both sides ended nothing more can happen.
    else if (this.#clientEnded) this.close()
    else endSending(this.#handle.fd)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#handle.close(() => this.#user?.closed())
  }

  abort(): void {
    if (this.isClosed) return
    this.isClosed = true
    const closed = () => this.#user?.closed()
    if (this.#handle.reset(closed) !== 0) this.#handle.close(closed)
  }

  #findRemote(): Endpoint {
    const found: Partial<SocketName> = {}
    this.#handle.getpeername(found)
    return endpoint(found)
  }

  #findLocal(): Endpoint {
    const found: Partial<SocketName> = {}
    if (!this.isClosed) this.#handle.getsockname(found)
    return endpoint(found)
  }

  #read(): void {
    try {
      const length = this.#streams.streamBaseState[this.#streams.kReadBytesOrError] ?? 0
      if (length > 0) this.#user?.received(LANDING.toString('latin1', 0, length))
      else if (length === END_OF_FILE) this.#ended()
      else if (length < 0) this.close()
    } catch (error) {
      this.#user?.fail(error)
    }
  }

  #ended(): void {
    this.#clientEnded = true
    this.#user?.ended()
  }

  /** A write that went on has ended; `status` is 0 when all of it is taken. */
  #written(status: number): void {
    this.#pending = undefined
    if (this.isClosed) return
    try {
      if (status !== 0) return this.close()
      if (this.#endsWhenTaken) this.endSending()
      this.#user?.taken()
    } catch (error) {
      this.#user?.fail(error)
    }
  }
}

function endpoint({ address, port = 0 }: Partial<SocketName>): Endpoint {
  return { address: plainAddress(address), port }
}
