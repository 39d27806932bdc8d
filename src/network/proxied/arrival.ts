import { Guard } from '../guard.ts'
import type { RosterMember } from '../roster.ts'
import type { Endpoint, Transport, TransportUser } from '../transport.ts'
import { readProxyHeader } from './proxy-header.ts'

/** What is wrong with a connection that was to begin with a PROXY header. */
export interface Misconduct {
  readonly kind: 'missing' | 'malformed' | 'late'
  /** Completes the sentence that begins with "a connection that". */
  readonly what: string
}

/** Who has a connection wait for its header. */
export interface ArrivalOwner {
  /**
   * The header has come: the transport is to have another user.
   *
   * @param rest What has come behind it, unless that is for TLS.
   */
  announced(arrival: Arrival, client: Endpoint, rest: string): void
  /** It is closed for this. */
  misbehaved(arrival: Arrival, misconduct: Misconduct): void
  /** It is closed. */
  left(arrival: Arrival): void
  /** A fault of ours costs this connection, and no other. */
  failed(arrival: Arrival, error: unknown): void
}

/** The time in which a server that stops still takes a header, in milliseconds. */
const LAST_HEADER_TIME = 1000

/** A connection of a proxy that has not said yet for whom it is. */
export class Arrival implements TransportUser, RosterMember {
  place = 0
  readonly transport: Transport
  /** When its header is late, on the clock of the turn. */
  deadline: number
  readonly #owner: ArrivalOwner
  /** What has come of the header: no more than that may have, and one piece. */
  #text = ''

  constructor(transport: Transport, owner: ArrivalOwner, deadline: number) {
    this.transport = transport
    this.#owner = owner
    this.deadline = deadline
    transport.start(new Guard(this, error => this.fail(error)))
  }

  received(text: string): void {
    const header = this.#read(text)
    if (header !== undefined) this.#owner.announced(this, header.client, header.rest)
  }

  preface(text: string): string {
    const header = this.#read(text)
    if (header === undefined) return ''
    this.#owner.announced(this, header.client, '')
    return header.rest
  }

  /** The header, once it is whole, and what has come behind it. */
  #read(text: string): { readonly client: Endpoint; readonly rest: string } | undefined {
    if (this.transport.isClosed) return undefined
    this.#text += text
    const header = readProxyHeader(this.#text)
    switch (header.kind) {
      case 'incomplete':
        return undefined
      case 'header':
        return { client: header.client ?? this.transport.remote, rest: this.#text.slice(header.length) }
      case 'missing':
        this.#giveUp({ kind: 'missing', what: 'does not begin with a PROXY header' })
        return undefined
      case 'malformed':
        this.#giveUp({ kind: 'malformed', what: `begins with a malformed PROXY header: ${header.why}` })
        return undefined
      default:
        return header satisfies never
    }
  }

  ended(): void {
    // Whoever has said nothing was to look whether somebody listens here.
    if (this.#text === '') this.transport.close()
    else this.#giveUp({ kind: 'malformed', what: 'ended before its PROXY header was whole' })
  }

  /** Acts on the deadline, which has passed. */
  expire(): void {
    this.#giveUp({ kind: 'late', what: 'did not send its PROXY header in time (RequestReadTimeout)' })
  }

  stop(now: number): void {
    this.deadline = Math.min(this.deadline, now + LAST_HEADER_TIME)
  }

  closed(): void {
    this.#owner.left(this)
  }

  fail(error: unknown): void {
    this.#owner.failed(this, error)
    this.transport.abort()
  }

  /** In the clear nothing is spoken before there is a header. */
  misspoke(): void {}

  /** Nothing is written. */
  taken(): void {}

  #giveUp(misconduct: Misconduct): void {
    this.transport.close()
    this.#owner.misbehaved(this, misconduct)
  }
}
