import { LRUCache } from 'lru-cache'
import { SMALL_FILE } from './found-file.ts'
import type { KeptFile } from './kept-file.ts'

/** About what a kept file takes besides its bytes: what is known of it, its responses and the room for their heads. */
const OVERHEAD = 3072

/** Small files in memory, with their variants; the least recently used ones are forgotten first. */
export class FileCache {
  readonly #files: LRUCache<string, KeptFile> | undefined
  readonly maximum: number

  /** @param maximum Bytes; 0 keeps nothing. */
  constructor(maximum: number) {
    this.maximum = maximum
    if (maximum > 0) {
      this.#files = new LRUCache({
        maxSize: maximum,
        sizeCalculation: bytesHeld,
        dispose: forgetResponses,
        // A replacement is the same version of the file, with other variants.
        noDisposeOnSet: true,
      })
    }
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

  get count(): number {
    return this.#files?.size ?? 0
  }

  /** Bytes held, overhead included. */
  get size(): number {
    return this.#files?.calculatedSize ?? 0
  }

  get(path: string): KeptFile | undefined {
    return this.#files?.get(path)
  }

  set(file: KeptFile): void {
    this.#files?.set(file.path, file)
  }

  delete(path: string): void {
    this.#files?.delete(path)
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
