import type { FoundFile } from '../content/found-file.ts'
import type { BodyPart } from '../http/respond.ts'

/** The bytes of a response's body, taken in order. */
export class ResponseBody {
  readonly #parts: readonly BodyPart[]
  readonly #file: FoundFile | undefined
  #index = 0
  /** Bytes of the present part that were taken. */
  #taken = 0
  #left: number

  constructor(parts: readonly BodyPart[], file: FoundFile | undefined) {
    this.#parts = parts
    this.#file = file
    this.#left = 0
    for (const part of parts) this.#left += partLength(part)
  }

  /** Bytes still to be taken. */
  get left(): number {
    return this.#left
  }

  /**
   * Takes the next bytes into `target` from `offset` on, as many as there are or fit.
   *
   * @throws When the file has become shorter than it was announced.
   */
  take(target: Buffer, offset: number): number {
    let filled = offset
    while (filled < target.length && this.#left > 0) {
      const part = this.#parts[this.#index]
      if (part === undefined) throw new Error('A body has fewer parts than it counted')
      const length = Math.min(partLength(part) - this.#taken, target.length - filled)
      this.#copy(part, target, filled, length)
      filled += length
      this.#left -= length
      this.#taken += length
      if (this.#taken === partLength(part)) {
        this.#index++
        this.#taken = 0
      }
    }
    return filled - offset
  }

  #copy(part: BodyPart, target: Buffer, offset: number, length: number): void {
    const copied = Buffer.isBuffer(part)
      ? part.copy(target, offset, this.#taken, this.#taken + length)
      : (this.#file?.read(target, offset, length, part.first + this.#taken) ?? 0)
    if (copied < length) throw new Error(`"${this.#file?.path}" became shorter while it was sent`)
  }
}

function partLength(part: BodyPart): number {
  return Buffer.isBuffer(part) ? part.length : part.last - part.first + 1
}
