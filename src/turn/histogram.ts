/** Each power of two is divided into this many parts, whose middles are within 1 % of all they stand for. */
const PARTS = 64
const OCTAVES = 37
const POWERS = Array.from({ length: OCTAVES }, (_, octave) => 2 ** octave)
const LARGEST = 2 ** OCTAVES - 1

/**
 * Counts values by size, in little memory however many there are: whole numbers from 1 to 2³⁷, which is a day
 * and a half in microseconds.
 *
 * Node's own histogram and hdr-histogram-js do as much, but take several times as long for each value, and
 * every request records two.
 */
export class Histogram {
  readonly #counts = new Uint32Array(PARTS * OCTAVES)
  #count = 0
  #max = 0

  get count(): number {
    return this.#count
  }

  get max(): number {
    return this.#max
  }

  /** @param value Anything below 1 counts as 1, and anything above the largest as that. */
  record(value: number): void {
    const counted = value < 1 ? 1 : value > LARGEST ? LARGEST : Math.round(value)
    const place = placeOf(counted)
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
    this.#count++
    if (counted > this.#max) this.#max = counted
  }

  add(other: Histogram): void {
    for (const [place, count] of other.#counts.entries()) {
      this.#counts[place] = (this.#counts[place] ?? 0) + count
    }
    this.#count += other.#count
    this.#max = Math.max(this.#max, other.#max)
  }

  /** The smallest value that at least so many percent of all do not exceed; 0 when there is none. */
  percentile(percent: number): number {
    let left = Math.ceil((this.#count * percent) / 100)
    for (const [place, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0 && count > 0) return Math.min(middleOf(place), this.#max)
    }
    return 0
  }

  reset(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#max = 0
  }
}

function placeOf(value: number): number {
  // Math.clz32 counts in 32 bits.
  const octave = value < 2 ** 31 ? 31 - Math.clz32(value) : Math.floor(Math.log2(value))
  return octave * PARTS + Math.floor((value / powerOf(octave) - 1) * PARTS)
}

function middleOf(place: number): number {
  const octave = Math.floor(place / PARTS)
  const part = powerOf(octave) / PARTS
  const first = Math.ceil(powerOf(octave) + (place % PARTS) * part)
  return Math.floor(first + Math.max(0, part - 1) / 2)
}

function powerOf(octave: number): number {
  return POWERS[octave] ?? Number.POSITIVE_INFINITY
}
