import type { Socket } from 'node:net'
import type { RequestPart } from '../config/config.ts'
import { type Refusal, refusal } from '../http/refusal.ts'
import type { Request } from '../http/request.ts'
import { type ReceivedRequest, RequestReader } from '../http/request-reader.ts'
import { acknowledgedBytes } from './acknowledged.ts'
import { plainAddress } from './address.ts'
import { Continuation } from './continuation.ts'
import { endSending } from './end-sending.ts'
import { Exchange } from './exchange.ts'
import type { IdleLine, Lined } from './idle-line.ts'
import { receive } from './receive.ts'
import type { Listed } from './roster.ts'
import { sendFile } from './send-file.ts'
import type { Site } from './site.ts'
import type { Client, TurnQueue } from './turn-queue.ts'

/** What a connection takes to the queue. */
export type TurnTaker = Exchange | Continuation

/** A connection among those of its network. */
export interface Seat extends Listed {
  readonly connection: Connection
}

/** What a connection needs of the server around it. */
export interface ConnectionOwner {
  readonly queue: TurnQueue<TurnTaker>
  /** The configuration in force for requests that come now. */
  readonly site: Site
  /** Whether no further request shall be taken. */
  readonly stopping: boolean
  /** Milliseconds on the clock of the turn. */
  now(): number
  exchangeEnded(exchange: Exchange): void
  reportFault(error: unknown, context: string, remoteAddress: string): void
  /** It waits for a request of which nothing has come. */
  connectionSilent(connection: Connection): void
  connectionClosed(connection: Connection): void
}

/** How long a new connection has for its first request before it may be closed for others or for a stop, in milliseconds. */
const FIRST_REQUEST_TIME = 1000
/** After the last response: how long, and for how many bytes, the client may go on sending. */
const LINGER_TIME = 2000
const LINGER_BYTES = 512 * 1024
/** Requests that come while one is under way wait in the kernel once there is so much of them, in bytes. */
const MOST_READ_AHEAD = 16 * 1024
/** How often it is looked at in each Timeout what a client takes of its response. */
const LOOKS_PER_TIMEOUT = 8

const NOTHING = Buffer.alloc(0)

/**
 * One client's connection: collects requests off-turn, takes them to the queue one after another, and carries
 * the responses.
 *
 * It is `reading` until a request is whole, `busy` while that waits or is served, and `lingering` when the last
 * response is out and the client may still be sending, which must not cost it that response (RFC 9112 §9.6).
 */
export class Connection implements Client, Listed, Lined<Connection> {
  delayCaused = 0
  place = 0
  /** Among those of its network. */
  readonly seat: Seat = { place: 0, connection: this }
  line: IdleLine<Connection> | undefined
  before: Connection | undefined
  behind: Connection | undefined
  requestsServed = 0
  readonly remoteAddress: string
  readonly remotePort: number

  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #reader = new RequestReader()
  /** Where the client came to, once that was asked. */
  #local: { readonly address: string; readonly port: number } | undefined
  #state: 'reading' | 'busy' | 'lingering' | 'closed' = 'reading'
  /** When the present state has lasted too long, on the clock of the turn. */
  #deadline: number
  /** When something happened here last, on the clock of the turn. */
  #lastEventAt: number
  #lingered = 0
  #clientEnded = false
  #writing = false
  /** How much of its responses the client had acknowledged when it had last taken enough, and when that was seen. */
  #progress: { readonly bytes: number; readonly at: number } | undefined
  /** Since when the part of a request comes that is under way. */
  #partBegun = 0
  #part: RequestPart = 'head'
  /** What every request is told. */
  #turnedAway: Refusal | undefined
  #current: TurnTaker | undefined

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    socket.on('error', ignoreReset)
    this.remoteAddress = plainAddress(socket.remoteAddress)
    this.remotePort = socket.remotePort ?? 0
    // Once the client has gone it can no longer be asked for.
    if (owner.site.logsLocalAddress) this.#local = localEnd(socket)
    this.#lastEventAt = owner.now()
    this.#deadline = this.#lastEventAt + owner.site.config.requestReadTimeout.head.least
    receive(socket, text => this.#received(text))
    socket.on('end', () => this.#endedByClient())
    socket.on('close', () => this.#closed())
  }

  /**
   * Since when nothing has come of a next request, on the clock of the turn; Infinity while something has, and
   * shortly after a connection has been opened, whose first request may be under way.
   */
  get idleSince(): number {
    if (!this.isSilent) return Number.POSITIVE_INFINITY
    const isNew = this.requestsServed === 0 && this.now() - this.#lastEventAt < FIRST_REQUEST_TIME
    return isNew ? Number.POSITIVE_INFINITY : this.#lastEventAt
  }

  /** Whether it waits for a request of which nothing has come. */
  get isSilent(): boolean {
    return this.#state === 'reading' && this.#reader.stage === 'nothing'
  }

  get localAddress(): string {
    this.#local ??= localEnd(this.#socket)
    return this.#local.address
  }

  get localPort(): number {
    this.#local ??= localEnd(this.#socket)
    return this.#local.port
  }

  get deadline(): number {
    return this.#deadline
  }

  now(): number {
    return this.#owner.now()
  }

  /** Hands bytes to the kernel in one call; false when it did not take them all yet and `taken` will follow. */
  write(bytes: Buffer, more?: Buffer): boolean {
    this.#writing = true
    if (this.#socket.destroyed) return false
    if (more !== undefined) this.#socket.cork()
    this.#socket.write(bytes)
    if (more !== undefined) {
      this.#socket.write(more)
      this.#socket.uncork()
    }
    this.#writing = this.#socket.writableLength > 0 || this.#socket.errored !== null
    if (this.#writing) this.#awaitTaking()
    return !this.#writing
  }

  /** Has the kernel take what it has room for straight from an open file, and tells how many bytes it took. */
  sendFile(descriptor: number, position: number, length: number): number {
    return sendFile(this.#socket, descriptor, position, length)
  }

  /** The present exchange goes on, if it still holds the turn, once other events have been seen to. */
  continueSoon(): void {
    setImmediate(() => {
      if (this.#current !== undefined) this.#owner.queue.ready(this.#current)
    })
  }

  /** Whether the connection will be used again after the response to this request. */
  mayPersist(request: Request): boolean {
    const { keepAlive, maxKeepAliveRequests } = this.#owner.site.config
    if (!keepAlive || !request.persistent || this.#owner.stopping) return false
    return maxKeepAliveRequests === 0 || this.requestsServed + 1 < maxKeepAliveRequests
  }

  /** The response is out, or never will be. */
  exchangeEnded(exchange: Exchange, now: number): void {
    this.#lastEventAt = now
    this.#current = undefined
    this.requestsServed++
    this.#owner.exchangeEnded(exchange)
    if (this.#state === 'closed') return
    if (exchange.connection === 'keep-alive') this.#readNext()
    else if (exchange.connection === 'close') this.#linger()
  }

  /** The client has been told to go on and send its body. */
  continued(): void {
    this.#lastEventAt = this.now()
    this.#current = undefined
    this.#awaitRequest()
  }

  /** What the connection has waited for until its deadline has not come. */
  expire(): void {
    this.#lastEventAt = this.now()
    switch (this.#state) {
      case 'reading':
        return this.#giveUpReading()
      case 'lingering':
        this.#socket.destroy()
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
    this.#socket.destroy()
  }

  /** Whatever the client asks for, it is told that there is no room; it has little time to ask. */
  turnAway(why: string): void {
    this.#turnedAway = refusal(503, why)
    this.#deadline = this.#lastEventAt + FIRST_REQUEST_TIME
  }

  /** Breaks the connection off with a reset, so that nobody takes what was sent for the whole. */
  abort(): void {
    this.#socket.resetAndDestroy()
  }

  reportFault(error: unknown, context: string): void {
    this.#owner.reportFault(error, context, this.remoteAddress)
  }

  /**
   * A callback of the write itself would cost a tick also when the kernel took all of it at once, as it nearly
   * always does: 9 % of the CPU time of a small request. So an empty write behind it tells when it has ended.
   */
  #awaitTaking(): void {
    this.#socket.write(NOTHING, this.#onTaken)
    this.#progress = undefined
    this.#deadline = this.now() + this.#owner.site.config.timeout / LOOKS_PER_TIMEOUT
  }

  /** A client that takes too little of its response, or nothing, for as long as Timeout is given up. */
  #lookAtTaking(): void {
    const { timeout, sendMinRate } = this.#owner.site.config
    const now = this.#lastEventAt
    const bytes = acknowledgedBytes(this.#socket)
    const enough = Math.max(1, (sendMinRate * timeout) / 1000)
    const hasTakenEnough = this.#progress === undefined || bytes - this.#progress.bytes >= enough
    if (hasTakenEnough || this.#progress === undefined) this.#progress = { bytes, at: now }
    if (now - this.#progress.at >= timeout) return this.abort()
    this.#deadline = Math.min(now + timeout / LOOKS_PER_TIMEOUT, this.#progress.at + timeout)
  }

  /** One function for all writes of this connection. */
  readonly #onTaken = (error?: Error | null): void => {
    if (error || !this.#writing || this.#socket.writableLength > 0) return
    this.#writing = false
    this.#deadline = Number.POSITIVE_INFINITY
    const current = this.#current
    if (current === undefined) return
    if (current.taken() === 'more') this.#owner.queue.ready(current)
    else this.#owner.queue.leave(current, at => current.complete(at))
  }

  #received(text: string): void {
    if (this.#state === 'lingering') {
      this.#lingered += text.length
      if (this.#lingered > LINGER_BYTES) this.#socket.destroy()
      return
    }
    this.#lastEventAt = this.now()
    if (this.#state === 'reading' && this.#reader.isEmpty) {
      const familiar = this.#owner.site.familiar.recall(text)
      if (familiar !== undefined) return this.#enter(familiar)
    }
    const wasSilent = this.isSilent
    this.#reader.push(text)
    // Empty lines before a head begin nothing.
    if (wasSilent && !this.isSilent) this.#beginPart('head')
    if (this.#state === 'reading') this.#read()
    if (this.#state === 'busy' && this.#reader.buffered > MOST_READ_AHEAD) this.#socket.pause()
  }

  #read(): void {
    const received = this.#reader.read(this.#owner.site.parser)
    if (typeof received === 'object') return this.#enter(received)
    const isInBody = this.#reader.stage === 'body'
    // Nobody need send a body to be told so.
    if (isInBody && this.#turnedAway !== undefined) return this.#enter(this.#reader.refuse(this.#turnedAway))
    if (received === 'continue') return this.#queue(new Continuation(this, this.#reader.line))
    if (this.#clientEnded) return this.#enter(this.#reader.end())
    if (isInBody && this.#part === 'head') this.#beginPart('body')
    this.#readOn()
  }

  /** All that has come is used up: there is room for more. */
  #readOn(): void {
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** A part of a request has a time to arrive in, however it dribbles. */
  #beginPart(part: RequestPart): void {
    this.#part = part
    this.#partBegun = this.#lastEventAt
    const deadline = this.#lastEventAt + this.#owner.site.config.requestReadTimeout[part].least
    const isEnding = this.#owner.stopping || this.#turnedAway !== undefined
    this.#deadline = isEnding ? Math.min(deadline, this.#deadline) : deadline
  }

  /** Takes up the next request, which may have come already. */
  #readNext(): void {
    if (this.#reader.stage === 'nothing' && (this.#clientEnded || this.#owner.stopping)) return this.#linger()
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
    this.#owner.connectionSilent(this)
    this.#readOn()
  }

  #giveUpReading(): void {
    const { stage } = this.#reader
    if (stage === 'nothing' || this.#owner.stopping) return this.#linger()
    const { least, most, minRate } = this.#owner.site.config.requestReadTimeout[this.#part]
    const added = minRate === undefined ? 0 : Math.floor(this.#reader.partReceived / minRate) * 1000
    const deadline = this.#partBegun + Math.min(least + added, most)
    if (deadline > this.#lastEventAt && this.#turnedAway === undefined) {
      this.#deadline = deadline
      return
    }
    this.#enter(this.#reader.refuse(refusal(408, `The ${stage} did not arrive in time (RequestReadTimeout)`)))
  }

  #enter(asked: ReceivedRequest): void {
    const received = this.#turnedAway === undefined ? asked : refuseReceived(asked, this.#turnedAway)
    this.#queue(new Exchange(this, this.#owner.site, received, this.#lastEventAt))
  }

  #queue(taker: TurnTaker): void {
    this.#state = 'busy'
    this.#deadline = Number.POSITIVE_INFINITY
    this.#current = taker
    this.#owner.queue.enter(taker, this.#lastEventAt)
  }

  #linger(): void {
    this.#state = 'lingering'
    this.#reader.clear()
    this.#deadline = this.now() + LINGER_TIME
    if (this.#clientEnded || !endSending(this.#socket)) this.#socket.end()
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  #endedByClient(): void {
    this.#clientEnded = true
    this.#lastEventAt = this.now()
    // While busy it still gets its responses.
    if (this.#state === 'lingering') this.#socket.destroy()
    else if (this.#state === 'reading' && this.isSilent) this.#linger()
    else if (this.#state === 'reading') this.#enter(this.#reader.end())
  }

  #closed(): void {
    this.#state = 'closed'
    this.#reader.clear()
    const current = this.#current
    if (current !== undefined) this.#owner.queue.leave(current, at => current.abandon(at))
    this.#owner.connectionClosed(this)
  }
}

function refuseReceived({ request, line, size }: ReceivedRequest, why: Refusal): ReceivedRequest {
  return { request: { kind: 'refused', refusal: why, head: request.head }, line, size, text: undefined }
}

function localEnd(socket: Socket): { address: string; port: number } {
  return { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 }
}

/** A reset is a client's way to hang up; 'close' follows and says all there is to say. */
export function ignoreReset(): void {}
