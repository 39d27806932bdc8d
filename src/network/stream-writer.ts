import type { Socket } from 'node:net'

const NOTHING = Buffer.alloc(0)

/** Writes to a stream, and tells when all that was written is taken. */
export class StreamWriter {
  readonly #stream: Socket
  readonly #whenTaken: () => void
  /** Whether something was written that is not all taken. */
  #isWriting = false

  constructor(stream: Socket, whenTaken: () => void) {
    this.#stream = stream
    this.#whenTaken = whenTaken
  }

  get isWriting(): boolean {
    return this.#isWriting
  }

  /** As the `write` of a transport. */
  write(bytes: Buffer, more?: Buffer): boolean {
    const stream = this.#stream
    this.#isWriting = true
    if (stream.destroyed) return false
    if (more !== undefined) stream.cork()
    stream.write(bytes)
    if (more !== undefined) {
      stream.write(more)
      stream.uncork()
    }
    this.#isWriting = stream.writableLength > 0 || stream.errored !== null
    // A callback on the write itself costs a tick even when the kernel takes all of it at once, as it nearly
    // always does. An empty write behind it tells when it has ended.
    if (this.#isWriting) stream.write(NOTHING, this.#onTaken)
    return !this.#isWriting
  }

  /** One function for all writes of this stream. */
  readonly #onTaken = (error?: Error | null): void => {
    if (error || !this.#isWriting || this.#stream.writableLength > 0) return
    this.#isWriting = false
    this.#whenTaken()
  }
}
