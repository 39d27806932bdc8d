import { GuardedObserver, type TurnObserver } from './turn-observer.ts'
import { WaitingLine } from './waiting-line.ts'

/** A client, as far as fairness goes. */
export interface Client {
  /** How long this client has kept others from their turn in its life, in milliseconds; the queue counts it. */
  delayCaused: number
}

/** Something that is served a bit at a time, for a client that may take its time. */
export interface Service {
  readonly client: Client
  /** Its turn begins, after so many milliseconds in the queue. */
  beginTurn(waited: number): void
  /**
   * Serves one bounded bit. After `waiting` the service calls {@link TurnQueue.ready}, never from within this
   * call, once its client has taken that bit; after `finished` it is told that it is complete.
   */
  advance(): 'finished' | 'waiting'
  /** It has finished and left the queue. */
  complete(at: number): void
  /** It has thrown and left the queue. Without this method the error goes on to the event loop. */
  failed?(error: unknown): void
}

/** Times are milliseconds on a clock that never goes back. */
export interface Clock {
  now(): number
  /** Calls back after so many milliseconds, unless what it returns is called first. */
  after(milliseconds: number, callback: () => void): () => void
  /** Calls back when the events that have come meanwhile are handled. */
  soon(callback: () => void): void
}

/** Statistics since the start: counts, and the longest wait in milliseconds. */
export interface TurnStatistics {
  readonly turns: number
  readonly handOvers: number
  readonly longestWait: number
}

/** A service that the queue knows, its state, and since when it has been in it. */
export interface Standing<S extends Service = Service> {
  readonly service: S
  readonly state: 'in service' | 'waiting' | 'set aside'
  readonly since: number
}

/** How long services are served one after another before other events are handled, in milliseconds. */
const LONGEST_RUN = 5

/**
 * The turn: whoever holds it is served, and nobody else is.
 *
 * Services are served first come, first served, each from start to finish. While the one that holds the turn
 * waits for its client, and another has waited longer than `maxWait`, it is set aside: it comes back at the
 * tail of the queue once its client is ready. A client's slowness is charged to it for life, so that it costs
 * the others no more than one `maxWait` all together, however many requests it makes.
 */
export class TurnQueue<S extends Service = Service> {
  readonly #clock: Clock
  readonly #observerFailed: (error: unknown) => void
  #maxWait: number
  #inService: S | undefined
  #inServiceSince = 0
  /** Since when others have waited while the one in service waited for its client. */
  #delayingSince: number | undefined
  /** In order of arrival, each with the time it joined. */
  readonly #waiting = new WaitingLine<S>()
  /** Each with the time it gave the turn up. */
  readonly #setAside = new Map<S, number>()
  /** Replaced rather than changed, since an observer may end while it is told. */
  #observers: readonly TurnObserver<S>[] = []
  /** Has the turn next, whoever waits. */
  #following: S | undefined
  #running = false
  /** Whether a run is scheduled. */
  #willRun = false
  #cancelTimer: (() => void) | undefined
  #turns = 0
  #handOvers = 0
  #longestWait = 0

  /**
   * @param maxWait Milliseconds; 0 never waits for a client while others wait, Infinity always does.
   * @param observerFailed Is told of what an observer throws, which changes nothing about the turn.
   */
  constructor(maxWait: number, clock: Clock, observerFailed: (error: unknown) => void = rethrow) {
    this.#maxWait = maxWait
    this.#clock = clock
    this.#observerFailed = observerFailed
  }

  get inService(): S | undefined {
    return this.#inService
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get setAside(): number {
    return this.#setAside.size
  }

  get statistics(): TurnStatistics {
    return { turns: this.#turns, handOvers: this.#handOvers, longestWait: this.#longestWait }
  }

  get maxWait(): number {
    return this.#maxWait
  }

  set maxWait(milliseconds: number) {
    this.#maxWait = milliseconds
    this.#run(this.#clock.now())
  }

  /** The one in service, then those that wait in their order, then those set aside. */
  *standings(): Generator<Standing<S>> {
    if (this.#inService !== undefined)
      yield { service: this.#inService, state: 'in service', since: this.#inServiceSince }
    for (const [service, since] of this.#waiting) yield { service, state: 'waiting', since }
    for (const [service, since] of this.#setAside) yield { service, state: 'set aside', since }
  }

  /** Reports to this observer from now on, until what it returns is called. */
  observe(observer: TurnObserver<S>): () => void {
    const guarded = new GuardedObserver(observer, this.#observerFailed)
    this.#observers = [...this.#observers, guarded]
    return () => {
      this.#observers = this.#observers.filter(other => other !== guarded)
    }
  }

  /**
   * Joins the tail. Turns are given once all events that came together are handled: reading everybody first
   * and answering everybody then is quicker than reading and answering each in turn.
   *
   * @param now The present time, for a caller that has just looked at the clock.
   */
  enter(service: S, now = this.#clock.now()): void {
    this.#waiting.add(service, now)
    for (const observer of this.#observers) observer.entered(service, now)
    if (!this.#running) this.#runSoon()
  }

  /**
   * Gives the turn on, whoever waits, to what came from the same client together with the service that is just complete,
   * and is answered together with it. Called from within {@link Service.complete}, by a client that keeps it short.
   */
  follow(service: S, now: number): void {
    this.#following = service
    for (const observer of this.#observers) observer.entered(service, now)
  }

  /** The client of this service has taken all it was sent. */
  ready(service: S): void {
    const now = this.#clock.now()
    if (this.#setAside.delete(service)) return this.enter(service, now)
    if (service !== this.#inService) return
    this.#chargeDelay(now)
    if (!this.#mustGiveWay(now)) return this.#run(now, service)
    this.#yieldTurn(now)
    this.enter(service, now)
  }

  /**
   * This service needs no more turns: its client has gone, or has taken the last of it.
   *
   * @param farewell Called when it has left, and before the next is served.
   */
  leave(service: S, farewell: (at: number) => void): void {
    const now = this.#clock.now()
    if (service !== this.#inService && !this.#setAside.delete(service)) this.#waiting.remove(service)
    if (service === this.#inService || this.#waiting.size === 0) this.#chargeDelay(now)
    if (service === this.#inService) this.#inService = undefined
    this.#tellLeft(service, now)
    try {
      farewell(now)
    } finally {
      this.#run(now)
    }
  }

  /**
   * Serves until nobody waits, or the client of the one in service has to be waited for.
   *
   * @param next Holds the turn already, and can go on.
   */
  #run(started: number, next?: S): void {
    if (this.#running) return
    this.#running = true
    this.#stopTimer()
    let now = started
    let service = next ?? this.#next(now)
    while (service !== undefined) {
      now = this.#serve(service)
      if (this.#following === undefined && this.#waiting.size > 0 && now - started > LONGEST_RUN) {
        this.#runSoon()
        break
      }
      service = this.#next(now)
    }
    this.#running = false
    this.#waitForClient(now)
  }

  /** Serves one bit, and returns the time when it ended. An error costs this service, and never the turn. */
  #serve(service: S): number {
    try {
      const isFinished = service.advance() === 'finished' && this.#inService === service
      const now = this.#clock.now()
      if (!isFinished) return now
      this.#inService = undefined
      this.#tellLeft(service, now)
      service.complete(now)
      return now
    } catch (error) {
      this.#fail(service, error)
      return this.#clock.now()
    }
  }

  #fail(service: S, error: unknown): void {
    if (service.failed === undefined) throw error
    if (this.#inService === service) this.#inService = undefined
    service.failed(error)
  }

  #runSoon(): void {
    if (this.#willRun) return
    this.#willRun = true
    this.#clock.soon(() => {
      this.#willRun = false
      this.#run(this.#clock.now())
    })
  }

  /** Gives the turn to the head of the queue if it is free, or must be given up. */
  #next(now: number): S | undefined {
    const following = this.#following
    if (following !== undefined) {
      this.#following = undefined
      return this.#giveTurn(following, now, 0) ? following : this.#next(now)
    }
    if (this.#waiting.size === 0) return undefined
    if (this.#inService !== undefined) {
      if (!this.#mustGiveWay(now)) return undefined
      this.#setAside.set(this.#yieldTurn(now), now)
    }
    const since = this.#waiting.firstSince
    const service = this.#waiting.take()
    if (service === undefined) return undefined
    return this.#giveTurn(service, now, now - (since ?? now)) ? service : this.#next(now)
  }

  /** Whether it has the turn now: an error of its own costs it that. */
  #giveTurn(service: S, now: number, waited: number): boolean {
    this.#inService = service
    this.#inServiceSince = now
    this.#turns++
    if (waited > this.#longestWait) this.#longestWait = waited
    for (const observer of this.#observers) observer.served(service, now, waited)
    try {
      service.beginTurn(waited)
      return true
    } catch (error) {
      this.#fail(service, error)
      return false
    }
  }

  #tellLeft(service: S, now: number): void {
    for (const observer of this.#observers) observer.left(service, now)
  }

  /** Whether the one in service, which waits for its client, has to be set aside now. */
  #mustGiveWay(now: number): boolean {
    return this.#waiting.size > 0 && this.#patience(now) <= 0
  }

  /** How many milliseconds more the one in service may hold the turn without being served. */
  #patience(now: number): number {
    const oldest = this.#waiting.firstSince
    if (oldest === undefined || this.#inService === undefined) return Number.POSITIVE_INFINITY
    const delaying = this.#delayingSince === undefined ? 0 : now - this.#delayingSince
    const mayWait = this.#maxWait - (now - oldest)
    const mayDelay = this.#maxWait - (this.#inService.client.delayCaused + delaying)
    return Math.min(mayWait, mayDelay)
  }

  #yieldTurn(now: number): S {
    const service = this.#inService
    if (service === undefined) throw new Error('Nobody holds the turn')
    this.#chargeDelay(now)
    service.client.delayCaused = Math.max(service.client.delayCaused, this.#maxWait)
    this.#inService = undefined
    this.#handOvers++
    for (const observer of this.#observers) observer.setAside(service, now)
    return service
  }

  /** While others wait for one who waits for its client, its delay is counted and will end. */
  #waitForClient(now: number): void {
    if (this.#inService === undefined || this.#waiting.size === 0) return
    this.#delayingSince ??= now
    const patience = this.#patience(now)
    if (patience === Number.POSITIVE_INFINITY) return
    this.#cancelTimer = this.#clock.after(Math.max(0, patience), () => this.#run(this.#clock.now()))
  }

  #chargeDelay(now: number): void {
    if (this.#inService === undefined || this.#delayingSince === undefined) return
    this.#inService.client.delayCaused += now - this.#delayingSince
    this.#delayingSince = undefined
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }
}

function rethrow(error: unknown): never {
  throw error
}
