import { LRUCache } from 'lru-cache'
import { SMALL_FILE } from './found-file.ts'
import type { KeptFile } from './kept-file.ts'

/** About what a kept file takes besides its bytes: what is known of it, its responses and the room for their heads. */
const OVERHEAD = 3072

/** Small files in memory, with their variants; the least recently used ones are forgotten first. */
export class FileCache {
  readonly #memory: FileMemory
  /** Before the paths of this part; no path begins so. */
  readonly #prefix: string

  /** @param maximum Bytes; 0 keeps nothing. */
  constructor(maximum: number, memory = new FileMemory(maximum), prefix = '') {
    this.#memory = memory
    this.#prefix = prefix
  }

  /** Another part of the same memory, for files that have paths of their own. */
  part(): FileCache {
    return new FileCache(this.maximum, this.#memory, `${++this.#memory.parts} `)
  }

  /** Bytes. */
  get maximum(): number {
    return this.#memory.maximum
  }

  /**
   * Whether a file of so many bytes should be read into memory, and would stay there.
   *
   * @param beside The kept file that it is a variant of, if it is one.
   */
  mayKeep(size: number, beside?: KeptFile): boolean {
    const held = beside === undefined ? OVERHEAD : bytesHeld(beside)
    return size <= SMALL_FILE && held + size <= this.maximum
  }

  /** Of all parts together. */
  get count(): number {
    return this.#memory.files?.size ?? 0
  }

  /** Bytes held by all parts together, overhead included. */
  get size(): number {
    return this.#memory.files?.calculatedSize ?? 0
  }

  get(path: string): KeptFile | undefined {
    return this.#memory.files?.get(this.#prefix + path)
  }

  set(file: KeptFile): void {
    this.#memory.files?.set(this.#prefix + file.path, file)
  }

  delete(path: string): void {
    this.#memory.files?.delete(this.#prefix + path)
  }
}

/** What the parts of a cache share. */
class FileMemory {
  readonly maximum: number
  readonly files: LRUCache<string, KeptFile> | undefined
  parts = 0

  constructor(maximum: number) {
    this.maximum = maximum
    if (maximum > 0) {
      this.files = new LRUCache({
        maxSize: maximum,
        sizeCalculation: bytesHeld,
        dispose: forgetResponses,
        // A replacement is the same version of the file, with other variants.
        noDisposeOnSet: true,
      })
    }
  }
}

function bytesHeld({ file, variants }: KeptFile): number {
  return variants.reduce((bytes, variant) => bytes + (variant.file?.size ?? 0), OVERHEAD + (file?.size ?? 0))
}

/** Frees the responses of a file that has left the cache, whoever still holds one. */
function forgetResponses({ file, variants }: KeptFile): void {
  file?.forgetResponses()
  for (const variant of variants) variant.file?.forgetResponses()
}
