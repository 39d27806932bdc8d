import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Client, type Clock, type Service, TurnQueue } from './turn-queue.ts'

/*
 * Every order in which requests can arrive, clients take what they were sent or hang up, and timers go off, over
 * the real queue. A world is a queue with its requests after some steps; since the queue cannot be copied, a world
 * is made anew for every step and the steps before it are taken again. Two worlds between which the queue cannot
 * tell are explored once.
 *
 * Time passes by steps of half a MaxWait, between events only or, where a service takes time, while one is served.
 */

/**
 * A request of so many bits. With 'at once' the kernel takes its last bit when it is served. If it is followed, its
 * client has sent the next request already, which enters the queue from within the end of this one: at its tail, or to
 * be answered together with it.
 */
interface Kind {
  readonly bits: number
  readonly last: 'at once' | 'later'
  readonly follower: 'none' | 'at the tail' | 'together'
}

interface Setting {
  readonly maxWait: number
  readonly requests: number
  /** Requests come from so many clients in turn. */
  readonly clients: number
  readonly kinds: readonly Kind[]
  /** Milliseconds that serving one bit takes. */
  readonly serviceTime: number
}

const TICK = 10

/** A timer or callback that the queue waits for. */
interface Pending {
  readonly due: number
  readonly callback: () => void
}

/** One way in which a world can go on. */
type Step =
  /** The next request comes. */
  | { readonly kind: 'arrive'; readonly as: Kind }
  | { readonly kind: 'take'; readonly request: number }
  | { readonly kind: 'hang up'; readonly request: number }
  | { readonly kind: 'time passes' }
  | { readonly kind: 'timer' }
  | { readonly kind: 'soon' }

class ExploredRequest implements Service {
  readonly client: Client
  readonly kind: Kind
  readonly world: World
  bitsLeft: number
  /** Whether its client has yet to take a bit. */
  sent = false
  gone = false
  enteredAt = 0
  /** The longest it may wait this time. */
  bound = 0
  /** By what the queue reports. */
  reported: 'unknown' | 'waiting' | 'in service' | 'set aside' | 'left' = 'unknown'

  constructor(world: World, client: Client, kind: Kind) {
    this.world = world
    this.client = client
    this.kind = kind
    this.bitsLeft = kind.bits
  }

  get finished(): boolean {
    return this.bitsLeft === 0 && !this.sent
  }

  complete(): void {
    if (this.kind.follower !== 'none') this.world.arriveAfter(this)
  }

  beginTurn(waited: number): void {
    this.world.turnBegins(this, waited)
  }

  advance(): 'finished' | 'waiting' {
    this.world.serve(this)
    this.bitsLeft--
    this.sent = this.bitsLeft > 0 || this.kind.last === 'later'
    return this.sent ? 'waiting' : 'finished'
  }
}

class World implements Clock {
  readonly setting: Setting
  readonly queue: TurnQueue<ExploredRequest>
  readonly requests: ExploredRequest[] = []
  readonly clients: readonly Client[]
  /** How long each client has really kept others waiting. */
  readonly delays = new Map<Client, number>()
  readonly #slow = new Set<Client>()
  #timers: Pending[] = []
  #soon: Pending[] = []
  #queued: ExploredRequest[] = []
  #serving = false
  #time = 0

  constructor(setting: Setting) {
    this.setting = setting
    this.clients = Array.from({ length: setting.clients }, () => ({ delayCaused: 0 }))
    this.queue = new TurnQueue(setting.maxWait, this)
    this.queue.observe({
      entered: request => this.#report(request, ['unknown', 'in service', 'set aside'], 'waiting'),
      served: request => this.#report(request, ['waiting'], 'in service'),
      setAside: request => this.#setAside(request),
      left: request => this.#report(request, ['waiting', 'in service', 'set aside'], 'left'),
    })
  }

  now(): number {
    return this.#time
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { due: this.#time + milliseconds, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  soon(callback: () => void): void {
    this.#soon.push({ due: this.#time, callback })
  }

  /** All ways in which it can go on. */
  steps(): Step[] {
    const steps: Step[] = []
    if (this.requests.length < this.setting.requests) {
      for (const as of this.setting.kinds) steps.push({ kind: 'arrive', as })
    }
    for (const [request, { sent, gone, finished }] of this.requests.entries()) {
      if (sent && !gone) steps.push({ kind: 'take', request })
      if (!finished && !gone) steps.push({ kind: 'hang up', request })
    }
    if (this.#soon.length > 0) steps.push({ kind: 'soon' })
    // Timers are on time; with MaxWait off there are none, and time does not matter.
    if (this.#dueTimer() !== undefined) steps.push({ kind: 'timer' })
    else if (this.#soon.length === 0 && this.setting.maxWait !== OFF) steps.push({ kind: 'time passes' })
    return steps
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'arrive':
        return this.#arrive(step.as, this.clients[this.requests.length % this.clients.length])
      case 'take':
        return this.#takeBit(this.#request(step.request))
      case 'hang up':
        return this.#hangUp(this.#request(step.request))
      case 'time passes':
        return this.#pass(TICK)
      case 'timer':
        return this.#goOff()
      case 'soon':
        return this.#soon.shift()?.callback()
      default:
        return step satisfies never
    }
  }

  /**
   * Everything that the future depends on, or that has been promised for it. Requests are told apart by how they
   * stand, not by their number: those with clients of their own are interchangeable.
   */
  state(): string {
    const ownClients = this.clients.length === this.setting.requests
    const describe = (request: ExploredRequest) => [
      request.bitsLeft,
      request.kind.last,
      request.kind.follower,
      ownClients ? this.#clientState(request.client) : this.clients.indexOf(request.client),
    ]
    const withState = (state: ExploredRequest['reported']) =>
      this.requests.filter(({ reported }) => reported === state).map(describe)
    return JSON.stringify([
      this.requests.length,
      withState('in service'),
      this.#queued.map(request => [this.#time - request.enteredAt, request.bound, ...describe(request)]),
      withState('set aside').map(String).sort(),
      ownClients ? [] : this.clients.map(client => this.#clientState(client)),
      this.#timers.map(timer => timer.due - this.#time),
      this.#soon.length,
    ])
  }

  #clientState(client: Client): readonly unknown[] {
    const caused = Math.min(client.delayCaused, this.setting.maxWait)
    return [caused, this.delays.get(client) ?? 0, this.#slow.has(client)]
  }

  /** What the queue keeps to itself: since when the one in service is charged. To be asked of a world of no use. */
  hiddenState(): number {
    const holder = this.queue.inService
    if (holder === undefined) return 0
    const before = holder.client.delayCaused
    this.queue.leave(holder, () => {})
    return holder.client.delayCaused - before
  }

  /** What holds between any two steps. */
  check(): void {
    const standings = [...this.queue.standings()]
    for (const { service, state } of standings) {
      assert.equal(service.reported, state, 'reports what is so')
      assert.equal(service.sent, state !== 'waiting', `who is ${state} has been sent something, or else not`)
    }
    const known = this.requests.filter(({ reported }) => reported !== 'unknown' && reported !== 'left')
    assert.equal(standings.length, known.length, 'knows each of them once')
    for (const request of this.requests) {
      const ended = request.gone || request.finished
      assert.equal(request.reported === 'left', ended, 'knows whoever needs it, and nobody else')
    }
    if (this.queue.waiting > 0 && this.#soon.length === 0) {
      assert.ok(this.queue.inService !== undefined, 'lets nobody wait while the turn is free')
      const isSlow = this.#slow.has(this.queue.inService.client)
      assert.ok(!isSlow, 'lets nobody wait again for a client that was waited for in vain')
    }
    assert.ok(this.#timers.length <= 1, 'has no more than one timer')
    for (const request of this.#queued) this.#checkWait(request, this.#time - request.enteredAt)
    for (const delay of this.delays.values()) {
      assert.ok(delay <= this.setting.maxWait, `a client has cost the others ${delay} ms`)
    }
  }

  /** Lets every client but one take what it is sent, until nothing happens any more; nobody else must be left. */
  finish(stalled: ExploredRequest | undefined): void {
    for (;;) {
      const step = this.steps().find(step => {
        switch (step.kind) {
          case 'take':
            return this.requests[step.request] !== stalled
          case 'arrive':
          case 'hang up':
            return false
          case 'time passes':
            return this.#timers.length > 0
          default:
            return true
        }
      })
      if (step === undefined) break
      this.take(step)
    }
    for (const request of this.requests) {
      if (request !== stalled) assert.ok(request.gone || request.finished, 'finishes whatever can finish')
    }
  }

  turnBegins(request: ExploredRequest, waited: number): void {
    assert.equal(this.#queued.shift(), request, 'serves in the order of arrival')
    assert.equal(waited, this.#time - request.enteredAt, 'tells how long it has waited')
    this.#checkWait(request, waited)
  }

  serve(request: ExploredRequest): void {
    assert.ok(!this.#serving, 'serves one at a time')
    assert.equal(this.queue.inService, request, 'serves only the one in service')
    assert.ok(!request.gone && request.bitsLeft > 0 && !request.sent, 'serves only who is ready')
    this.#queued = this.#queued.filter(other => other !== request)
    this.#serving = true
    this.#time += this.setting.serviceTime
    this.#serving = false
  }

  /** The next request of the same client. */
  arriveAfter(request: ExploredRequest): void {
    if (this.requests.length === this.setting.requests) return
    if (request.kind.follower === 'at the tail') return this.#arrive(SMALL, request.client)
    const next = new ExploredRequest(this, request.client, SMALL)
    this.requests.push(next)
    // Whoever waits, waits for it too.
    for (const other of this.#queued) other.bound += this.setting.serviceTime
    next.enteredAt = this.#time
    this.#queued.unshift(next)
    this.queue.follow(next, this.#time)
  }

  #arrive(as: Kind, client: Client | undefined): void {
    assert.ok(client !== undefined)
    const request = new ExploredRequest(this, client, as)
    this.requests.push(request)
    this.#join(request)
    this.queue.enter(request)
  }

  #takeBit(request: ExploredRequest): void {
    request.sent = false
    if (request.finished) return this.#leave(request)
    // It joins the tail, unless it goes on holding the turn: then it is served at once.
    this.#join(request)
    this.queue.ready(request)
  }

  #hangUp(request: ExploredRequest): void {
    request.gone = true
    this.#queued = this.#queued.filter(other => other !== request)
    this.#leave(request)
  }

  #leave(request: ExploredRequest): void {
    const held = this.queue.inService === request
    this.queue.leave(request, () => {
      const known = [...this.queue.standings()].map(({ service }) => service)
      assert.ok(!known.includes(request), 'has forgotten who leaves')
      if (held) assert.equal(this.queue.inService, undefined, 'serves the next after the farewell')
      if (request.finished) request.complete()
    })
  }

  #pass(milliseconds: number): void {
    const holder = this.queue.inService?.client
    if (holder !== undefined && this.queue.waiting > 0) {
      this.delays.set(holder, (this.delays.get(holder) ?? 0) + milliseconds)
    }
    this.#time += milliseconds
  }

  #goOff(): void {
    const timer = this.#dueTimer()
    this.#timers = this.#timers.filter(other => other !== timer)
    timer?.callback()
  }

  #dueTimer(): Pending | undefined {
    return this.#timers.find(timer => timer.due <= this.#time)
  }

  #join(request: ExploredRequest): void {
    const holder = this.queue.inService
    const ahead = this.#queued.length + (holder === undefined || holder === request ? 0 : 1)
    request.enteredAt = this.#time
    request.bound = this.setting.maxWait + ahead * this.setting.serviceTime
    this.#queued.push(request)
  }

  #checkWait(request: ExploredRequest, waited: number): void {
    assert.ok(waited <= request.bound, `waited ${waited} ms, promised were ${request.bound}`)
  }

  #report(request: ExploredRequest, from: readonly string[], to: ExploredRequest['reported']): void {
    assert.ok(from.includes(request.reported), `reports that one is ${to} who was ${request.reported}`)
    request.reported = to
  }

  #setAside(request: ExploredRequest): void {
    this.#report(request, ['in service'], 'set aside')
    const { maxWait } = this.setting
    const oldest = this.#queued.find(other => other !== request)
    assert.ok(oldest !== undefined, 'sets nobody aside for nobody')
    const reasons = [
      this.#time - oldest.enteredAt >= maxWait,
      (this.delays.get(request.client) ?? 0) >= maxWait,
      this.#slow.has(request.client),
    ]
    assert.ok(reasons.includes(true), 'sets nobody aside before MaxWait is over')
    this.#slow.add(request.client)
  }

  #request(index: number): ExploredRequest {
    const request = this.requests[index]
    assert.ok(request !== undefined)
    return request
  }
}

/** Visits every world there can be, and gives their number. */
function explore(setting: Setting): number {
  const visited = new Set<string>()
  const stack: (readonly Step[])[] = [[]]
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    const world = reach(setting, path)
    const steps = world.steps()
    const isHeld = world.queue.inService !== undefined
    const state = `${world.state()} ${world.hiddenState()}`
    if (visited.has(state)) continue
    visited.add(state)
    for (const step of steps) stack.push([...path, step])
    checkEnds(setting, path, isHeld)
  }
  return visited.size
}

function reach(setting: Setting, path: readonly Step[]): World {
  const world = new World(setting)
  return explaining(path, () => {
    for (const step of path) world.take(step)
    world.check()
    return world
  })
}

/** From here everybody finishes; and also if the one in service stalls for ever, unless MaxWait is off. */
function checkEnds(setting: Setting, path: readonly Step[], isHeld: boolean): void {
  explaining([...path, 'all clients take what they are sent'], () => reach(setting, path).finish(undefined))
  if (!isHeld || setting.maxWait === Number.POSITIVE_INFINITY) return
  explaining([...path, 'the client in service takes nothing'], () => {
    const world = reach(setting, path)
    world.finish(world.queue.inService)
  })
}

function explaining<Result>(path: readonly unknown[], action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    throw new Error(`After ${JSON.stringify(path)}`, { cause: error })
  }
}

const OFF = Number.POSITIVE_INFINITY
const SMALL: Kind = { bits: 1, last: 'at once', follower: 'none' }
const SLOW: Kind = { bits: 1, last: 'later', follower: 'none' }
const DOWNLOAD: Kind = { bits: 3, last: 'later', follower: 'none' }
const HELD: Kind = { ...SMALL, follower: 'together' }
const FEW: readonly Kind[] = [SMALL, SLOW, DOWNLOAD]
const ALL: readonly Kind[] = [
  ...FEW,
  { ...SLOW, bits: 2 },
  { ...SMALL, follower: 'at the tail' },
  { ...SLOW, follower: 'at the tail' },
  HELD,
]

/** Each with how many worlds there are at least: fewer would mean that the exploration has gone blind. */
const SETTINGS: readonly (Setting & { readonly worlds: number })[] = [
  { maxWait: 0, requests: 4, clients: 4, kinds: ALL, serviceTime: 0, worlds: 350 },
  { maxWait: OFF, requests: 4, clients: 4, kinds: ALL, serviceTime: 0, worlds: 1200 },
  { maxWait: 20, requests: 4, clients: 4, kinds: FEW, serviceTime: 0, worlds: 35_000 },
  { maxWait: 20, requests: 3, clients: 3, kinds: ALL, serviceTime: 0, worlds: 5000 },
  { maxWait: 20, requests: 4, clients: 1, kinds: FEW, serviceTime: 0, worlds: 1700 },
  { maxWait: 20, requests: 3, clients: 2, kinds: FEW, serviceTime: 20, worlds: 10_000 },
  { maxWait: 20, requests: 4, clients: 2, kinds: [SLOW, HELD], serviceTime: 20, worlds: 2000 },
]

describe('In every order of events, the turn queue', () => {
  for (const { worlds, ...setting } of SETTINGS) {
    const { maxWait, requests, clients, kinds, serviceTime } = setting
    const scene = `${requests} requests of ${kinds.length} kinds and ${clients} clients, ${serviceTime} ms a bit`
    test(`keeps its promises with MaxWait ${maxWait}: ${scene}`, context => {
      const explored = explore(setting)
      context.diagnostic(`${explored} worlds`)
      assert.ok(explored >= worlds, `explored only ${explored} worlds`)
    })
  }
})
