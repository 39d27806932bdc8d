import { performance } from 'node:perf_hooks'

/** What is looked at to tell whether there is something to do. */
interface Queue {
  readonly inService: unknown
  readonly waiting: number
}

/** The part of its time that a server that has nothing to do may spend at work. */
const MOST_AT_WORK = 0.25

/** Tells whether the server has time for what can wait. */
export class Idleness {
  readonly #queue: Queue
  #last = performance.eventLoopUtilization()

  constructor(queue: Queue) {
    this.#queue = queue
  }

  /**
   * Whether nobody is served or waits, and there has been little to do since this was asked before: a queue
   * that is empty at this very moment is no sign of rest.
   */
  isIdle(): boolean {
    const present = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(present, this.#last)
    this.#last = present
    return this.#queue.inService === undefined && this.#queue.waiting === 0 && utilization < MOST_AT_WORK
  }
}
