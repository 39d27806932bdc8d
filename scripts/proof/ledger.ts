import { readFileSync, writeFileSync } from 'node:fs'

/**
 * What the sender of a request knows of it, and so how often a log must name it: `never`, since the server had
 * ended the connection before it; `perhaps` once, since its sender left before it knew; `once`, since its answer
 * had begun; or once and with this status, since its answer was whole.
 */
export type Fate = 'never' | 'perhaps' | 'once' | { readonly status: number; readonly bodyBytes: number }

const CODES = { never: 0, perhaps: 1, once: 2 } as const
const NAMES = ['never', 'perhaps', 'once'] as const

/** The requests of one sender by their tokens, which stand in their queries. */
export class Ledger {
  /** Tells the tokens of several senders apart. */
  readonly book: number
  #fates = new Uint16Array(1024)
  #bodyBytes = new Uint32Array(1024)
  #length = 0
  /** While it is true, no line is certain: the server may be killed any moment. */
  inDoubt = false

  constructor(book: number) {
    this.book = book
  }

  get length(): number {
    return this.#length
  }

  /** Enters a request, and gives the number in its token. */
  enter(): number {
    if (this.#length === this.#fates.length) this.#grow()
    return this.#length++
  }

  /** What stands first in its query; the mark behind it shows whether it has come whole. */
  tokenOf(number: number): string {
    return `${this.book}-${number};`
  }

  settle(number: number, fate: Fate): void {
    if (typeof fate === 'string')
      this.#fates[number] = CODES[this.inDoubt && fate === 'once' ? 'perhaps' : fate]
    else if (this.inDoubt) this.#fates[number] = CODES.perhaps
    else {
      this.#fates[number] = fate.status
      this.#bodyBytes[number] = fate.bodyBytes
    }
  }

  fateOf(number: number): Fate {
    const code = this.#fates[number] ?? 0
    return NAMES[code] ?? { status: code, bodyBytes: this.#bodyBytes[number] ?? 0 }
  }

  /** Writes it to a file, for another process. */
  save(path: string): void {
    const fates = Buffer.from(this.#fates.buffer, 0, this.#length * 2)
    const bodyBytes = Buffer.from(this.#bodyBytes.buffer, 0, this.#length * 4)
    writeFileSync(path, Buffer.concat([bodyBytes, fates]))
  }

  static load(book: number, path: string): Ledger {
    const ledger = new Ledger(book)
    const { buffer } = Uint8Array.from(readFileSync(path))
    ledger.#length = buffer.byteLength / 6
    ledger.#bodyBytes = new Uint32Array(buffer, 0, ledger.#length)
    ledger.#fates = new Uint16Array(buffer, ledger.#length * 4)
    return ledger
  }

  #grow(): void {
    const fates = new Uint16Array(this.#fates.length * 2)
    const bodyBytes = new Uint32Array(this.#fates.length * 2)
    fates.set(this.#fates)
    bodyBytes.set(this.#bodyBytes)
    this.#fates = fates
    this.#bodyBytes = bodyBytes
  }
}
