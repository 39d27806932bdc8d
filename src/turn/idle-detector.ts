import { type EventLoopUtilization, performance } from 'node:perf_hooks'

/** The part of the queue that tells whether there is something to do. */
interface Queue {
  readonly inService: unknown
  readonly waiting: number
}

/** The share of its time that an idle server may spend at work. */
const MOST_AT_WORK = 0.25

/** Tells whether the server has time for what can wait. */
export class IdleDetector {
  readonly #queue: Queue
  readonly #measure: typeof performance.eventLoopUtilization
  #last: EventLoopUtilization

  /** @param measure Tells for what share of the time the event loop was at work. */
  constructor(
    queue: Queue,
    measure: typeof performance.eventLoopUtilization = performance.eventLoopUtilization,
  ) {
    this.#queue = queue
    this.#measure = measure
    this.#last = measure()
  }

  /**
   * Whether nobody is served or waits, and there has been little to do since the last call: a queue that is
   * empty at this very moment is no sign of rest.
   */
  isIdle(): boolean {
    const present = this.#measure()
    const { utilization } = this.#measure(present, this.#last)
    this.#last = present
    return this.#queue.inService === undefined && this.#queue.waiting === 0 && utilization < MOST_AT_WORK
  }
}
