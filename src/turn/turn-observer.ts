/** Observes the turn; it must not call the queue. */
export interface TurnObserver<S> {
  /** It joins the tail of the queue. */
  entered(service: S, at: number): void
  /** It gets the turn, after so many milliseconds in the queue. */
  served(service: S, at: number, waited: number): void
  /** It loses the turn before its end. */
  setAside(service: S, at: number): void
  /** It has left the queue, finished or abandoned. */
  left(service: S, at: number): void
}

/** Keeps from the turn what an observer throws. */
export class GuardedObserver<S> implements TurnObserver<S> {
  readonly #observer: TurnObserver<S>
  readonly #failed: (error: unknown) => void

  constructor(observer: TurnObserver<S>, failed: (error: unknown) => void) {
    this.#observer = observer
    this.#failed = failed
  }

  entered(service: S, at: number): void {
    try {
      this.#observer.entered(service, at)
    } catch (error) {
      this.#failed(error)
    }
  }

  served(service: S, at: number, waited: number): void {
    try {
      this.#observer.served(service, at, waited)
    } catch (error) {
      this.#failed(error)
    }
  }

  setAside(service: S, at: number): void {
    try {
      this.#observer.setAside(service, at)
    } catch (error) {
      this.#failed(error)
    }
  }

  left(service: S, at: number): void {
    try {
      this.#observer.left(service, at)
    } catch (error) {
      this.#failed(error)
    }
  }
}
