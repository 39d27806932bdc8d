import { LRUCache } from 'lru-cache'
import { SMALL_FILE } from './found-file.ts'
import type { KeptFile } from './kept-file.ts'

/**
 * What a kept file costs besides its bytes, about: what is known of it, its answer and the room for that. Measured were
 * 2.5 KiB for one that has been sent, and 1 KiB more once somebody was told that it has not changed.
 */
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
        // What takes the place of a kept file is the same version of it, with other variants.
        noDisposeOnSet: true,
      })
    }
  }

  /**
   * Whether a file of so many bytes is to be read into memory, and would stay there.
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

  /** Bytes held, what is around the files included. */
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

/** Whoever holds an answer, the file is out of memory when it is out of here. */
function forgetResponses({ file, variants }: KeptFile): void {
  file?.forgetResponses()
  for (const variant of variants) variant.file?.forgetResponses()
}
