import type { Stats } from 'node:fs'
import { LRUCache } from 'lru-cache'
import type { Found } from './document-root.ts'

/** A file kept in memory, and what it looked like when it was read. */
export interface KeptFile {
  readonly found: Found
  readonly bytes: number
  readonly stats: Stats
  /** When it was last known to be unchanged: milliseconds since the epoch. */
  checkedAt: number
  /** Whether the times of the file would tell of any change after it was read. */
  readonly settled: boolean
}

/** What a kept file costs besides its bytes, about. */
const OVERHEAD = 1024

/** Small files in memory, the least recently used ones forgotten first. */
export class FileCache {
  /** For so many milliseconds a file is taken to be what it was. */
  static readonly FRESH_FOR = 100

  readonly #files: LRUCache<string, KeptFile> | undefined
  readonly maximum: number

  /** @param maximum Bytes; 0 keeps nothing. */
  constructor(maximum: number) {
    this.maximum = maximum
    if (maximum > 0) {
      this.#files = new LRUCache({ maxSize: maximum, sizeCalculation: file => file.bytes + OVERHEAD })
    }
  }

  get count(): number {
    return this.#files?.size ?? 0
  }

  /** Bytes held, what is around the files included. */
  get size(): number {
    return this.#files?.calculatedSize ?? 0
  }

  get(path: string): KeptFile | undefined {
    return this.#files?.get(path)
  }

  set(path: string, file: KeptFile): void {
    this.#files?.set(path, file)
  }

  delete(path: string): void {
    this.#files?.delete(path)
  }
}
