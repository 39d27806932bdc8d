import { closeSync, readSync } from 'node:fs'
import type { ContentCoding } from '../http/encoding.ts'
import type { Representation } from '../http/representation.ts'
import type { OpenedFile } from './root-folder.ts'

/**
 * A file that can be sent: small ones are in memory, others are open. Whoever is given one disposes of it.
 */
export interface FoundFile extends Representation, Disposable {
  /** Its absolute path, as a byte string. */
  readonly path: string
  /** Of a file that is open. */
  readonly descriptor: number | undefined
  /**
   * Copies bytes of it, from `position` on, into `target` at `offset`.
   *
   * @returns How many there were: fewer than `length` when the file has shrunk since it was found.
   */
  read(target: Buffer, offset: number, length: number, position: number): number
}

/** A small file as it was when it was last looked at. */
export class FileInMemory implements FoundFile {
  readonly path: string
  readonly descriptor = undefined
  readonly size: number
  readonly modified: number
  readonly etag: string
  readonly mediaType: string
  readonly coding: ContentCoding | undefined
  readonly varies: boolean
  readonly bytes: Buffer
  /** Up to when it is taken to be what is on the disk: milliseconds since the epoch. */
  freshUntil = 0
  /** Whether anybody has been answered with it. */
  wasAnswered = false

  constructor(path: string, representation: Representation, bytes: Buffer) {
    this.path = path
    this.size = representation.size
    this.modified = representation.modified
    this.etag = representation.etag
    this.mediaType = representation.mediaType
    this.coding = representation.coding
    this.varies = representation.varies ?? false
    this.bytes = bytes
  }

  read(target: Buffer, offset: number, length: number, position: number): number {
    return this.bytes.copy(target, offset, position, position + length)
  }

  [Symbol.dispose](): void {}
}

/** Files up to this size are read at once and may be kept in memory, in bytes. */
const SMALL_FILE = 256 * 1024

/** The bytes of an open file, or undefined when it is not small. */
export function readSmallFile({ descriptor, stats }: OpenedFile): Buffer | undefined {
  if (stats.size > SMALL_FILE) return undefined
  const bytes = Buffer.allocUnsafeSlow(stats.size)
  return bytes.subarray(0, readFully(descriptor, bytes, 0, stats.size, 0))
}

/** A file held open while it is sent. */
export class OpenFile implements FoundFile {
  readonly path: string
  readonly size: number
  readonly modified: number
  readonly etag: string
  readonly mediaType: string
  readonly coding: ContentCoding | undefined
  readonly varies: boolean
  #descriptor: number | undefined

  constructor(path: string, representation: Representation, descriptor: number) {
    this.path = path
    this.size = representation.size
    this.modified = representation.modified
    this.etag = representation.etag
    this.mediaType = representation.mediaType
    this.coding = representation.coding
    this.varies = representation.varies ?? false
    this.#descriptor = descriptor
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
