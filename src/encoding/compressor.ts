import type { Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContentCoding } from '../http/encoding.ts'
import { isWorthwhile } from './compressible.ts'
import { createEncoder } from './encoder.ts'

/** Content that can be encoded; disposed of when that is done. */
export interface Encodable extends Disposable {
  /** Bytes. */
  readonly size: number
  /** Copies bytes from `position` on into `target` at `offset`, and returns how many there were. */
  read(target: Buffer, offset: number, length: number, position: number): number
}

/** A file that is to be encoded when there is time. */
export interface CompressionJob {
  readonly coding: ContentCoding
  /** The file as it is now; undefined when encoding it has become pointless. */
  open(): Encodable | undefined
  /** Is given the encoded bytes if they are worth having. */
  done(bytes: Buffer): void
}

/** Bytes encoded at a time: a few milliseconds of work. */
const SLICE = 64 * 1024
/** Milliseconds between two slices, in which others can have the processor. */
const PAUSE = 20
/** Jobs that may wait; further ones are refused, and asked for again by whoever still wants them. */
const MOST_JOBS = 256

/**
 * Encodes files while nobody is served: one at a time, on a thread of Node's pool, slice by slice, and before
 * each slice it pauses until the server is idle.
 *
 * The thread has the same priority as all others. With a lower one it could lose its processor while it holds
 * the lock of the pool's queue, for which the serving thread then waits.
 */
export class Compressor {
  readonly #isIdle: () => boolean
  readonly #reportFault: (error: unknown) => void
  #jobs: CompressionJob[] = []
  #working = false
  /** One buffer for all slices, so that none pile up to be collected while somebody is served. */
  readonly #slice = Buffer.allocUnsafeSlow(SLICE)

  constructor(isIdle: () => boolean, reportFault: (error: unknown) => void) {
    this.#isIdle = isIdle
    this.#reportFault = reportFault
  }

  /** Takes a job; false when too many wait already. */
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
    await this.#untilIdle()
    using file = job.open()
    if (file === undefined) return
    await using encoder = createEncoder(job.coding, 'quick', file.size)
    const [bytes] = await Promise.all([buffer(encoder), this.#feed(file, encoder)])
    if (isWorthwhile(file.size, bytes.length)) job.done(bytes)
  }

  async #feed(file: Encodable, encoder: Transform): Promise<void> {
    for (let position = 0; position < file.size; position += SLICE) {
      if (position > 0) await this.#untilIdle()
      const length = file.read(this.#slice, 0, Math.min(SLICE, file.size - position), position)
      await encode(encoder, this.#slice.subarray(0, length))
    }
    encoder.end()
  }

  async #untilIdle(): Promise<void> {
    do await sleep(PAUSE, undefined, { ref: false })
    while (!this.#isIdle())
  }
}

/** Resolves when the bytes are encoded, and may be overwritten. */
function encode(encoder: Transform, bytes: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  encoder.write(bytes, error => (error ? reject(error) : resolve()))
  return promise
}
