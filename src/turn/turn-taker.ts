import type { Client, Service } from './turn-queue.ts'

/** A client as the log and its administrator know it. */
export interface KnownClient extends Client {
  readonly remoteAddress: string
  readonly remotePort: number
}

/** What is served in turns, as its connection and the lists of the queue need it. */
export interface TurnTaker extends Service {
  readonly client: Client
  /** Of whoever has asked. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly requestLine: string
  /** When it arrived: milliseconds since the epoch. */
  readonly arrivedAt: number
  readonly bytesSent: number
  /** Bytes of the whole response, its head included; undefined while it is undecided. */
  readonly bytesTotal: number | undefined
  /** What has to be waited for before it may join the queue, if there is something. */
  prepare?(): Promise<void> | undefined
  /** The last write is taken: tells whether there is more. */
  taken(): 'all' | 'more'
  /** The connection is gone. */
  abandon(at: number): void
}
