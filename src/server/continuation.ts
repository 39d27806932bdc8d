import type { Connection } from './connection.ts'
import type { Service } from './turn-queue.ts'

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')

/** Tells a client that waits for it to send its body (RFC 9110 §10.1.1); this too is said in a turn. */
export class Continuation implements Service {
  readonly client: Connection

  constructor(client: Connection) {
    this.client = client
  }

  beginTurn(): void {}

  advance(): 'finished' | 'waiting' {
    if (!this.client.write(CONTINUE)) return 'waiting'
    this.complete()
    return 'finished'
  }

  taken(): 'all' {
    return 'all'
  }

  complete(): void {
    this.client.continued()
  }

  abandon(): void {}
}
