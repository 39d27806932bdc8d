import { isFresh, type Sighting } from '../files/sighting.ts'
import type { Request } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import type { CachedResponse } from './cached-response.ts'
import type { Reply } from './response.ts'

/** So many requests are remembered, of so many bytes each and together. */
const MOST_REQUESTS = 16_384
const LONGEST_REQUEST = 2048
const MOST_BYTES = 8 * 1024 * 1024

/** A reply whose response can be sent again. */
export interface CachedReply extends Reply {
  readonly response: CachedResponse
}

/** A request that has been answered from memory, and may come again word for word. */
export class CachedRequest implements ReceivedRequest {
  readonly request: Request
  readonly line: string
  readonly size: number
  readonly text: string
  /** The last it got: with another response it is another object. */
  readonly reply: CachedReply
  /** Of all that was looked for. */
  #sighting: Sighting

  constructor({ request, line, size, text }: WholeRequest, reply: CachedReply, sighting: Sighting) {
    this.request = request
    this.line = line
    this.size = size
    this.text = text
    this.reply = reply
    this.#sighting = sighting
  }

  /** The reply, if it can be given again without another look at the disk. */
  replyAt(now: number): CachedReply | undefined {
    const { response } = this.reply
    if (response.file === undefined || !isFresh(this.#sighting, now)) return undefined
    return response.isValidAt(now) ? this.reply : undefined
  }

  answeredAgain(sighting: Sighting): void {
    this.#sighting = sighting
  }
}

/**
 * The one memory of answers. Its key is all bytes of a request, which is all of it that a step may judge but for the
 * access steps, and these are asked before it. What is remembered holds
 *
 * - as long as all that was looked for on the disk, found or not, need not be looked at again ({@link Sighting}),
 * - between the times in which the response says the same ({@link CachedResponse.isValidAt}),
 * - while the file it is made of is kept in memory: no answer keeps it there.
 *
 * The answers themselves are kept with that file, one for all requests that get it: many ask for the same in other words.
 * A configuration has a memory of its own.
 */
export class ResponseCache {
  readonly #known = new Map<string, CachedRequest>()
  #bytes = 0
  /** What is said twice in a row is found without hashing it, which takes longer than comparing. */
  #last: CachedRequest | undefined

  /** @param text All that has come from a client and was not answered yet. */
  recall(text: string): CachedRequest | undefined {
    if (this.#last?.text === text) return this.#last
    const known = text.length > LONGEST_REQUEST ? undefined : this.#known.get(text)
    if (known !== undefined) this.#last = known
    return known
  }

  /** @param sighting Of all that was looked for to answer it so. */
  keep(received: ReceivedRequest, reply: CachedReply, sighting: Sighting): void {
    const { response } = reply
    if (received instanceof CachedRequest && received.reply.response === response) {
      received.answeredAgain(sighting)
    } else if (isWhole(received) && received.size <= LONGEST_REQUEST && response.file !== undefined) {
      this.#add(new CachedRequest(received, reply, sighting))
    }
  }

  #add(cached: CachedRequest): void {
    // To forget the oldest only would cost every look-up the keeping of their order.
    if (this.#known.size === MOST_REQUESTS || this.#bytes > MOST_BYTES) this.#forget()
    if (!this.#known.has(cached.text)) this.#bytes += cached.size
    this.#known.set(cached.text, cached)
    this.#last = cached
  }

  #forget(): void {
    this.#known.clear()
    this.#bytes = 0
  }
}

interface WholeRequest extends ReceivedRequest {
  readonly request: Request
  readonly text: string
}

function isWhole(received: ReceivedRequest): received is WholeRequest {
  return received.text !== undefined && received.request.kind === 'request'
}
