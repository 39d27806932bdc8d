import type { Config } from '../config/config.ts'

/** How often in each Timeout the server looks at what a client takes of its response. */
const LOOKS_PER_TIMEOUT = 8

/**
 * What a client takes of one response: too little within Timeout, and it is given up. Times are milliseconds on the clock of
 * the turn.
 */
export class SendProgress {
  /** How many bytes the client had acknowledged when it last made enough progress, and when that was seen. */
  #seen: { readonly bytes: number; at: number } | undefined
  /** When all that was written had been taken, after a wait. */
  #takenAt = 0

  /** Another response begins. */
  begin(): void {
    this.#seen = undefined
  }

  /** The client has taken all that was written. */
  taken(now: number): void {
    this.#takenAt = now
  }

  /** There is something that is not all taken; gives when to look at it first. */
  wait(now: number, { timeout }: Config): number {
    // What the server took its time for is not the client's.
    if (this.#seen !== undefined) this.#seen.at += now - this.#takenAt
    return now + timeout / LOOKS_PER_TIMEOUT
  }

  /**
   * Looks at it; gives when to look again, or undefined for a client that has had its time.
   *
   * @param bytes How many it has acknowledged by now.
   */
  look(bytes: number, now: number, { timeout, sendMinRate }: Config): number | undefined {
    const enough = Math.max(1, (sendMinRate * timeout) / 1000)
    const seen =
      this.#seen === undefined || bytes - this.#seen.bytes >= enough ? { bytes, at: now } : this.#seen
    this.#seen = seen
    if (now - seen.at >= timeout) return undefined
    return Math.min(now + timeout / LOOKS_PER_TIMEOUT, seen.at + timeout)
  }
}
