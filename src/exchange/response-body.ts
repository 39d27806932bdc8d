import { fstatSync } from 'node:fs'
import type { FoundFile } from '../files/found-file.ts'
import type { BodyPart } from '../http/response/respond.ts'

/** As a Transport sends bytes of an open file. */
interface FileSender {
  sendFile(descriptor: number, position: number, length: number): number
}

/**
 * So many bytes at the end of a body are read, though they be of an open file. The kernel sends a file's pages, not
 * their bytes: while they wait to leave, or on the same machine to be read, they change with the file, and are zeros
 * where it was cut short. By its last read a file that was cut short is found out. What may wait by then, after that
 * nobody looks: 256 KiB by the limit on what is sent ahead, and 128 KiB or so with a client that has read nothing yet.
 */
const LAST_READ = 640 * 1024

/** The bytes of a response's body, taken in order. */
export class ResponseBody {
  readonly #parts: readonly BodyPart[]
  readonly #file: FoundFile | undefined
  readonly #lastRead: number
  #index = 0
  /** Bytes of the present part that were taken. */
  #taken = 0
  #left: number

  /** @param lastRead So many bytes at its end are for {@link take} alone. */
  constructor(parts: readonly BodyPart[], file: FoundFile | undefined, lastRead = LAST_READ) {
    this.#parts = parts
    this.#file = file
    this.#lastRead = lastRead
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
      this.#pass(part, length)
    }
    return filled - offset
  }

  /** Whether the open file has no longer all that was sent of it, so that some of that may have become zeros. */
  get isCutShort(): boolean {
    const descriptor = this.#file?.descriptor
    if (descriptor === undefined) return false
    const ends = this.#parts.map(part => (Buffer.isBuffer(part) ? 0 : part.last + 1))
    return fstatSync(descriptor).size < Math.max(0, ...ends)
  }

  /** What is wrong with a file of which there is less than was announced. */
  get cutShort(): Error {
    return new Error(`"${this.#file?.path}" became shorter while it was sent`)
  }

  /** Bytes of an open file that come next and may be left to the kernel. */
  get fileAhead(): number {
    const part = this.#parts[this.#index]
    if (part === undefined || Buffer.isBuffer(part) || this.#file?.descriptor === undefined) return 0
    return Math.max(0, Math.min(partLength(part) - this.#taken, this.#left - this.#lastRead))
  }

  /**
   * Has the kernel send the next bytes, at most so many, if they may be left to it and it has room.
   *
   * @returns How many it took.
   */
  sendFile(client: FileSender, most: number): number {
    const part = this.#parts[this.#index]
    const descriptor = this.#file?.descriptor
    const length = Math.min(this.fileAhead, most)
    if (length === 0 || part === undefined || Buffer.isBuffer(part) || descriptor === undefined) return 0
    const sent = client.sendFile(descriptor, part.first + this.#taken, length)
    this.#pass(part, sent)
    return sent
  }

  /** So many bytes of the present part need no more be taken. */
  #pass(part: BodyPart, length: number): void {
    this.#left -= length
    this.#taken += length
    if (this.#taken < partLength(part)) return
    this.#index++
    this.#taken = 0
  }

  #copy(part: BodyPart, target: Buffer, offset: number, length: number): void {
    const copied = Buffer.isBuffer(part)
      ? part.copy(target, offset, this.#taken, this.#taken + length)
      : (this.#file?.read(target, offset, length, part.first + this.#taken) ?? 0)
    if (copied < length) throw this.cutShort
  }
}

function partLength(part: BodyPart): number {
  return Buffer.isBuffer(part) ? part.length : part.last - part.first + 1
}
