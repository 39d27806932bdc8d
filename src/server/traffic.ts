import type { ExchangeRecord } from '../exchange/exchange-record.ts'

/** Running totals since the start. */
export class Traffic {
  connections = 0
  readonly turnedAway = { full: 0, perAddress: 0, descriptors: 0 }
  handshakesFailed = 0
  requests = 0
  bytesSent = 0
  /** Responses by class of status, from 1xx to 5xx. */
  readonly #byClass = [0, 0, 0, 0, 0]

  count(record: ExchangeRecord): void {
    this.requests++
    this.bytesSent += record.bytesSent
    const index = Math.floor(record.status / 100) - 1
    this.#byClass[index] = (this.#byClass[index] ?? 0) + 1
  }

  /** With the keys `1xx` to `5xx`. */
  get byClass(): Record<string, number> {
    return Object.fromEntries(this.#byClass.map((count, index) => [`${index + 1}xx`, count]))
  }
}
