import type { KnownClient, TurnTaker } from '../turn/turn-taker.ts'

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')

/** A client that is told so. */
export interface ContinuedClient extends KnownClient {
  write(bytes: Buffer): boolean
  /** It has been told. */
  continued(): void
  /** It could not be told. */
  fail(error: unknown): void
}

/** Tells a client that waits for it to send its body (RFC 9110 §10.1.1); this too is said in a turn. */
export class Continuation implements TurnTaker {
  readonly client: ContinuedClient
  readonly requestLine: string
  readonly arrivedAt = Date.now()
  readonly bytesTotal = CONTINUE.length
  bytesSent = 0

  constructor(client: ContinuedClient, requestLine: string) {
    this.client = client
    this.requestLine = requestLine
  }

  beginTurn(): void {}

  advance(): 'finished' | 'waiting' {
    return this.client.write(CONTINUE) ? 'finished' : 'waiting'
  }

  taken(): 'all' {
    return 'all'
  }

  complete(): void {
    this.bytesSent = CONTINUE.length
    this.client.continued()
  }

  failed(error: unknown): void {
    this.client.fail(error)
  }

  abandon(): void {}
}
