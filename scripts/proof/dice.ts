import { createRandom } from '../bench/random.ts'

/** Throws the same for the same seed. */
export class Dice {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = createRandom(seed)
  }

  /** From the least up to the most, each as likely as the others. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.integer(0, items.length - 1)]
    if (item === undefined) throw new Error('Expected something to pick from, got nothing')
    return item
  }

  /** One of the rows, each as likely as it weighs. */
  pickByWeight<Row extends { readonly weight: number }>(rows: readonly Row[]): Row {
    let left = this.#random() * rows.reduce((sum, { weight }) => sum + weight, 0)
    for (const row of rows) {
      left -= row.weight
      if (left < 0) return row
    }
    return this.pick(rows)
  }

  bytes(length: number): Buffer {
    return Buffer.from(Uint8Array.from({ length }, () => this.#random() * 256))
  }

  /** A seed for others, who then throw on their own. */
  seed(): number {
    return this.integer(0, 2 ** 31 - 1)
  }
}
