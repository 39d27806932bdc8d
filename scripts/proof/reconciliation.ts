import type { Ledger } from './ledger.ts'

/** The format of the log that is reconciled. */
export const LINE_FORMAT = '%>s %B %X %r'
/** A token stands first in the query; what could not be read of a request may hold none. */
const LINE = /^(\d{3}) (\d+) ([-+X]) (.*)$/
const TOKEN = /\?(\d+)-(\d+);/

/** So many mismatches are told in full. */
const MOST_TOLD = 20

/** Holds what clients know of their requests against what the log says of them. */
export class Reconciliation {
  /** Lines that name a request of ours, and lines that name none. */
  named = 0
  nameless = 0
  /** Lines that are not as the format says. */
  readonly malformed: string[] = []
  readonly #books: ReadonlyMap<number, { readonly ledger: Ledger; readonly seen: Uint8Array }>
  readonly #mismatches: string[] = []
  #mismatchCount = 0

  constructor(ledgers: readonly Ledger[]) {
    this.#books = new Map(
      ledgers.map(ledger => [ledger.book, { ledger, seen: new Uint8Array(ledger.length) }]),
    )
  }

  /** Takes a line of the log. */
  take(line: string): void {
    const [, status, bodyBytes, , request = ''] = LINE.exec(line) ?? []
    if (status === undefined) {
      this.malformed.push(line)
      return
    }
    const [, book, digits] = TOKEN.exec(request) ?? []
    const found = this.#books.get(Number(book))
    const number = Number(digits)
    if (found === undefined || number >= found.ledger.length) {
      this.nameless++
      return
    }
    this.named++
    const { ledger, seen } = found
    seen[number] = Math.min(255, (seen[number] ?? 0) + 1)
    const fate = ledger.fateOf(number)
    if (typeof fate === 'string') return
    if (Number(status) !== fate.status || Number(bodyBytes) !== fate.bodyBytes) {
      this.#tell(`Expected ${fate.status} with ${fate.bodyBytes} bytes of body, the log says: ${line}`)
    }
  }

  /** What does not agree once all lines are taken; empty when everything does. */
  mismatches(): string[] {
    for (const { ledger, seen } of this.#books.values()) {
      for (const [number, times] of seen.entries()) {
        const fate = ledger.fateOf(number)
        const [least, most] = typeof fate === 'string' ? TIMES[fate] : TIMES.once
        if (times >= least && times <= most) continue
        const known = typeof fate === 'string' ? fate : `answered with ${fate.status}`
        this.#tell(`Request ?${ledger.tokenOf(number)} (${known}) is in the log ${times} times`)
      }
    }
    const more = this.#mismatchCount - this.#mismatches.length
    return more === 0 ? this.#mismatches : [...this.#mismatches, `and ${more} more`]
  }

  #tell(mismatch: string): void {
    this.#mismatchCount++
    if (this.#mismatches.length < MOST_TOLD) this.#mismatches.push(mismatch)
  }
}

const TIMES = { never: [0, 0], perhaps: [0, 1], once: [1, 1] } as const
