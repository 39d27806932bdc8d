import type { TransportUser } from './transport.ts'

/** Catches what the handlers of a connection throw: uncaught it would end the server. */
export class Guard implements TransportUser {
  readonly #user: TransportUser
  readonly #onFault: (error: unknown) => void

  constructor(user: TransportUser, onFault: (error: unknown) => void) {
    this.#user = user
    this.#onFault = onFault
  }

  received(text: string): void {
    try {
      this.#user.received(text)
    } catch (error) {
      this.#onFault(error)
    }
  }

  preface(text: string): string {
    try {
      return this.#user.preface?.(text) ?? text
    } catch (error) {
      this.#onFault(error)
      return ''
    }
  }

  misspoke(): void {
    try {
      this.#user.misspoke()
    } catch (error) {
      this.#onFault(error)
    }
  }

  taken(): void {
    try {
      this.#user.taken()
    } catch (error) {
      this.#onFault(error)
    }
  }

  ended(): void {
    try {
      this.#user.ended()
    } catch (error) {
      this.#onFault(error)
    }
  }

  closed(): void {
    try {
      this.#user.closed()
    } catch (error) {
      this.#onFault(error)
    }
  }

  fail(error: unknown): void {
    this.#onFault(error)
  }
}
