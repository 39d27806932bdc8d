import {
  bodyLength,
  parseResponseHead,
  type Response,
  type ResponseHead,
} from '../../test/support/response.ts'

const NOTHING: Buffer = Buffer.alloc(0)

/** Finds one response after another in what a server sends, however it comes in pieces. */
export class ResponseReader {
  /** What has come and is no part of a response yet. */
  readonly #pieces: Buffer[] = []
  #length = 0
  #head: ResponseHead | undefined

  push(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#length += bytes.length
  }

  /** Whether anything has come of the next response. */
  get hasBegun(): boolean {
    return this.#head !== undefined || this.#length > 0
  }

  /**
   * The next final response, to a request by this method, once it is whole. Throws at what this server has no reason to
   * write.
   */
  next(method: string): Response | undefined {
    for (;;) {
      this.#head ??= this.#readHead()
      if (this.#head === undefined) return undefined
      const body = this.#take(bodyLength(this.#head, method))
      if (body === undefined) return undefined
      const response = { ...this.#head, body }
      this.#head = undefined
      if (response.status >= 200) return response
    }
  }

  #readHead(): ResponseHead | undefined {
    if (this.#length === 0) return undefined
    const end = this.#join().indexOf('\r\n\r\n')
    if (end < 0) return undefined
    return parseResponseHead(this.#take(end + 4)?.toString('latin1') ?? '')
  }

  #take(length: number): Buffer | undefined {
    if (length > this.#length) return undefined
    if (length === 0) return NOTHING
    const bytes = this.#join()
    this.#pieces[0] = bytes.subarray(length)
    this.#length -= length
    if (this.#length === 0) this.#pieces.pop()
    return bytes.subarray(0, length)
  }

  #join(): Buffer {
    const [first = NOTHING] = this.#pieces
    if (this.#pieces.length <= 1) return first
    const joined = Buffer.concat(this.#pieces)
    this.#pieces.splice(0, Number.POSITIVE_INFINITY, joined)
    return joined
  }
}
