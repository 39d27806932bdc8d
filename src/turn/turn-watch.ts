import type { TurnQueue } from './turn-queue.ts'

/** Milliseconds that may pass without a turn though one is due: far more than any chunk takes to serve. */
const PATIENCE = 10_000

/** What it looks at. */
export type WatchedQueue = Pick<TurnQueue, 'statistics' | 'maxWait' | 'standings'>

/**
 * Tells whether the turn moves: nobody waits in vain.
 *
 * With `MaxWait off` a client may hold the turn for as long as it takes its response bit by bit, so nothing can be
 * told from the queue. That the event loop is blocked cannot be told from within at all: nobody asks then.
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
