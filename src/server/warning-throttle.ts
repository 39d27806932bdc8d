/** How often the log tells of the same trouble, in milliseconds. */
const INTERVAL = 60_000

/** Keeps trouble that comes again and again from filling the log. */
export class WarningThrottle<Trouble extends string> {
  readonly #now: () => number
  readonly #last = new Map<Trouble, number>()

  /** @param now Milliseconds on a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Whether it is time to tell of this trouble, which is so at most once a minute. */
  isDue(trouble: Trouble): boolean {
    const now = this.#now()
    const last = this.#last.get(trouble)
    if (last !== undefined && now - last < INTERVAL) return false
    this.#last.set(trouble, now)
    return true
  }
}
