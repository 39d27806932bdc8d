import type { Client, Service } from './turn-queue.ts'

/** A client as the log and its administrator know it. */
export interface KnownClient extends Client {
  readonly remoteAddress: string
  readonly remotePort: number
}

/** What is served in turns: all that its connection, and who looks at the queue, need of it. */
export interface TurnTaker extends Service {
  readonly client: KnownClient
  readonly requestLine: string
  /** When it came: milliseconds since the epoch. */
  readonly arrivedAt: number
  readonly bytesSent: number
  /** Bytes of the whole response, its head included; undefined while it is undecided. */
  readonly bytesTotal: number | undefined
  /** What was written last is taken: is there more? */
  taken(): 'all' | 'more'
  /** The connection is gone. */
  abandon(at: number): void
}
