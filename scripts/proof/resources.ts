import { readdirSync } from 'node:fs'
import { residentBytes } from '../measure/memory.ts'
import { median } from '../measure/statistics.ts'

/** What a process held at a moment. */
export interface Sample {
  /** Seconds since the first. */
  readonly at: number
  /** Bytes of memory. */
  readonly resident: number
  readonly descriptors: number
}

const INTERVAL = 250

/** Looks at a process again and again until it is disposed of, which must come before the end of the process. */
export class ResourceWatch implements Disposable {
  readonly samples: Sample[] = []
  readonly #pid: number
  readonly #began = performance.now()
  readonly #timer: NodeJS.Timeout

  constructor(pid: number) {
    this.#pid = pid
    this.look()
    this.#timer = setInterval(() => this.look(), INTERVAL)
  }

  look(): Sample {
    const sample = {
      at: (performance.now() - this.#began) / 1000,
      resident: residentBytes(this.#pid).now,
      descriptors: readdirSync(`/proc/${this.#pid}/fd`).length,
    }
    this.samples.push(sample)
    return sample
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

/**
 * How much more a process held in the last third of the time than in the second, by their medians; the first third is
 * for warming up.
 */
export function growth(values: readonly number[]): number {
  const third = Math.floor(values.length / 3)
  return median(values.slice(2 * third)) - median(values.slice(third, 2 * third))
}
