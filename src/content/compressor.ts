import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContentCoding } from '../http/encoding.ts'
import { isWorthwhile } from './compressible.ts'
import { createEncoder } from './encoder.ts'
import type { FoundFile } from './found-file.ts'
import { lowerPoolPriority } from './pool-priority.ts'

/** A file that is to be encoded when there is time. */
export interface CompressionJob {
  readonly coding: ContentCoding
  /** The file as it is now; undefined when encoding it has become pointless. */
  open(): FoundFile | undefined
  /** Is given the encoded bytes if they are worth having. */
  done(bytes: Buffer): void
}

/** Bytes encoded before it is asked again whether there is time: a few milliseconds of work. */
const SLICE = 64 * 1024
/** How long it is waited before asking again, in milliseconds. */
const PAUSE = 20
/** Jobs beyond this are turned down; who still wants them asks again. */
const MOST_JOBS = 256

/**
 * Encodes files while nobody is served: one at a time, on a thread of Node's pool at the lowest priority, slice
 * by slice, and before each slice it waits until the server is idle.
 */
export class Compressor {
  readonly #isIdle: () => boolean
  readonly #reportFault: (error: unknown) => void
  #jobs: CompressionJob[] = []
  #working = false
  #priority: Promise<void> | undefined

  constructor(isIdle: () => boolean, reportFault: (error: unknown) => void) {
    this.#isIdle = isIdle
    this.#reportFault = reportFault
  }

  /** Answers false when it has too much to do already. */
  take(job: CompressionJob): boolean {
    if (this.#jobs.length >= MOST_JOBS) return false
    this.#jobs.push(job)
    if (!this.#working) void this.#work()
    return true
  }

  /** Forgets the jobs that have not begun. */
  clear(): void {
    this.#jobs = []
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      try {
        await this.#do(job)
      } catch (error) {
        this.#reportFault(error)
      }
    }
    this.#working = false
  }

  async #do(job: CompressionJob): Promise<void> {
    this.#priority ??= lowerPoolPriority()
    await this.#priority
    await this.#untilIdle()
    using file = job.open()
    if (file === undefined) return
    const encoder = createEncoder(job.coding, 'quick', file.size)
    const [bytes] = await Promise.all([buffer(encoder), pipeline(this.#slicesOf(file), encoder)])
    if (isWorthwhile(file.size, bytes.length)) job.done(bytes)
  }

  async *#slicesOf(file: FoundFile): AsyncGenerator<Buffer> {
    for (let position = 0; position < file.size; position += SLICE) {
      if (position > 0) await this.#untilIdle()
      const slice = Buffer.allocUnsafeSlow(Math.min(SLICE, file.size - position))
      yield slice.subarray(0, file.read(slice, 0, slice.length, position))
    }
  }

  async #untilIdle(): Promise<void> {
    while (!this.#isIdle()) await sleep(PAUSE, undefined, { ref: false })
  }
}
