import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Client, type Clock, type Service, TurnQueue } from './turn-queue.ts'

/** A clock that moves only from one event to the next, and while something is served. */
class SimulatedClock implements Clock {
  #time = 0
  readonly #events: { at: number; order: number; callback: () => void }[] = []
  #order = 0
  /** Told of every stretch in which nothing is served. */
  idled: (milliseconds: number) => void = () => {}

  now(): number {
    return this.#time
  }

  pass(milliseconds: number): void {
    this.#time += milliseconds
  }

  at(time: number, callback: () => void): () => void {
    const event = { at: time, order: this.#order++, callback }
    this.#events.push(event)
    return () => {
      const index = this.#events.indexOf(event)
      if (index >= 0) this.#events.splice(index, 1)
    }
  }

  after(milliseconds: number, callback: () => void): () => void {
    return this.at(this.#time + milliseconds, callback)
  }

  soon(callback: () => void): void {
    this.at(this.#time, callback)
  }

  /** Lets everything happen that is to happen. */
  run(): void {
    for (;;) {
      this.#events.sort((one, other) => one.at - other.at || one.order - other.order)
      const event = this.#events.shift()
      if (event === undefined) return
      if (event.at > this.#time) this.idled(event.at - this.#time)
      this.#time = Math.max(this.#time, event.at)
      event.callback()
    }
  }
}

/** One bit of a response: how long serving it takes, and how long its client then takes; null is for ever. */
interface Bit {
  readonly service: number
  readonly drain: number | null
}

interface Arrival {
  readonly at: number
  readonly client: number
  readonly bits: readonly Bit[]
  /** When its client hangs up, counted from its arrival. */
  readonly leaves: number | null
}

/** One request of the simulation, and all that happened to it. */
class SimulatedRequest implements Service {
  readonly client: Client
  readonly house: House
  readonly bits: readonly Bit[]
  bitsServed = 0
  enteredAt = 0
  /** The longest it may wait this time, by the promise. */
  bound = 0
  finished = false
  completed = false

  constructor(house: House, client: Client, bits: readonly Bit[]) {
    this.house = house
    this.client = client
    this.bits = bits
  }

  beginTurn(waited: number): void {
    this.house.turnBegins(this, waited)
  }

  advance(): 'finished' | 'waiting' {
    const bit = this.bits[this.bitsServed++]
    assert.ok(bit !== undefined, 'served after its end')
    this.house.serve(this, bit)
    const isLast = this.bitsServed === this.bits.length
    if (bit.drain === 0 && isLast) {
      this.finished = true
      return 'finished'
    }
    if (bit.drain === null) return 'waiting'
    this.house.clock.after(bit.drain, () => {
      if (isLast) this.house.leave(this, true)
      else this.house.ready(this)
    })
    return 'waiting'
  }

  complete(): void {
    assert.ok(this.finished && !this.completed, 'is complete once, when it has finished')
    assert.notEqual(this.house.queue.inService, this, 'is complete when it has given up the turn')
    this.completed = true
  }
}

/** Runs a history and holds the queue to what it promises while it does. */
class House {
  readonly clock = new SimulatedClock()
  readonly queue: TurnQueue<SimulatedRequest>
  readonly maxWait: number
  readonly requests: SimulatedRequest[] = []
  readonly gone = new Set<SimulatedRequest>()
  readonly firstTurns: SimulatedRequest[] = []
  /** How long each client has really kept others from their turn. */
  readonly delays = new Map<Client, number>()
  #serving = false
  readonly #queued: SimulatedRequest[] = []

  constructor(maxWait: number) {
    this.maxWait = maxWait
    this.queue = new TurnQueue(maxWait, this.clock)
    this.clock.idled = milliseconds => {
      const client = this.queue.inService?.client
      if (client === undefined || this.queue.waiting === 0) return
      this.delays.set(client, (this.delays.get(client) ?? 0) + milliseconds)
    }
  }

  play(arrivals: readonly Arrival[]): void {
    const clients = new Map<number, Client>()
    for (const arrival of arrivals) {
      const client = clients.get(arrival.client) ?? { delayCaused: 0 }
      clients.set(arrival.client, client)
      const request = new SimulatedRequest(this, client, arrival.bits)
      this.clock.at(arrival.at, () => {
        this.requests.push(request)
        this.#join(request)
        this.queue.enter(request)
      })
      if (arrival.leaves !== null)
        this.clock.at(arrival.at + arrival.leaves, () => this.leave(request, false))
    }
    this.clock.run()
  }

  ready(request: SimulatedRequest): void {
    if (this.gone.has(request)) return
    // It joins the tail, unless it goes on holding the turn: then it is served at once.
    this.#join(request)
    this.queue.ready(request)
  }

  leave(request: SimulatedRequest, finished: boolean): void {
    if (request.finished || this.gone.has(request)) return
    request.finished = finished
    this.gone.add(request)
    this.#forget(request)
    this.queue.leave(request, () => {})
  }

  turnBegins(request: SimulatedRequest, waited: number): void {
    assert.equal(waited, this.clock.now() - request.enteredAt, 'tells how long it has waited')
    assert.equal(this.#queued.shift(), request, 'serves in the order of arrival')
    assert.ok(waited <= request.bound + 1e-9, `waited ${waited} ms, promised were ${request.bound}`)
    if (request.bitsServed === 0) this.firstTurns.push(request)
  }

  serve(request: SimulatedRequest, bit: Bit): void {
    assert.ok(!this.#serving, 'serves one at a time')
    assert.equal(this.queue.inService, request, 'serves only the one in service')
    assert.ok(!this.gone.has(request), 'serves nobody who has left')
    this.#forget(request)
    this.#serving = true
    this.clock.pass(bit.service)
    this.#serving = false
  }

  #forget(request: SimulatedRequest): void {
    const place = this.#queued.indexOf(request)
    if (place >= 0) this.#queued.splice(place, 1)
  }

  #join(request: SimulatedRequest): void {
    request.enteredAt = this.clock.now()
    const ahead = this.queue.inService === undefined ? this.#queued : [...this.#queued, this.queue.inService]
    request.bound = this.maxWait + ahead.reduce((time, other) => time + longestBit(other), 0)
    this.#queued.push(request)
  }
}

function longestBit(request: SimulatedRequest): number {
  return Math.max(...request.bits.map(bit => bit.service))
}

const bit = fc.record({
  service: fc.integer({ min: 0, max: 4 }),
  drain: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.constant(null)),
})
const patientBit = fc.record({
  service: fc.integer({ min: 0, max: 4 }),
  drain: fc.integer({ min: 0, max: 60 }),
})

function arrivals(bits: fc.Arbitrary<Bit>, leaves: fc.Arbitrary<number | null>) {
  const arrival = fc.record({
    at: fc.integer({ min: 0, max: 100 }),
    client: fc.integer({ min: 0, max: 5 }),
    bits: fc.array(bits, { minLength: 1, maxLength: 6 }),
    leaves,
  })
  return fc.array(arrival, { minLength: 1, maxLength: 25 })
}

const anyHistory = arrivals(bit, fc.option(fc.integer({ min: 0, max: 200 })))
const patientHistory = arrivals(patientBit, fc.constant(null))
const anyMaxWait = fc.constantFrom(0, 1, 5, 20)

describe('The turn queue', () => {
  test('serves one at a time, in order of arrival, and lets nobody wait longer than promised', () => {
    fc.assert(
      fc.property(anyMaxWait, anyHistory, (maxWait, history) => new House(maxWait).play(history)),
      { numRuns: 3000 },
    )
  })

  test('charges a client no more than one MaxWait in its life', () => {
    fc.assert(
      fc.property(anyMaxWait, anyHistory, (maxWait, history) => {
        const house = new House(maxWait)
        house.play(history)
        for (const delay of house.delays.values()) assert.ok(delay <= maxWait, `${delay} ms`)
      }),
      { numRuns: 2000 },
    )
  })

  test('finishes every request whose client takes what it is sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyMaxWait, fc.constant(Number.POSITIVE_INFINITY)),
        patientHistory,
        (maxWait, history) => {
          const house = new House(maxWait)
          house.play(history)
          assert.ok(house.requests.every(request => request.finished))
          assert.equal(house.queue.inService, undefined)
          assert.equal(house.queue.waiting + house.queue.setAside, 0)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('with MaxWait off serves each to its end before the next, however slow its client', () => {
    fc.assert(
      fc.property(patientHistory, history => {
        const house = new House(Number.POSITIVE_INFINITY)
        house.play(history)
        assert.equal(house.queue.statistics.handOvers, 0)
        assert.deepEqual(house.firstTurns, house.requests)
        assert.equal(house.queue.statistics.turns, house.requests.length)
      }),
    )
  })

  test('interrupts nobody while nobody else waits', () => {
    const house = new House(20)
    house.play([{ at: 0, client: 0, bits: Array(50).fill({ service: 1, drain: 100 }), leaves: null }])
    assert.deepEqual(house.queue.statistics, { turns: 1, handOvers: 0, longestWait: 0 })
  })

  test('sets a stalled download aside after MaxWait, and never waits for that client again', () => {
    const house = new House(20)
    const quick = [{ service: 1, drain: 0 }]
    house.play([
      {
        at: 0,
        client: 0,
        bits: [{ service: 1, drain: 500 }, { service: 1, drain: 500 }, ...quick],
        leaves: null,
      },
      { at: 10, client: 1, bits: quick, leaves: null },
      { at: 700, client: 1, bits: quick, leaves: null },
    ])
    const { handOvers, longestWait } = house.queue.statistics
    assert.equal(handOvers, 2)
    assert.equal(longestWait, 20)
    assert.ok(house.requests.every(request => request.finished))
  })

  test('charges slowness to the client, not to the request: many small delays add up to one MaxWait', () => {
    const house = new House(20)
    const slow = { bits: [{ service: 0, drain: 8 }], client: 0, leaves: null }
    const other = { bits: [{ service: 0, drain: 0 }], client: 1, leaves: null }
    const rounds = Array.from({ length: 10 }, (_, round) => [
      { at: round * 100, ...slow },
      { at: round * 100 + 1, ...other },
    ])
    house.play(rounds.flat())
    // 7 ms in each of the first two rounds, 6 in the third, and none after that.
    assert.deepEqual([...house.delays.values()], [20])
    assert.equal(house.queue.statistics.handOvers, 8)
  })

  test('tells since when each is in service, waits, or is set aside', () => {
    const house = new House(20)
    const standings = () => [...house.queue.standings()].map(({ state, since }) => `${state} since ${since}`)
    const download = { client: 0, bits: [{ service: 1, drain: null }], leaves: null }
    house.clock.at(25, () =>
      assert.deepEqual(standings(), ['in service since 5', 'waiting since 10', 'waiting since 24']),
    )
    house.clock.at(40, () =>
      assert.deepEqual(standings(), ['in service since 30', 'waiting since 24', 'set aside since 30']),
    )
    house.play([
      { at: 5, ...download },
      { at: 10, ...download, client: 1 },
      { at: 24, ...download, client: 2 },
    ])
  })

  test('changes MaxWait while somebody waits', () => {
    const house = new House(Number.POSITIVE_INFINITY)
    const download = { at: 0, client: 0, bits: [{ service: 0, drain: null }], leaves: null }
    const waiting = { at: 1, client: 1, bits: [{ service: 0, drain: 0 }], leaves: null }
    house.clock.at(50, () => {
      assert.equal(house.queue.waiting, 1)
      house.queue.maxWait = 10
    })
    house.clock.at(60, () => assert.equal(house.queue.waiting, 0))
    house.play([download, waiting])
    assert.equal(house.queue.setAside, 1)
  })
})

describe('While one is served', () => {
  /** A service that does this in its only turn, and notes what happens to it. */
  function serviceThat(name: string, notes: string[], act: () => void, complete = () => {}): Service {
    return {
      client: { delayCaused: 0 },
      beginTurn: () => {},
      advance() {
        notes.push(`${name} begins`)
        act()
        notes.push(`${name} ends`)
        return 'finished'
      },
      complete,
      failed: error => notes.push(`${name} failed: ${error}`),
    }
  }

  test('nobody else is, though another leaves', () => {
    const clock = new SimulatedClock()
    const queue = new TurnQueue<Service>(20, clock)
    const notes: string[] = []
    const leaving = serviceThat('leaving', notes, () => {})
    const last = serviceThat('last', notes, () => {})
    const first = serviceThat('first', notes, () => {
      // So long that the others would have their turn now.
      clock.pass(30)
      queue.leave(leaving, () => notes.push('left'))
    })
    queue.enter(first)
    queue.enter(leaving)
    queue.enter(last)
    clock.run()
    assert.deepEqual(notes, ['first begins', 'left', 'first ends', 'last begins', 'last ends'])
  })

  test('what came together with one that is complete has the next turn, whoever waits and however long it took', () => {
    const clock = new SimulatedClock()
    const queue = new TurnQueue<Service>(0, clock)
    const notes: string[] = []
    const second = serviceThat('second', notes, () => clock.pass(30))
    const first = serviceThat(
      'first',
      notes,
      () => clock.pass(30),
      () => queue.follow(second, clock.now()),
    )
    queue.enter(first)
    queue.enter(serviceThat('other', notes, () => {}))
    clock.run()
    const order = ['first begins', 'first ends', 'second begins', 'second ends', 'other begins', 'other ends']
    assert.deepEqual(notes, order)
    assert.equal(queue.statistics.turns, 3)
  })

  test('an error costs that one, who is told, and nobody else', () => {
    const clock = new SimulatedClock()
    const queue = new TurnQueue<Service>(20, clock)
    const notes: string[] = []
    const fail = () => {
      throw new Error('oh')
    }
    queue.enter(serviceThat('first', notes, fail))
    queue.enter(serviceThat('second', notes, () => {}, fail))
    queue.enter(serviceThat('last', notes, () => {}))
    clock.run()
    assert.deepEqual(notes, [
      'first begins',
      'first failed: Error: oh',
      'second begins',
      'second ends',
      'second failed: Error: oh',
      'last begins',
      'last ends',
    ])
    assert.deepEqual([queue.inService, queue.setAside], [undefined, 0])
  })

  test('an observer that fails is told of, and changes nothing', () => {
    const clock = new SimulatedClock()
    const failures: unknown[] = []
    const queue = new TurnQueue<Service>(20, clock, error => failures.push(error))
    const fail = () => {
      throw new Error('oh')
    }
    queue.observe({ entered: fail, served: fail, setAside: fail, left: fail })
    const notes: string[] = []
    const slow = { ...serviceThat('slow', notes, () => {}), advance: () => 'waiting' as const }
    queue.enter(slow)
    clock.at(1, () => queue.enter(serviceThat('last', notes, () => {})))
    clock.run()
    assert.deepEqual(notes, ['last begins', 'last ends'])
    assert.equal(queue.setAside, 1)
    // Two enter and are served, one is set aside, and one leaves.
    assert.deepEqual(failures, Array(6).fill(new Error('oh')))
  })
})
