import type { Dice } from '../proof/dice.ts'
import type { Ledger } from '../proof/ledger.ts'
import { Gate } from './gate.ts'
import type { Subject } from './subject.ts'

/** What happens to the daemon for a while; everything random in it comes from the dice. */
export interface Fault {
  readonly name: string
  /** How often it comes, beside the others of its lane. */
  readonly weight: number
  /** Whether nothing of the other lanes that hold the gate may happen meanwhile. */
  readonly alone?: true
  run(world: World, dice: Dice): Promise<void>
}

/** Faults of one kind, which follow one another. */
export interface Lane {
  readonly name: string
  readonly faults: readonly Fault[]
  /** Whether it keeps out of the way of those that want to be alone. */
  readonly holdsGate: boolean
  /** The most milliseconds between two of them. */
  readonly rest: number
}

/** What all that happens has in common. */
export class World {
  readonly subject: Subject
  readonly ledger: Ledger
  readonly gate = new Gate()
  /** What has happened, each in a line. */
  readonly events: string[] = []
  /** What was not as it must be, each in a line. */
  readonly failures: string[] = []
  /** Given when it is over, or something has failed. */
  readonly over: AbortSignal
  /** While it is more than 0, what a configuration names may be impossible to open. */
  hindrances = 0
  readonly #end = new AbortController()
  readonly #began = performance.now()
  /** Ends the pauses of all who wait. A listener of the signal for each would cost more with each. */
  readonly #pausing = new Set<() => void>()
  #troubles = 0
  #troubledUntil = Number.NEGATIVE_INFINITY

  constructor(subject: Subject, ledger: Ledger) {
    this.subject = subject
    this.ledger = ledger
    this.over = this.#end.signal
  }

  /** Milliseconds since the beginning. */
  get now(): number {
    return performance.now() - this.#began
  }

  record(event: string): void {
    this.events.push(`${(this.now / 1000).toFixed(3).padStart(8)} s  ${event}`)
  }

  fail(what: string): void {
    this.record(`FAILED: ${what}`)
    this.failures.push(what)
    this.end()
  }

  end(): void {
    this.#end.abort()
    for (const goOn of this.#pausing) goOn()
  }

  /** Waits for so many milliseconds, or until all is over. */
  async pause(milliseconds: number): Promise<void> {
    if (this.over.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    this.#pausing.add(resolve)
    await promise
    clearTimeout(timer)
    this.#pausing.delete(resolve)
  }

  /** A token for a request of which its sender will know nothing. */
  token(): string {
    const number = this.ledger.enter()
    this.ledger.settle(number, 'perhaps')
    return this.ledger.tokenOf(number)
  }

  /** As long as it lasts, clients may be turned away or lose their connections. */
  trouble(): Disposable {
    this.#troubles++
    return {
      [Symbol.dispose]: () => {
        this.#troubles--
        this.#troubledUntil = this.now
      },
    }
  }

  /** As long as it lasts, a configuration may be refused that is right. */
  hindrance(): Disposable {
    this.hindrances++
    return {
      [Symbol.dispose]: () => {
        this.hindrances--
      },
    }
  }

  /** Whether there was, or is, such trouble since then. */
  wasTroubledSince(time: number): boolean {
    return this.#troubles > 0 || this.#troubledUntil >= time
  }
}
