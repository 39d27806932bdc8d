import type { RequestPart } from '../config/config.ts'
import type { ExchangeClient, HeldExchange } from '../exchange/exchange.ts'
import type { Peer } from '../http/request/peer.ts'
import { type Refusal, refusal } from '../http/request/refusal.ts'
import type { Request } from '../http/request/request.ts'
import { type ReceivedRequest, RequestReader, refuseReceived } from '../http/request/request-reader.ts'
import type { Site } from '../site/site.ts'
import type { ServerState } from '../site/step.ts'
import type { TurnQueue } from '../turn/turn-queue.ts'
import type { KnownClient, TurnTaker } from '../turn/turn-taker.ts'
import { ContinueResponse } from './continue-response.ts'
import { Guard } from './guard.ts'
import { HeldResponses } from './held-responses.ts'
import type { IdleLine, IdleLineMember } from './idle-line.ts'
import type { Misconduct } from './proxied/arrival.ts'
import type { RosterMember } from './roster.ts'
import { SendProgress } from './send-progress.ts'
import type { Endpoint, Transport, TransportUser } from './transport.ts'

/** Where a connection stands in the roster of its network. */
export interface Seat extends RosterMember {
  readonly connection: Connection
}

/**
 * Whether a connection was admitted, or which limit kept it out: all connections, those of its address, or
 * descriptors.
 */
export type Admission = 'admitted' | 'full' | 'perAddress' | 'descriptors'

/** What a connection needs of the server around it. */
export interface ConnectionOwner {
  readonly queue: TurnQueue<TurnTaker>
  /** The configuration in force for requests that come now. */
  readonly site: Site
  /** While it is `stopping` connections take no further request, and while `draining` they end with the next one. */
  readonly serverState: ServerState
  /** Milliseconds on the clock of the turn. */
  now(): number
  /** Makes the exchange of a request that came at `now`, on the clock of the turn. */
  makeExchange(client: ExchangeClient, received: ReceivedRequest, now: number): TurnTaker
  reportFault(error: unknown, context: string, remoteAddress: string): void
  /** Tells of a fault that belongs to no request. */
  reportProblem(what: string, error: unknown): void
  /** A connection waits for a request of which nothing has come. */
  connectionIdle(connection: Connection): void
  connectionClosed(connection: Connection): void
  /** There was no room for the connection of a client. */
  turnedAway(why: Exclude<Admission, 'admitted'>, client: Endpoint): void
  /** A connection was closed that did not begin with a PROXY header. */
  misbehaved(misconduct: Misconduct, proxy: Endpoint): void
}

/** How long a new connection has for its first request before it may be closed for others or for a stop, in milliseconds. */
const FIRST_REQUEST_TIME = 1000
/**
 * After the last response: how long, and for how many bytes, the client may go on sending. Kernels hold less
 * on the way, so that a client that looks for its response while it sends gets it before any reset (RFC 9112 §9.6).
 */
const LINGER_TIME = 2000
const LINGER_BYTES = 16 * 1024 * 1024
/** Bytes of further requests that are held while one is under way; beyond them the client is read no further. */
const MOST_READ_AHEAD = 16 * 1024

/**
 * One client's connection: collects requests off-turn, takes them to the queue one after another, and carries
 * the responses.
 *
 * It is `reading` until a request is whole, `busy` while that waits or is served, and `lingering` when the last
 * response is out and the client may still be sending, which must not cost it that response (RFC 9112 §9.6).
 */
export class Connection
  implements KnownClient, ExchangeClient, TransportUser, RosterMember, IdleLineMember<Connection>
{
  delayCaused = 0
  place = 0
  /** Its place in the roster of its network. */
  readonly seat: Seat = { place: 0, connection: this }
  line: IdleLine<Connection> | undefined
  before: Connection | undefined
  behind: Connection | undefined
  requestsServed = 0

  readonly #transport: Transport
  /** The other end, where that has said who the client is. */
  readonly #proxy: Endpoint | undefined
  readonly #owner: ConnectionOwner
  readonly #reader = new RequestReader()
  #state: 'reading' | 'busy' | 'lingering' | 'closed' = 'reading'
  /** When the present state has lasted too long, on the clock of the turn. */
  #deadline: number
  /** When something happened here last, on the clock of the turn. */
  #lastEventAt: number
  #lingered = 0
  #clientEnded = false
  readonly #progress = new SendProgress()
  /** When the part of a request that is under way began to arrive, on the clock of the turn. */
  #partBegun = 0
  #part: RequestPart = 'head'
  /** The answer to every request: there was no room for the connection, or it speaks what is not spoken here. */
  #refusal: Refusal | undefined
  #current: TurnTaker | undefined
  /** Go out together with the response of the present exchange. */
  #held: HeldResponses | undefined
  /** The next request, while the response before it is held. */
  #next: ReceivedRequest | undefined
  /** Whether the next request waits for `100 Continue`. */
  #mustContinue = false
  /** Whether the present request waits for something before it may wait for its turn. */
  #isPreparing = false

  /** @param client As a proxy has said at the beginning; whatever follows is of that. */
  constructor(transport: Transport, owner: ConnectionOwner, client?: Endpoint) {
    this.#proxy = client === undefined ? undefined : transport.remote
    this.#transport = transport
    this.#owner = owner
    this.#lastEventAt = owner.now()
    this.#deadline = this.#lastEventAt + owner.site.config.requestReadTimeout.head.least
    const guard = new Guard(this, error => this.fail(error))
    if (client === undefined) transport.start(guard)
    else transport.handOver(guard, client)
  }

  /**
   * How long the connection has been idle: since this time on the clock of the turn. Infinity while a request
   * is coming, and shortly after the connection was opened, when its first request may be under way.
   */
  get idleSince(): number {
    if (!this.isIdle) return Number.POSITIVE_INFINITY
    const isNew = this.requestsServed === 0 && this.now() - this.#lastEventAt < FIRST_REQUEST_TIME
    return isNew ? Number.POSITIVE_INFINITY : this.#lastEventAt
  }

  /** Whether it waits for a request of which nothing has come. */
  get isIdle(): boolean {
    return this.#state === 'reading' && this.#reader.stage === 'nothing'
  }

  /** The client, asked for with the first request: it may be learnt only after the connection is made. */
  get peer(): Peer {
    return this.#transport.remote
  }

  get remoteAddress(): string {
    return this.peer.address
  }

  get remotePort(): number {
    return this.peer.port
  }

  get isAnnounced(): boolean {
    return this.#proxy !== undefined
  }

  get connectionAddress(): string {
    return (this.#proxy ?? this.peer).address
  }

  get localAddress(): string {
    return this.#transport.local.address
  }

  get localPort(): number {
    return this.#transport.local.port
  }

  get deadline(): number {
    return this.#deadline
  }

  get serverState(): ServerState {
    return this.#owner.serverState
  }

  now(): number {
    return this.#owner.now()
  }

  /** Hands bytes over in one call; false when not all of them are taken yet, and `taken` will follow. */
  write(bytes: Buffer, more?: Buffer): boolean {
    if (this.#held === undefined) return this.#write(bytes, more)
    if (!this.#write(this.#held.followedBy(bytes), more)) return false
    this.#heldTaken()
    return true
  }

  sendHeld(): boolean {
    if (this.#held === undefined) return true
    if (!this.#write(this.#held.bytes)) return false
    this.#heldTaken()
    return true
  }

  #write(bytes: Buffer, more?: Buffer): boolean {
    if (this.#transport.write(bytes, more)) return true
    this.#deadline = this.#progress.wait(this.now(), this.#owner.site.config)
    return false
  }

  /** Sends bytes of an open file without a copy, as many as can be, and tells how many were taken. */
  sendFile(descriptor: number, position: number, length: number): number {
    return this.#transport.sendFile?.(descriptor, position, length) ?? 0
  }

  /** Continues the present exchange after other events, if it still holds the turn. */
  continueSoon(): void {
    setImmediate(() => {
      try {
        if (this.#current !== undefined) this.#owner.queue.ready(this.#current)
      } catch (error) {
        this.fail(error)
      }
    })
  }

  /** Whether the connection will be used again after the response to this request. */
  mayPersist(request: Request): boolean {
    const { keepAlive, maxKeepAliveRequests } = this.#owner.site.config
    if (!keepAlive || !request.persistent || this.serverState !== 'running') return false
    return maxKeepAliveRequests === 0 || this.requestsServed + 1 < maxKeepAliveRequests
  }

  get isAskingOn(): boolean {
    // Nothing is held back while a password is checked.
    return this.#reader.buffered > 0 && !this.#owner.site.asksForUsers
  }

  hold(exchange: HeldExchange, bytes: Buffer, more?: Buffer): boolean {
    const held = this.#held ?? new HeldResponses()
    if (!held.hasRoomFor(bytes, more)) return false
    this.#next = this.#takeNext()
    if (this.#next === undefined) return false
    held.add(exchange, bytes, more)
    this.#held = held
    return true
  }

  goOnHolding(now: number): void {
    this.#lastEventAt = now
    this.#current = undefined
    this.requestsServed++
    try {
      const next = this.#next
      if (next === undefined) throw new Error('A response is held with nothing to follow')
      this.#next = undefined
      const exchange = this.#owner.makeExchange(this, next, now)
      this.#occupyWith(exchange)
      this.#owner.queue.follow(exchange, now)
    } catch (error) {
      this.fail(error)
    }
  }

  exchangeEnded(connection: 'aborted' | 'keep-alive' | 'close', now: number): void {
    this.#lastEventAt = now
    this.#current = undefined
    this.requestsServed++
    try {
      if (this.#state === 'closed') return
      if (connection === 'keep-alive') this.#readNext()
      else if (connection === 'close') this.#linger()
    } catch (error) {
      this.fail(error)
    }
  }

  /** `100 Continue` was sent. */
  continued(): void {
    this.#lastEventAt = this.now()
    this.#current = undefined
    this.#awaitRequest()
  }

  /** Acts on a deadline that has passed. */
  expire(): void {
    try {
      this.#expire()
    } catch (error) {
      this.fail(error)
    }
  }

  #expire(): void {
    this.#lastEventAt = this.now()
    switch (this.#state) {
      case 'reading':
        return this.#giveUpReading()
      case 'lingering':
        this.#transport.close()
        return
      case 'busy':
        return this.#lookAtTaking()
      case 'closed':
        return
      default:
        return this.#state satisfies never
    }
  }

  /**
   * Ends the connection after the present response, or now if no request is whole yet; but a client that has only
   * just come, whose first request may be under way, gets that answered.
   */
  stop(): void {
    if (this.#state !== 'reading') return
    const newUntil = this.#lastEventAt + FIRST_REQUEST_TIME
    if (this.requestsServed === 0 && this.now() < newUntil) this.#deadline = newUntil
    else this.#linger()
  }

  /** Makes room for another connection: this one is idle. */
  evict(): void {
    this.#state = 'closed'
    this.#transport.close()
  }

  /** Answers whatever the client asks for with 503; it has little time to ask. */
  turnAway(why: string): void {
    this.#refusal = refusal(503, why)
    this.#deadline = this.#lastEventAt + FIRST_REQUEST_TIME
  }

  misspoke(): void {
    this.#refusal ??= refusal(400, 'The client speaks HTTP where HTTPS is spoken')
  }

  /** Breaks the connection off with a reset, so that nobody takes what was sent for the whole. */
  abort(): void {
    this.#transport.abort()
  }

  reportFault(error: unknown, context: string, address = this.remoteAddress): void {
    this.#owner.reportFault(error, context, address)
  }

  /** A fault of ours costs this connection, and no other. */
  fail(error: unknown): void {
    this.reportFault(error, this.#current?.requestLine ?? this.#reader.line)
    this.abort()
  }

  /** Gives up a client that has taken too little of its response for as long as Timeout. */
  #lookAtTaking(): void {
    const { acknowledgedBytes } = this.#transport
    const next = this.#progress.look(acknowledgedBytes, this.#lastEventAt, this.#owner.site.config)
    if (next === undefined) this.abort()
    else this.#deadline = next
  }

  taken(): void {
    this.#deadline = Number.POSITIVE_INFINITY
    this.#progress.taken(this.now())
    this.#heldTaken()
    const current = this.#current
    if (current === undefined) return
    if (current.taken() === 'more') this.#owner.queue.ready(current)
    else this.#owner.queue.leave(current, at => current.complete(at))
  }

  /** Takes what has come before the transport had this user. */
  catchUp(text: string): void {
    try {
      if (text !== '') this.received(text)
    } catch (error) {
      this.fail(error)
    }
  }

  received(text: string): void {
    if (this.#state === 'lingering') {
      this.#lingered += text.length
      if (this.#lingered > LINGER_BYTES) this.#transport.close()
      return
    }
    this.#lastEventAt = this.now()
    if (this.#state === 'reading' && this.#reader.isEmpty) {
      const known = this.#owner.site.cache.recall(text)
      if (known !== undefined) return this.#enter(known)
    }
    const wasIdle = this.isIdle
    this.#reader.push(text)
    // Empty lines before a head are no part of a request.
    if (wasIdle && !this.isIdle) this.#beginPart('head')
    if (this.#state === 'reading') this.#read()
    if (this.#state === 'busy' && this.#reader.buffered > MOST_READ_AHEAD) this.#transport.pause()
  }

  /** The next request, if it is whole. */
  #takeNext(): ReceivedRequest | undefined {
    const { cache, parser } = this.#owner.site
    const next = this.#reader.readKnown((text, at) => cache.recallAt(text, at)) ?? this.#reader.read(parser)
    this.#mustContinue = next === 'continue'
    return typeof next === 'object' ? next : undefined
  }

  #heldTaken(): void {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    held.sent(this.now())
  }

  #read(): void {
    const received = this.#mustContinue ? 'continue' : this.#reader.read(this.#owner.site.parser)
    this.#mustContinue = false
    if (typeof received === 'object') return this.#enter(received)
    const isInBody = this.#reader.stage === 'body'
    // A client need not send its body first to be turned away.
    if (isInBody && this.#refusal !== undefined) return this.#enter(this.#reader.refuse(this.#refusal))
    if (received === 'continue') return this.#queue(new ContinueResponse(this, this.#reader.line))
    if (this.#clientEnded) return this.#enter(this.#reader.end())
    if (isInBody && this.#part === 'head') this.#beginPart('body')
    this.#readOn()
  }

  /** Reads on, now that all that has come is used up. */
  #readOn(): void {
    if (this.#transport.isPaused) this.#transport.resume()
  }

  /** Starts the time that RequestReadTimeout gives a part of a request. */
  #beginPart(part: RequestPart): void {
    this.#part = part
    this.#partBegun = this.#lastEventAt
    const deadline = this.#lastEventAt + this.#owner.site.config.requestReadTimeout[part].least
    const isEnding = this.serverState === 'stopping' || this.#refusal !== undefined
    this.#deadline = isEnding ? Math.min(deadline, this.#deadline) : deadline
  }

  /** Begins with the next request, of which some may have come already. */
  #readNext(): void {
    if (this.#reader.stage === 'nothing' && (this.#clientEnded || this.serverState === 'stopping'))
      return this.#linger()
    this.#awaitRequest()
  }

  #awaitRequest(): void {
    this.#state = 'reading'
    const { stage } = this.#reader
    if (stage !== 'nothing') {
      this.#beginPart(stage)
      return this.#read()
    }
    this.#deadline = this.#lastEventAt + this.#owner.site.config.keepAliveTimeout
    this.#owner.connectionIdle(this)
    this.#readOn()
  }

  #giveUpReading(): void {
    const { stage } = this.#reader
    if (stage === 'nothing' || this.serverState === 'stopping') return this.#linger()
    const { least, most, minRate } = this.#owner.site.config.requestReadTimeout[this.#part]
    const added = minRate === undefined ? 0 : Math.floor(this.#reader.partReceived / minRate) * 1000
    const deadline = this.#partBegun + Math.min(least + added, most)
    if (deadline > this.#lastEventAt && this.#refusal === undefined) {
      this.#deadline = deadline
      return
    }
    this.#enter(this.#reader.refuse(refusal(408, `The ${stage} did not arrive in time (RequestReadTimeout)`)))
  }

  #enter(asked: ReceivedRequest): void {
    const received = this.#refusal === undefined ? asked : refuseReceived(asked, this.#refusal)
    this.#queue(this.#owner.makeExchange(this, received, this.#lastEventAt))
  }

  #queue(taker: TurnTaker): void {
    this.#occupyWith(taker)
    const preparation = this.#owner.site.asksForUsers ? taker.prepare?.() : undefined
    if (preparation === undefined) return this.#owner.queue.enter(taker, this.#lastEventAt)
    this.#isPreparing = true
    preparation.then(() => this.#prepared(taker)).catch((error: unknown) => this.fail(error))
  }

  /** What had to be waited for is there; its client may have gone meanwhile. */
  #prepared(taker: TurnTaker): void {
    if (taker !== this.#current || !this.#isPreparing) return
    this.#isPreparing = false
    this.#owner.queue.enter(taker)
  }

  #occupyWith(taker: TurnTaker): void {
    this.#state = 'busy'
    this.#deadline = Number.POSITIVE_INFINITY
    this.#progress.begin()
    this.#current = taker
  }

  #linger(): void {
    this.#state = 'lingering'
    this.#reader.clear()
    this.#deadline = this.now() + LINGER_TIME
    this.#transport.endSending()
    this.#readOn()
  }

  ended(): void {
    this.#clientEnded = true
    this.#lastEventAt = this.now()
    // A client that has ended its side still gets the responses to what it asked.
    if (this.#state === 'lingering') this.#transport.close()
    else if (this.#state === 'reading' && this.isIdle) this.#linger()
    else if (this.#state === 'reading') this.#enter(this.#reader.end())
  }

  closed(): void {
    this.#state = 'closed'
    this.#reader.clear()
    const current = this.#current
    try {
      this.#held?.abandon(this.now())
      if (this.#isPreparing) current?.abandon(this.now())
      else if (current !== undefined) this.#owner.queue.leave(current, at => current.abandon(at))
    } finally {
      this.#owner.connectionClosed(this)
    }
  }
}
