import { Histogram } from './histogram.ts'

/** Durations of so many turns: half of them lasted no longer than `p50`, 90 % no longer than `p90`. */
export interface Quantiles {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** How much of the minute is forgotten at a time, in milliseconds. */
const PERIOD = 10_000
const PERIODS = 6

/**
 * Distribution of the durations of the last 50 to 60 seconds, to within 1 %, in little memory however many
 * there are.
 */
export class LastMinute {
  /** Of the latest periods, each in the place that is its number modulo {@link PERIODS}. */
  readonly #periods = Array.from({ length: PERIODS }, () => ({ number: -1, histogram: new Histogram() }))

  /**
   * @param duration Milliseconds; from a microsecond on.
   * @param now Milliseconds on a clock that never goes back.
   */
  record(duration: number, now: number): void {
    this.#periodOf(now).record(duration * 1000)
  }

  /** In microseconds; null when there was nothing in the last minute. */
  quantiles(now: number): Quantiles | null {
    const all = new Histogram()
    for (const { number, histogram } of this.#periods) {
      if (number > Math.floor(now / PERIOD) - PERIODS) all.add(histogram)
    }
    if (all.count === 0) return null
    return {
      count: all.count,
      p50: all.percentile(50),
      p90: all.percentile(90),
      p99: all.percentile(99),
      max: all.max,
    }
  }

  #periodOf(now: number): Histogram {
    const number = Math.floor(now / PERIOD)
    const period = this.#periods[number % PERIODS]
    if (period === undefined) throw new Error(`There is no time ${now}`)
    if (period.number !== number) {
      period.number = number
      period.histogram.reset()
    }
    return period.histogram
  }
}
