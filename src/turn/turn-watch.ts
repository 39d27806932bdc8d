import type { TurnQueue } from './turn-queue.ts'

/** How long it may take until a turn that is due begins, in milliseconds: far longer than any chunk takes to serve. */
const PATIENCE = 10_000

/** The part of the queue that is watched. */
export type WatchedQueue = Pick<TurnQueue, 'statistics' | 'maxWait' | 'standings'>

/**
 * Tells whether the turn moves, so that nobody waits in vain.
 *
 * With `MaxWait off` a client may hold the turn for as long as it takes its response bit by bit, so the queue
 * tells nothing. A blocked event loop cannot be noticed from within: nobody asks then.
 */
export class TurnWatch {
  readonly #queue: WatchedQueue
  #turns = 0
  #movedAt = Number.NEGATIVE_INFINITY

  constructor(queue: WatchedQueue) {
    this.#queue = queue
  }

  /** @param now On the clock of the queue. */
  isMoving(now: number): boolean {
    const { turns } = this.#queue.statistics
    if (turns !== this.#turns) {
      this.#turns = turns
      this.#movedAt = now
    }
    const waitingSince = this.#longestWaiting()
    if (waitingSince === undefined) return true
    return now - Math.max(waitingSince, this.#movedAt) <= this.#queue.maxWait + PATIENCE
  }

  #longestWaiting(): number | undefined {
    for (const { state, since } of this.#queue.standings()) if (state === 'waiting') return since
    return undefined
  }
}
