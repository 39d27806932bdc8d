import { type ListedService, shownRequestLine, type TurnState } from './turn-list.ts'
import type { TurnObserver } from './turn-observer.ts'
import type { Client, Clock, Service, TurnQueue } from './turn-queue.ts'

/** One event of a request; `at` is in microseconds since the trace began, `request` its number in the trace. */
export type TraceRecord =
  /** The first record of each request; connections are numbered too. */
  | {
      readonly kind: 'request'
      readonly request: number
      readonly connection: number
      readonly remoteAddress: string
      readonly requestLine: string
    }
  /** From now on it is in this state. */
  | { readonly kind: TurnState; readonly request: number; readonly at: number }
  /** It has ended. */
  | { readonly kind: 'left'; readonly request: number; readonly at: number; readonly bytesSent: number }

export interface TraceEnd {
  readonly duration: number
  readonly reason: 'over' | 'ended early' | 'full' | 'unread'
}

/** The most that one trace may record. */
const MOST_RECORDS = 100_000
/** Records that are reported together, and the milliseconds after which fewer are. */
const BATCH = 500
const REPORT_INTERVAL = 250

/** What a trace tells of a request and its connection. */
export interface TracedService
  extends Service,
    Pick<ListedService, 'remoteAddress' | 'requestLine' | 'bytesSent'> {
  readonly remotePort: number
}

type TracedQueue = Pick<TurnQueue<TracedService>, 'standings' | 'observe'>
/** Returns false when the client has left so much unread that recording must end. */
type ReportRecords = (records: readonly TraceRecord[]) => boolean

/** Records the events of the turn for a while, and reports them as they come. */
export class TurnTrace implements TurnObserver<TracedService> {
  readonly #queue: TracedQueue
  readonly #clock: Clock
  readonly #report: ReportRecords
  readonly #began: number
  readonly #end = Promise.withResolvers<TraceEnd>()
  readonly #requests = new WeakMap<TracedService, number>()
  readonly #connections = new WeakMap<Client, number>()
  #requestCount = 0
  #connectionCount = 0
  #recorded = 0
  #batch: TraceRecord[] = []

  constructor(queue: TracedQueue, clock: Clock, report: ReportRecords) {
    this.#queue = queue
    this.#clock = clock
    this.#report = report
    this.#began = clock.now()
  }

  /**
   * Resolves after so many milliseconds, when the signal is given, or when there is too much to record or too
   * much of it unread.
   */
  async run(duration: number, enough: AbortSignal): Promise<TraceEnd> {
    for (const { service, state } of this.#queue.standings()) this.#record(service, state, this.#began)
    const endEarly = () => this.#finish('ended early')
    const stopObserving = this.#queue.observe(this)
    const cancelEnd = this.#clock.after(duration, () => this.#finish('over'))
    const reporting = setInterval(() => this.#flush(), REPORT_INTERVAL)
    enough.addEventListener('abort', endEarly)
    if (enough.aborted) endEarly()
    this.#flush()

    const end = await this.#end.promise
    enough.removeEventListener('abort', endEarly)
    clearInterval(reporting)
    cancelEnd()
    stopObserving()
    this.#flush()
    return end
  }

  entered(taker: TracedService, at: number): void {
    this.#record(taker, 'waiting', at)
  }

  served(taker: TracedService, at: number): void {
    this.#record(taker, 'in service', at)
  }

  setAside(taker: TracedService, at: number): void {
    this.#record(taker, 'set aside', at)
  }

  left(taker: TracedService, at: number): void {
    const request = this.#numberOf(taker)
    this.#add({ kind: 'left', request, at: this.#microseconds(at), bytesSent: taker.bytesSent })
  }

  #record(taker: TracedService, kind: TurnState, at: number): void {
    const request = this.#numberOf(taker)
    this.#add({ kind, request, at: this.#microseconds(at) })
  }

  #numberOf(taker: TracedService): number {
    const known = this.#requests.get(taker)
    if (known !== undefined) return known
    const request = ++this.#requestCount
    this.#requests.set(taker, request)
    const { remoteAddress, remotePort } = taker
    this.#add({
      kind: 'request',
      request,
      connection: this.#connectionOf(taker.client),
      remoteAddress: `${remoteAddress} port ${remotePort}`,
      requestLine: shownRequestLine(taker.requestLine),
    })
    return request
  }

  #connectionOf(client: Client): number {
    const connection = this.#connections.get(client) ?? ++this.#connectionCount
    this.#connections.set(client, connection)
    return connection
  }

  #add(record: TraceRecord): void {
    if (this.#recorded === MOST_RECORDS) return this.#finish('full')
    this.#recorded++
    this.#batch.push(record)
    // Not now: it would be part of somebody's turn.
    if (this.#batch.length === BATCH) this.#clock.soon(() => this.#flush())
  }

  #flush(): void {
    // Even an empty batch is sent, so that the client knows the server to be there.
    const batch = this.#batch
    this.#batch = []
    if (!this.#report(batch)) this.#finish('unread')
  }

  #finish(reason: TraceEnd['reason']): void {
    this.#end.resolve({ duration: this.#microseconds(this.#clock.now()), reason })
  }

  /** Since the trace began, in microseconds with nanoseconds behind the point. */
  #microseconds(at: number): number {
    return Math.round((at - this.#began) * 1_000_000) / 1000
  }
}
