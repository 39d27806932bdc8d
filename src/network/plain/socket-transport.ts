import type { Socket } from 'node:net'
import { isReserved } from '../../files/descriptors.ts'
import { plainAddress } from '../address.ts'
import { StreamWriter } from '../stream-writer.ts'
import type { Endpoint, Transport, TransportUser } from '../transport.ts'
import { acknowledgedBytes } from './acknowledged.ts'
import { endSending } from './end-sending.ts'
import { receive } from './receive.ts'
import { sendFile } from './send-file.ts'
import { descriptorOf } from './socket-descriptor.ts'

/** The ends of a connection that the kernel does not tell. */
interface Ends {
  readonly remote: Endpoint
  readonly local: Endpoint
}

/** A connection, of TCP unless its ends are given, with bytes sent as they are, over a net.Socket: what can be had of every Node. */
export class SocketTransport implements Transport {
  remote: Endpoint
  readonly #socket: Socket
  #local: Endpoint | undefined
  #user: TransportUser | undefined
  readonly #writer: StreamWriter

  constructor(socket: Socket, ends?: Ends) {
    this.#socket = socket
    this.#local = ends?.local
    this.#writer = new StreamWriter(socket, () => this.#user?.taken())
    socket.on('error', ignoreReset)
    this.remote = ends?.remote ?? remoteEnd(socket)
  }

  get local(): Endpoint {
    this.#local ??= localEnd(this.#socket)
    return this.#local
  }

  get #descriptor(): number {
    return descriptorOf(this.#socket)
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  get isOnReserve(): boolean {
    return isReserved(this.#descriptor)
  }

  get isPaused(): boolean {
    return this.#socket.isPaused()
  }

  get acknowledgedBytes(): number {
    return acknowledgedBytes(this.#descriptor) ?? this.#socket.bytesWritten - this.#socket.writableLength
  }

  learnLocal(): void {
    this.#local ??= localEnd(this.#socket)
  }

  start(user: TransportUser): void {
    const socket = this.#socket
    this.#user = user
    receive(socket, text => this.#user?.received(text))
    socket.on('end', () => this.#user?.ended())
    socket.on('close', () => this.#user?.closed())
  }

  handOver(user: TransportUser, remote: Endpoint): void {
    this.#user = user
    this.remote = remote
  }

  write(bytes: Buffer, more?: Buffer): boolean {
    return this.#writer.write(bytes, more)
  }

  sendFile(descriptor: number, position: number, length: number): number {
    return this.#writer.isWriting ? 0 : sendFile(this.#descriptor, descriptor, position, length)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  endSending(): void {
    // The stream does not know of an end by shutdown(2): whoever ends it must close it later.
    if (this.#writer.isWriting || this.#socket.readableEnded || !endSending(this.#descriptor))
      this.#socket.end()
  }

  close(): void {
    this.#socket.destroy()
  }

  abort(): void {
    this.#socket.resetAndDestroy()
  }
}

function remoteEnd({ remoteAddress, remotePort }: Socket): Endpoint {
  return { address: plainAddress(remoteAddress), port: remotePort ?? 0 }
}

function localEnd({ localAddress, localPort }: Socket): Endpoint {
  return { address: plainAddress(localAddress), port: localPort ?? 0 }
}

/** Ignores a reset, which is a client's way to hang up: 'close' follows. */
function ignoreReset(): void {}
