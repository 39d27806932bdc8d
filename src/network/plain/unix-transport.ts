import type { Socket } from 'node:net'
import { UNIX_PEER } from '../../http/request/peer.ts'
import type { Endpoint } from '../transport.ts'
import { descriptorOf } from './socket-descriptor.ts'
import { limitQueue, queuedBytes } from './socket-options.ts'
import { SocketTransport } from './socket-transport.ts'

/** Who comes to a Unix socket has neither address nor port. */
const REMOTE: Endpoint = { address: UNIX_PEER, port: 0 }
/** What the kernel holds for a client that reads nothing, in bytes: about as much as it is handed at a time. */
const QUEUE = 256 * 1024

/** A connection of a Unix socket, with bytes sent as they are. */
export class UnixTransport extends SocketTransport {
  readonly #socket: Socket
  #sentOfFiles = 0

  /** @param local Where the client has come to. */
  constructor(socket: Socket, local: Endpoint) {
    super(socket, { remote: REMOTE, local })
    this.#socket = socket
    limitQueue(descriptorOf(socket), QUEUE)
  }

  /**
   * What the client has read, to some ten KiB: the kernel frees what it holds for a client in pieces as large as they were
   * written, of 48 KiB at the most.
   */
  override get acknowledgedBytes(): number {
    const handle: unknown = Reflect.get(this.#socket, '_handle')
    const unsent = unsentBytes(handle) ?? this.#socket.writableLength
    const taken = this.#socket.bytesWritten + this.#sentOfFiles - unsent
    return Math.max(0, taken - queuedBytes(descriptorOf(this.#socket)))
  }

  override sendFile(descriptor: number, position: number, length: number): number {
    const sent = super.sendFile(descriptor, position, length)
    this.#sentOfFiles += sent
    return sent
  }

  /** There is no reset: its length tells a client that a response is not whole. */
  override abort(): void {
    this.close()
  }
}

/** Of the last write, what the kernel has not taken yet; undefined where this Node does not tell. */
function unsentBytes(handle: unknown): number | undefined {
  if (typeof handle !== 'object' || handle === null || !('writeQueueSize' in handle)) return undefined
  return typeof handle.writeQueueSize === 'number' ? handle.writeQueueSize : undefined
}
