import type { HeldExchange } from '../exchange/exchange.ts'

/** So many bytes and so many responses go out together with the next at the most: nobody waits long for them. */
const MOST_BYTES = 32 * 1024
const MOST_RESPONSES = 16
const NOTHING = Buffer.alloc(0)

/** A buffer not in use: since nobody else is served before they are sent, there is seldom need of a second. */
let spareBuffer: Buffer | undefined

/** Responses of one client that go out in one write with the next. */
export class HeldResponses {
  readonly #exchanges: HeldExchange[] = []
  #buffer: Buffer | undefined
  #length = 0

  get bytes(): Buffer {
    return this.#buffer?.subarray(0, this.#length) ?? NOTHING
  }

  hasRoomFor(bytes: Buffer, more?: Buffer): boolean {
    const length = bytes.length + (more?.length ?? 0)
    return this.#exchanges.length < MOST_RESPONSES && this.#length + length <= MOST_BYTES
  }

  add(exchange: HeldExchange, bytes: Buffer, more?: Buffer): void {
    this.#exchanges.push(exchange)
    this.#append(bytes)
    if (more !== undefined) this.#append(more)
  }

  /** All bytes that are held, and some that go with them. */
  followedBy(bytes: Buffer): Buffer {
    if (this.#length + bytes.length > MOST_BYTES) return Buffer.concat([this.bytes, bytes])
    this.#append(bytes)
    return this.bytes
  }

  /** The kernel has taken all of them. */
  sent(now: number): void {
    spareBuffer = this.#buffer
    this.#tellEach(exchange => exchange.sent(now))
  }

  /** The connection is gone before it had. */
  abandon(now: number): void {
    this.#tellEach(exchange => exchange.abandon(now))
  }

  /** All are told, whatever one of them throws. */
  #tellEach(tell: (exchange: HeldExchange) => void): void {
    let failure: unknown
    for (const exchange of this.#exchanges) {
      try {
        tell(exchange)
      } catch (error) {
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
  }

  #append(bytes: Buffer): void {
    this.#buffer ??= takeBuffer()
    this.#length += bytes.copy(this.#buffer, this.#length)
  }
}

function takeBuffer(): Buffer {
  const buffer = spareBuffer ?? Buffer.allocUnsafeSlow(MOST_BYTES)
  spareBuffer = undefined
  return buffer
}
