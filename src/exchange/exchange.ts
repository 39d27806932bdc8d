import type { Host } from '../config/config.ts'
import { isOutOfDescriptors } from '../files/descriptors.ts'
import type { Peer } from '../http/request/peer.ts'
import type { RefusedRequest, Request } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import type { ConnectionOption } from '../http/response/response-head.ts'
import type { Identity } from '../site/access.ts'
import { CachedResponse } from '../site/cached-response.ts'
import type { Reason } from '../site/reason.ts'
import type { Preparation, Reply, Response } from '../site/response.ts'
import type { Site } from '../site/site.ts'
import type { ServerState } from '../site/step.ts'
import { wallClock } from '../turn/clock.ts'
import type { KnownClient, TurnTaker } from '../turn/turn-taker.ts'
import { type EndedExchange, ExchangeRecord, methodOf } from './exchange-record.ts'
import { type ByteSender, type Progress, ResponseWriter } from './response-writer.ts'

/** How long a response is prepared at a time, in milliseconds. */
const PREPARATION_TIME = 0.5
const FAULT: Reason = { kind: 'fault' }

/** The client that an exchange is with, and the way to it. */
export interface ExchangeClient extends KnownClient, ByteSender {
  readonly peer: Peer
  /** Whether a PROXY header has named it. */
  readonly isAnnounced: boolean
  /** The other end of the connection: the client itself, or a proxy. */
  readonly connectionAddress: string
  /** Where it came to. */
  readonly localAddress: string
  readonly localPort: number
  readonly requestsServed: number
  readonly serverState: ServerState
  /** Milliseconds on the clock of the turn. */
  now(): number
  /** The exchange goes on, if it still holds the turn, once other events have been seen to. */
  continueSoon(): void
  mayPersist(request: Request): boolean
  /** Whether something of a next request has come. */
  readonly isAskingOn: boolean
  /**
   * Keeps a whole response back, to send it in one write with that to the next request, which has come.
   *
   * @returns Whether it was kept: its exchange is told then when it is sent.
   */
  hold(exchange: HeldExchange, bytes: Buffer, more?: Buffer): boolean
  /** An exchange whose response is held has ended its turn. */
  goOnHolding(now: number): void
  /** Sends what is held; false when not all of it is taken yet, and {@link Exchange.taken} will be called. */
  sendHeld(): boolean
  /**
   * The response is out, or never will be.
   *
   * @param connection What is to become of the connection, or has.
   * @param now On the clock of the turn.
   */
  exchangeEnded(connection: EndedExchange['connection'], now: number): void
  /** Breaks the connection off. */
  abort(): void
  /** @param address Of the client, where that is not the connection's. */
  reportFault(error: unknown, context: string, address?: string): void
}

/** Its response is whole and kept back. */
export interface HeldExchange {
  /** The kernel has taken its last byte. */
  sent(now: number): void
  /** It never will. */
  abandon(now: number): void
}

/** Is told of every exchange that has ended. */
export interface ExchangeObserver {
  exchangeEnded(record: ExchangeRecord): void
}

/**
 * One request and its response: what is served in a turn.
 *
 * Its times are milliseconds on the clock of the turn.
 */
export class Exchange implements TurnTaker, EndedExchange, HeldExchange {
  readonly client: ExchangeClient
  /** Who asks. */
  readonly peer: Peer
  readonly #site: Site
  readonly #observer: ExchangeObserver
  readonly received: ReceivedRequest
  readonly arrivedAt: number
  readonly keepAliveRequests: number
  readonly #begun: number
  readonly #writer: ResponseWriter

  #identity: Identity | undefined
  /** How long that has taken before the turn was waited for, in milliseconds. */
  #preparedFor = 0
  #preparation: Preparation | undefined
  response: Response | undefined
  because: Reason | undefined
  #persistent = false
  #isHeld = false
  #ended = false
  waited = 0
  turns = 0
  duration = 0
  connection: EndedExchange['connection'] = 'close'

  /**
   * @param peer The client of the connection, or one whom a proxy at its other end has named.
   * @param now On the clock of the turn.
   */
  constructor(
    client: ExchangeClient,
    peer: Peer,
    site: Site,
    received: ReceivedRequest,
    now: number,
    observer: ExchangeObserver,
  ) {
    this.client = client
    this.peer = peer
    this.#site = site
    this.#observer = observer
    this.received = received
    this.keepAliveRequests = client.requestsServed
    this.arrivedAt = wallClock(now)
    this.#begun = now
    this.#writer = new ResponseWriter(client)
  }

  /** Finds out who asks, where that is required; a promise where that takes longer than a turn may. */
  prepare(): Promise<void> | undefined {
    const found = this.#site.identify(this.received, this.peer, this.client, this.arrivedAt)
    if (!(found instanceof Promise)) {
      this.#identity = found
      return undefined
    }
    return found.then(identity => {
      this.#identity = identity
      this.#preparedFor = this.client.now() - this.#begun
    })
  }

  beginTurn(waited: number): void {
    this.turns++
    this.waited += waited
  }

  advance(): 'finished' | 'waiting' {
    try {
      return this.#advance()
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** The kernel has taken what was written last: is there more? */
  taken(): 'all' | 'more' {
    return this.response === undefined ? 'more' : this.#writer.taken()
  }

  /** The kernel has taken the last byte, or the response is held. */
  complete(now: number): void {
    if (this.#isHeld) return this.client.goOnHolding(now)
    const { cutShort } = this.#writer
    if (cutShort !== undefined) {
      this.#reportFault(cutShort)
      this.client.abort()
      return this.#end('aborted', now)
    }
    this.#end(this.#persistent ? 'keep-alive' : 'close', now)
  }

  sent(now: number): void {
    this.#writer.taken()
    this.#end('keep-alive', now)
  }

  failed(error: unknown): void {
    this.#reportFault(error)
    this.#breakOff()
  }

  /** The connection is gone; what was not taken by then never was sent. */
  abandon(now: number): void {
    this.because ??= this.#site.reasonOfUnanswered(this.received)
    this.#end('aborted', now)
  }

  #advance(): 'finished' | 'waiting' {
    if (this.response !== undefined) return this.#goOn(this.#writer.continue())
    const reply = this.#preparation ?? this.#reply()
    if ('response' in reply) return this.#begin(reply)
    this.#preparation = reply
    const prepared = this.#prepare(reply)
    if (prepared !== undefined) return this.#begin(prepared)
    if (this.client.sendHeld()) this.client.continueSoon()
    return 'waiting'
  }

  /** Works for a while on the response; undefined while it is not ready. */
  #prepare(preparation: Preparation): Reply | undefined {
    const until = this.client.now() + PREPARATION_TIME
    do {
      const step = preparation.next()
      if (step.done === true) return step.value
    } while (this.client.now() < until)
    return undefined
  }

  #reply(): Reply | Preparation {
    const { request } = this.received
    // The wall clock now, without asking it: arrival plus wait.
    const now = this.arrivedAt + this.#preparedFor + this.waited
    if (request.kind === 'request') {
      const { peer, client } = this
      const { serverState } = client
      const context = { request, peer, local: client, identity: this.#identity, serverState, now }
      return this.#site.respond(context, this.received)
    }
    const { status, reason } = request.refusal
    return this.#respondWithError(status, { kind: 'refused', what: reason }, now)
  }

  #respondWithError(status: number, because: Reason, now: number): Reply {
    const host = this.#site.hostOf(this.received, this.client)
    return this.#site.respondWithError(status, because, methodOf(this.received), now, host)
  }

  #begin({ response, because }: Reply): 'finished' | 'waiting' {
    this.response = response
    this.because = because
    this.#persistent = this.#request.kind === 'request' && this.client.mayPersist(this.#request)
    if (this.client.isAskingOn && this.#leave(response)) return 'finished'
    const progress = this.#writer.begin(response, this.#connectionOption())
    if (progress === 'waiting' && response instanceof CachedResponse) this.response = response.letGo()
    return this.#goOn(progress)
  }

  /** Leaves the response to its client, to be sent with the next one. */
  #leave(response: Response): boolean {
    if (!this.#persistent || !(response instanceof CachedResponse)) return false
    this.#isHeld = this.#writer.leave(response, this.#connectionOption(), (bytes, more) =>
      this.client.hold(this, bytes, more),
    )
    return this.#isHeld
  }

  #goOn(progress: Progress): 'finished' | 'waiting' {
    if (progress === 'more') this.client.continueSoon()
    return progress === 'all' ? 'finished' : 'waiting'
  }

  #connectionOption(): ConnectionOption {
    if (!this.#persistent) return 'close'
    return this.#request.head?.line.version === '1.0' ? 'keep-alive' : undefined
  }

  get remoteAddress(): string {
    return this.peer.address
  }

  get remotePort(): number {
    return this.peer.port
  }

  get user(): string | undefined {
    return this.#identity?.credentials.user
  }

  get bytesSent(): number {
    return this.#writer.bytesSent
  }

  get headSize(): number {
    return this.#writer.headSize
  }

  get host(): Host {
    return this.#site.hostOf(this.received, this.client).settings
  }

  get requestLine(): string {
    return this.received.line
  }

  /** Bytes of the whole response, its head included; undefined while it is undecided. */
  get bytesTotal(): number | undefined {
    return this.response === undefined ? undefined : this.#writer.bytesTotal
  }

  /**
   * Our own fault, 500, or no more files can be opened, 503. Once something was sent, the only honest end is to
   * break the connection off.
   */
  #fail(error: unknown): 'finished' | 'waiting' {
    this.#reportFault(error)
    if (this.response !== undefined) return this.#breakOff()
    try {
      const status = isOutOfDescriptors(error) ? 503 : 500
      return this.#begin(this.#respondWithError(status, FAULT, Date.now()))
    } catch (second) {
      this.#reportFault(second)
      return this.#breakOff()
    }
  }

  #reportFault(error: unknown): void {
    this.client.reportFault(error, this.requestLine, this.remoteAddress)
  }

  #breakOff(): 'finished' {
    this.client.abort()
    this.abandon(this.client.now())
    return 'finished'
  }

  #end(connection: EndedExchange['connection'], now: number): void {
    if (this.#ended) return
    this.#ended = true
    this.connection = connection
    this.duration = Math.round((now - this.#begun) * 1000)
    this.#preparation?.[Symbol.dispose]()
    this.response?.file?.[Symbol.dispose]()
    this.response?.holds?.[Symbol.dispose]()
    this.#observer.exchangeEnded(new ExchangeRecord(this))
    if (!this.#isHeld) this.client.exchangeEnded(connection, now)
  }

  get #request(): Request | RefusedRequest {
    return this.received.request
  }
}
