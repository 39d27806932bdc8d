/**
 * Handshakes that are to begin, each of which takes a signature: one in each turn of the event loop, so that whoever floods the
 * server with them holds up requests by no more than one at a time.
 */
export class HandshakeLine {
  #waiting: (() => void)[] = []
  #next = 0

  /** @param begin Must not throw. */
  enter(begin: () => void): void {
    this.#waiting.push(begin)
    if (this.#waiting.length === 1) setImmediate(this.#beginNext)
  }

  readonly #beginNext = (): void => {
    const begin = this.#waiting[this.#next++]
    if (this.#next === this.#waiting.length) {
      this.#waiting = []
      this.#next = 0
    } else {
      setImmediate(this.#beginNext)
    }
    begin?.()
  }
}
