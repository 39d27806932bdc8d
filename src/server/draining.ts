import { setTimeout as pause } from 'node:timers/promises'
import type { DrainEnd, Remainder } from '../control/daemon.ts'

/** Between two looks at what is left, in milliseconds. */
const BETWEEN_LOOKS = 250

/** That the server goes on serving, and has balancers send nothing more. */
export class Draining {
  readonly #remainder: () => Remainder
  /** Milliseconds since the epoch. */
  #since: number | undefined

  /** @param remainder What is left now. */
  constructor(remainder: () => Remainder) {
    this.#remainder = remainder
  }

  /** Since when, in milliseconds since the epoch; undefined while it is not so. */
  get since(): number | undefined {
    return this.#since
  }

  /** Begins, if it is not so already; gives since when. */
  begin(): number {
    this.#since ??= Date.now()
    return this.#since
  }

  end(): void {
    this.#since = undefined
  }

  /**
   * Waits until nothing is left.
   *
   * @param duration The longest that it waits, in milliseconds.
   * @param report Is told again and again what is left; when it gives false nobody listens any more.
   */
  async whenDone(
    duration: number,
    report: (remainder: Remainder) => boolean,
    signal: AbortSignal,
  ): Promise<DrainEnd> {
    const end = performance.now() + duration
    for (;;) {
      const remainder = this.#remainder()
      if (this.#since === undefined) return 'taken back'
      if (remainder.connections === 0) return 'drained'
      if (performance.now() >= end) return 'late'
      if (signal.aborted || !report(remainder)) return 'ended early'
      await pause(BETWEEN_LOOKS)
    }
  }
}
