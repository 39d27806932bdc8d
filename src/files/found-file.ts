import { closeSync, readSync } from 'node:fs'
import type { ContentCoding } from '../http/encoding.ts'
import type { Representation } from '../http/response/representation.ts'
import { keepForClient } from './descriptors.ts'
import type { OpenedFile } from './root-folder.ts'
import type { Sighting } from './sighting.ts'

/** A file that can be sent: small ones are in memory, others are open. Whoever gets one disposes of it. */
export interface FoundFile extends Representation, Disposable {
  /** Its absolute path, as a byte string. */
  readonly path: string
  /** The descriptor of an open file. */
  readonly descriptor: number | undefined
  /**
   * Copies bytes from `position` on into `target` at `offset`.
   *
   * @returns How many there were: fewer than `length` when the file has shrunk since it was found.
   */
  read(target: Buffer, offset: number, length: number, position: number): number
}

/** What is answered with some content: made by whoever answers, and kept with the content. */
export interface KeptResponse {
  readonly status: number
  /** The content is in memory no longer: lets go of it, whoever may hold this answer. */
  forget(): void
}

/** Content that is answered with again and again. */
export interface Cacheable {
  /** One for each status at the most. */
  answers: readonly KeptResponse[]
}

/** The bytes of a small file: this memory from `start` on. */
export interface SmallFile {
  readonly memory: Buffer
  readonly start: number
}

/** A file, with what is said of it. */
class DescribedFile implements Representation {
  readonly path: string
  readonly size: number
  readonly modified: number
  readonly etag: string
  readonly mediaType: string
  readonly coding: ContentCoding | undefined
  readonly varies: boolean

  constructor(path: string, representation: Representation) {
    this.path = path
    this.size = representation.size
    this.modified = representation.modified
    this.etag = representation.etag
    this.mediaType = representation.mediaType
    this.coding = representation.coding
    this.varies = representation.varies ?? false
  }
}

/** A small file in memory, as it was when it was last read. */
export class FileInMemory extends DescribedFile implements FoundFile, Cacheable {
  readonly descriptor = undefined
  readonly #memory: Buffer
  readonly #start: number
  #isRoomTaken = false
  /**
   * When its own path last led to it. Requests for that path may renew this, so it says nothing of other
   * paths for which this file is sent. Undefined until it was found.
   */
  sighting: Sighting | undefined
  answers: readonly KeptResponse[] = []

  constructor(path: string, representation: Representation, { memory, start }: SmallFile) {
    super(path, representation)
    this.#memory = memory
    this.#start = start
  }

  get bytes(): Buffer {
    return this.#memory.subarray(this.#start)
  }

  /** Whether the file has these bytes. */
  holds({ memory, start }: SmallFile): boolean {
    return this.bytes.equals(memory.subarray(start))
  }

  read(target: Buffer, offset: number, length: number, position: number): number {
    const from = this.#start + position
    return this.#memory.copy(target, offset, from, from + length)
  }

  /**
   * Gives away the file's own memory with `length` bytes before the file to write to, so that both go to the
   * kernel in one piece without a copy. Undefined when there are not so many, or they were given away before.
   */
  takeRoom(length: number): Buffer | undefined {
    if (this.#isRoomTaken || length > this.#start) return undefined
    this.#isRoomTaken = true
    return this.#memory.subarray(this.#start - length)
  }

  forgetResponses(): void {
    for (const answer of this.answers) answer.forget()
    this.answers = []
  }

  [Symbol.dispose](): void {}
}

/** An encoded form of a file. */
export interface Variant {
  readonly coding: ContentCoding
  /** Bytes. */
  readonly size: number
  /** Undefined for a sidecar that is not in memory. */
  readonly file: FileInMemory | undefined
}

/** Files up to this size, in bytes, are read at once and may be kept in memory. */
export const SMALL_FILE = 256 * 1024
/** Bytes left free before a small file for the head of its response, to which administrators may add fields. */
const HEAD_ROOM = 512

/** Reads an open file, with room for the head of a response before it. */
export function readSmallFile({ descriptor, stats }: OpenedFile): SmallFile {
  const memory = Buffer.allocUnsafeSlow(HEAD_ROOM + stats.size)
  const read = readFully(descriptor, memory, HEAD_ROOM, stats.size, 0)
  return { memory: read === stats.size ? memory : memory.subarray(0, HEAD_ROOM + read), start: HEAD_ROOM }
}

/** The first bytes of an open file, so many if there are. */
export function readBeginning(descriptor: number, most: number): Buffer {
  const bytes = Buffer.alloc(most)
  return bytes.subarray(0, readFully(descriptor, bytes, 0, most, 0))
}

/** A file that is open while it is sent. */
export class OpenFile extends DescribedFile implements FoundFile {
  #descriptor: number | undefined

  /** Takes over the descriptor, also when it throws because the descriptor is one of the reserve. */
  constructor(path: string, representation: Representation, descriptor: number) {
    super(path, representation)
    this.#descriptor = keepForClient(descriptor)
  }

  get descriptor(): number | undefined {
    return this.#descriptor
  }

  read(target: Buffer, offset: number, length: number, position: number): number {
    if (this.#descriptor === undefined) throw new Error(`"${this.path}" is closed`)
    return readFully(this.#descriptor, target, offset, length, position)
  }

  [Symbol.dispose](): void {
    if (this.#descriptor === undefined) return
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

/** Reads until there is no more to read or no more room: one read(2) may give less than it could. */
export function readFully(
  descriptor: number,
  target: Buffer,
  offset: number,
  length: number,
  position: number,
): number {
  let read = 0
  while (read < length) {
    const step = readSync(descriptor, target, offset + read, length - read, position + read)
    if (step === 0) break
    read += step
  }
  return read
}
