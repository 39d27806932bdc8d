/** Lets many through at a time, or one alone; whoever wants to be alone goes before those who come later. */
export class Gate {
  #inside = 0
  /** Resolves when the last one who wanted to be alone has left. */
  #free: Promise<void> = Promise.resolve()
  #whenEmpty: (() => void) | undefined

  /** Waits while somebody is, or wants to be, alone. */
  async enter(): Promise<Disposable> {
    for (let free: Promise<void> | undefined; free !== this.#free; ) {
      free = this.#free
      await free
    }
    this.#inside++
    return {
      [Symbol.dispose]: () => {
        this.#inside--
        if (this.#inside === 0) this.#whenEmpty?.()
      },
    }
  }

  /** Waits until everybody has left. */
  async enterAlone(): Promise<Disposable> {
    const before = this.#free
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#free = promise
    await before
    if (this.#inside > 0) {
      const empty = Promise.withResolvers<void>()
      this.#whenEmpty = empty.resolve
      await empty.promise
      this.#whenEmpty = undefined
    }
    return { [Symbol.dispose]: resolve }
  }
}
