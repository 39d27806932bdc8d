/** Counts the requests that are under way, by the network of their client. */
export class RequestsUnderWay {
  readonly #counts = new Map<string, number>()

  /** Counts one more, unless there are `most` already; tells whether it did. */
  enter(network: string, most: number): boolean {
    const count = this.#counts.get(network) ?? 0
    if (count >= most) return false
    this.#counts.set(network, count + 1)
    return true
  }

  /** One that was counted has ended. */
  leave(network: string): void {
    const count = this.#counts.get(network) ?? 0
    if (count > 1) this.#counts.set(network, count - 1)
    else this.#counts.delete(network)
  }
}
