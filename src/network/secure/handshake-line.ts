/**
 * Handshakes that are to begin, each of which takes a signature: one in each turn of the event loop, so that whoever floods the
 * server with them holds up requests by no more than one at a time.
 */
export class HandshakeLine {
  /** In their order; who has begun is forgotten, also while others always wait. */
  readonly #waiting = new Set<() => void>()

  /** @param begin Must not throw. */
  enter(begin: () => void): void {
    this.#waiting.add(begin)
    if (this.#waiting.size === 1) setImmediate(this.#beginNext)
  }

  readonly #beginNext = (): void => {
    const [begin] = this.#waiting
    if (begin === undefined) return
    this.#waiting.delete(begin)
    if (this.#waiting.size > 0) setImmediate(this.#beginNext)
    begin()
  }
}
