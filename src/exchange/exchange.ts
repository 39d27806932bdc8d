import type { Config } from '../config/config.ts'
import { isOutOfDescriptors } from '../files/descriptors.ts'
import type { Peer } from '../http/request/peer.ts'
import type { RefusedRequest, Request } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import { type ConnectionOption, formatResponseHead } from '../http/response/response-head.ts'
import { CachedResponse } from '../site/cached-response.ts'
import type { Reason } from '../site/reason.ts'
import type { Answered, Preparation, Response } from '../site/response.ts'
import type { Site } from '../site/site.ts'
import { wallClock } from '../turn/clock.ts'
import type { KnownClient, TurnTaker } from '../turn/turn-taker.ts'
import { type EndedExchange, ExchangeRecord, methodOf } from './exchange-record.ts'
import { ResponseBody } from './response-body.ts'

/** The most that is handed to the kernel at a time, in bytes. */
const CHUNK_SIZE = 256 * 1024
/** From so many bytes that are left to the kernel on, the head goes ahead alone, so that it can send all of them. */
const MUCH_OF_A_FILE = 64 * 1024
/** How long a response is prepared at a time, in milliseconds. */
const PREPARATION_TIME = 0.5
const FAULT: Reason = { kind: 'fault' }

/** The client that an exchange is with, and the way to it. */
export interface ExchangeClient extends KnownClient {
  readonly peer: Peer
  /** Where it came to. */
  readonly localAddress: string
  readonly localPort: number
  readonly requestsServed: number
  /** Milliseconds on the clock of the turn. */
  now(): number
  /** As a Transport does. */
  write(bytes: Buffer, more?: Buffer): boolean
  sendFile(descriptor: number, position: number, length: number): number
  /** The exchange goes on, if it still holds the turn, once other events have been seen to. */
  continueSoon(): void
  mayPersist(request: Request): boolean
  /**
   * The response is out, or never will be.
   *
   * @param connection What is to become of the connection, or has.
   * @param now On the clock of the turn.
   */
  exchangeEnded(connection: EndedExchange['connection'], now: number): void
  /** Breaks the connection off. */
  abort(): void
  reportFault(error: unknown, context: string): void
}

/** Is told of every exchange that has ended. */
export interface ExchangeObserver {
  exchangeEnded(record: ExchangeRecord): void
}

/** A chunk buffer not in use; with one request in service there is seldom need of a second. */
let spareChunk: Buffer | undefined

/**
 * One request and its response: what is served in a turn.
 *
 * Its times are milliseconds on the clock of the turn.
 */
export class Exchange implements TurnTaker, EndedExchange {
  readonly client: ExchangeClient
  readonly #site: Site
  readonly #observer: ExchangeObserver
  readonly received: ReceivedRequest
  readonly arrivedAt: number
  readonly keepAliveRequests: number
  readonly #begun: number

  #preparation: Preparation | undefined
  response: Response | undefined
  because: Reason | undefined
  #body: ResponseBody | undefined
  /** The buffer whose bytes the kernel has not all taken yet. */
  #chunk: Buffer | undefined
  #unsent = 0
  headSize = 0
  #persistent = false
  #ended = false
  waited = 0
  bytesSent = 0
  turns = 0
  duration = 0
  connection: EndedExchange['connection'] = 'close'

  /** @param now On the clock of the turn. */
  constructor(
    client: ExchangeClient,
    site: Site,
    received: ReceivedRequest,
    now: number,
    observer: ExchangeObserver,
  ) {
    this.client = client
    this.#site = site
    this.#observer = observer
    this.received = received
    this.keepAliveRequests = client.requestsServed
    this.arrivedAt = wallClock(now)
    this.#begun = now
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
    this.bytesSent += this.#unsent
    this.#unsent = 0
    if (this.#chunk !== undefined) spareChunk = this.#chunk
    this.#chunk = undefined
    return this.#body !== undefined && this.#body.left > 0 ? 'more' : 'all'
  }

  /** The kernel has taken the last byte. */
  complete(now: number): void {
    if (this.#body?.isCutShort === true) {
      this.client.reportFault(this.#body.cutShort, this.requestLine)
      this.client.abort()
      return this.#end('aborted', now)
    }
    this.#end(this.#persistent ? 'keep-alive' : 'close', now)
  }

  failed(error: unknown): void {
    this.client.reportFault(error, this.requestLine)
    this.#breakOff()
  }

  /** The connection is gone; what was not taken by then never was sent. */
  abandon(now: number): void {
    this.#end('aborted', now)
  }

  #advance(): 'finished' | 'waiting' {
    if (this.response !== undefined) return this.#continue()
    const answer = this.#preparation ?? this.#answer()
    if ('response' in answer) return this.#begin(answer)
    this.#preparation = answer
    const prepared = this.#prepare(answer)
    if (prepared !== undefined) return this.#begin(prepared)
    this.client.continueSoon()
    return 'waiting'
  }

  /** Works for a while on the response; undefined while it is not ready. */
  #prepare(preparation: Preparation): Answered | undefined {
    const until = this.client.now() + PREPARATION_TIME
    do {
      const step = preparation.next()
      if (step.done === true) return step.value
    } while (this.client.now() < until)
    return undefined
  }

  #send(bytes: Buffer, more?: Buffer): 'finished' | 'waiting' {
    return this.#write(bytes, more) ? this.#goOn() : 'waiting'
  }

  /** Whether the kernel has taken all of it at once. */
  #write(bytes: Buffer, more?: Buffer): boolean {
    this.#unsent = bytes.length + (more?.length ?? 0)
    if (!this.client.write(bytes, more)) return false
    this.taken()
    return true
  }

  /** The kernel has taken all it was handed. */
  #goOn(): 'finished' | 'waiting' {
    if (this.#body === undefined || this.#body.left === 0) return 'finished'
    this.client.continueSoon()
    return 'waiting'
  }

  #answer(): Answered | Preparation {
    const { request } = this.received
    // The wall clock now, without asking it: arrival plus wait.
    const now = this.arrivedAt + this.waited
    if (request.kind === 'request') {
      return this.#site.respond({ request, peer: this.client.peer, now }, this.received)
    }
    const { status, reason } = request.refusal
    return this.#site.respondWithError(
      status,
      { kind: 'refused', what: reason },
      methodOf(this.received),
      now,
    )
  }

  /** Sends the head, and a first chunk of the body: with it in one write, unless it is much of an open file. */
  #begin({ response, because }: Answered): 'finished' | 'waiting' {
    this.response = response
    this.because = because
    this.#persistent = this.#request.kind === 'request' && this.client.mayPersist(this.#request)
    const option = this.#connectionOption()
    if (response instanceof CachedResponse) return this.#repeat(response, option)
    const body = new ResponseBody(response.parts, response.file)
    this.#body = body
    const head = formatResponseHead(response.status, response.fields, option)
    this.headSize = head.length
    if (body.fileAhead < MUCH_OF_A_FILE) return this.#send(this.#nextChunk(body, head, CHUNK_SIZE))
    return this.#write(Buffer.from(head, 'latin1')) ? this.#continue() : 'waiting'
  }

  #repeat(response: CachedResponse, option: ConnectionOption): 'finished' | 'waiting' {
    const { bytes, headSize, body } = response.message(option)
    this.headSize = headSize
    const outcome = this.#send(bytes, body)
    if (outcome === 'waiting') this.response = response.letGo()
    return outcome
  }

  #connectionOption(): ConnectionOption {
    if (!this.#persistent) return 'close'
    return this.#request.head?.line.version === '1.0' ? 'keep-alive' : undefined
  }

  /**
   * Sends a chunk more: as much of it as the kernel has room for straight from the file, and the rest by way of
   * memory, since nothing but a write tells when there is room again.
   */
  #continue(): 'finished' | 'waiting' {
    const body = this.#body
    if (body === undefined) throw new Error('There is no response to go on with')
    const sent = body.sendFile(this.client, CHUNK_SIZE)
    this.bytesSent += sent
    if (sent === CHUNK_SIZE || body.left === 0) return this.#goOn()
    return this.#send(this.#nextChunk(body, '', CHUNK_SIZE - sent))
  }

  #nextChunk(body: ResponseBody, head: string, most: number): Buffer {
    const size = Math.min(head.length + body.left, most)
    // A slow client may hold on to it for long, and there may be many.
    const chunk = size < CHUNK_SIZE / 2 ? Buffer.allocUnsafe(size) : this.#takeChunk().subarray(0, size)
    chunk.write(head, 0, 'latin1')
    body.take(chunk, head.length)
    return chunk
  }

  #takeChunk(): Buffer {
    const chunk = spareChunk ?? Buffer.allocUnsafeSlow(CHUNK_SIZE)
    spareChunk = undefined
    this.#chunk = chunk
    return chunk
  }

  get config(): Config {
    return this.#site.config
  }

  get requestLine(): string {
    return this.received.line
  }

  /** Bytes of the whole response, its head included; undefined while it is undecided. */
  get bytesTotal(): number | undefined {
    if (this.response === undefined) return undefined
    return this.bytesSent + this.#unsent + (this.#body?.left ?? 0)
  }

  /**
   * Our own fault, 500, or no more files can be opened, 503. Once something was sent, the only honest end is to
   * break the connection off.
   */
  #fail(error: unknown): 'finished' | 'waiting' {
    this.client.reportFault(error, this.requestLine)
    if (this.response !== undefined) return this.#breakOff()
    try {
      const status = isOutOfDescriptors(error) ? 503 : 500
      return this.#begin(this.#site.respondWithError(status, FAULT, methodOf(this.received), Date.now()))
    } catch (second) {
      this.client.reportFault(second, this.requestLine)
      return this.#breakOff()
    }
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
    this.client.exchangeEnded(connection, now)
  }

  get #request(): Request | RefusedRequest {
    return this.received.request
  }
}
