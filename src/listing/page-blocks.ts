/** Bytes of the first block; each later one is as large as all before it together. */
const SMALLEST = 4 * 1024
const LARGEST = 256 * 1024

/**
 * A page in the making, as bytes in blocks outside V8's heap. They are given back at once when the page is needed no
 * longer; as many small pieces, they would lie about until the next collection.
 */
export class PageBlocks {
  readonly #blocks: Buffer[] = []
  #size = 0
  #last = Buffer.alloc(0)
  /** Bytes of the last block that are used. */
  #filled = 0

  /** Appends a text, and returns how many bytes of memory that took. */
  write(text: string): number {
    if (Buffer.byteLength(text) > this.#last.length - this.#filled) return this.append(Buffer.from(text))
    this.#filled += this.#last.write(text, this.#filled)
    return 0
  }

  /** As {@link write}. */
  append(bytes: Buffer): number {
    const before = this.#size
    for (let at = 0; at < bytes.length; ) {
      if (this.#filled === this.#last.length) this.#addBlock()
      const copied = bytes.copy(this.#last, this.#filled, at)
      this.#filled += copied
      at += copied
    }
    return this.#size - before
  }

  /** The page, as it is by now. */
  get parts(): readonly Buffer[] {
    return [...this.#blocks.slice(0, -1), this.#last.subarray(0, this.#filled)]
  }

  #addBlock(): void {
    this.#last = Buffer.allocUnsafeSlow(Math.min(Math.max(this.#size, SMALLEST), LARGEST))
    this.#blocks.push(this.#last)
    this.#size += this.#last.length
    this.#filled = 0
  }
}

/** Frees the memory of a page that nobody uses any more. */
export function release(parts: readonly Buffer[]): void {
  for (const { buffer } of parts) (buffer as ArrayBuffer).transfer(0)
}
