import type { KnownClient, TurnTaker } from '../turn/turn-taker.ts'

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')

/** A client that waits for `100 Continue`. */
export interface ContinuedClient extends KnownClient {
  write(bytes: Buffer): boolean
  /** It was sent. */
  continued(): void
  /** It could not be sent. */
  fail(error: unknown): void
}

/** `100 Continue`: has a client that waits for it send its body (RFC 9110 §10.1.1). It is sent in a turn too. */
export class ContinueResponse implements TurnTaker {
  readonly client: ContinuedClient
  readonly requestLine: string
  readonly arrivedAt = Date.now()
  readonly bytesTotal = CONTINUE.length
  bytesSent = 0

  constructor(client: ContinuedClient, requestLine: string) {
    this.client = client
    this.requestLine = requestLine
  }

  get remoteAddress(): string {
    return this.client.remoteAddress
  }

  get remotePort(): number {
    return this.client.remotePort
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
