/** How often the log tells of the same trouble, in milliseconds. */
const INTERVAL = 60_000

/** Keeps trouble that comes again and again from filling the log. */
export class WarningThrottle<Trouble extends string> {
  readonly #now: () => number
  readonly #told = new Map<Trouble, { readonly at: number; leftOut: number }>()

  /** @param now Milliseconds on a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Tells of this trouble, unless that was done within the last minute.
   *
   * @param tell Is given what to add to the message: how often it was left out since the last one.
   */
  tell(trouble: Trouble, tell: (addition: string) => void): void {
    const now = this.#now()
    const last = this.#told.get(trouble)
    if (last !== undefined && now - last.at < INTERVAL) {
      last.leftOut++
      return
    }
    this.#told.set(trouble, { at: now, leftOut: 0 })
    const leftOut = last?.leftOut ?? 0
    tell(leftOut === 0 ? '' : `; ${leftOut} more like this since the last such message`)
  }
}
