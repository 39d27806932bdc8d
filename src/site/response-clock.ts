import { formatHttpDate } from '../http/date.ts'
import type { Field } from '../http/field.ts'

/** The present second, which is as exact as Date is. */
interface Second {
  /** Milliseconds since the epoch. */
  readonly end: number
  readonly date: Field
}

/** The Date of responses: one object for all of a second. */
export class ResponseClock {
  #second: Second = { end: Number.NaN, date: ['Date', ''] }

  /** @param now Milliseconds since the epoch. */
  dateAt(now: number): Field {
    return this.secondOf(now).date
  }

  secondOf(now: number): Second {
    const start = Math.floor(now / 1000) * 1000
    if (start + 1000 !== this.#second.end)
      this.#second = { end: start + 1000, date: ['Date', formatHttpDate(now)] }
    return this.#second
  }
}
