import { isFresh, type Sighting } from '../files/sighting.ts'
import type { Request } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import type { CachedResponse } from './cached-response.ts'
import type { Reply } from './response.ts'
import type { Place } from './step.ts'

/** So many requests are remembered, of so many bytes each and together. */
interface Room {
  readonly requests: number
  readonly bytes: number
}

const LONGEST_REQUEST = 2048
const END_OF_HEAD = '\r\n\r\n'
const FOR_FOUND: Room = { requests: 16_384, bytes: 8 * 1024 * 1024 }
/** Whoever tries one name after another must not have all else forgotten. */
const FOR_MISSING: Room = { requests: 1024, bytes: 512 * 1024 }

/** A reply whose response can be sent again: with a file, or that there is nothing. */
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
  /** Who has answered it, and by which rules. */
  readonly place: Place
  /** Of all that was looked for. */
  #sighting: Sighting

  constructor(
    { request, line, size, text }: WholeRequest,
    reply: CachedReply,
    sighting: Sighting,
    place: Place,
  ) {
    this.request = request
    this.line = line
    this.size = size
    this.text = text
    this.reply = reply
    this.place = place
    this.#sighting = sighting
  }

  /** The reply, if it can be given again without another look at the disk. */
  replyAt(now: number): CachedReply | undefined {
    const { response } = this.reply
    if (response.isForgotten || !isFresh(this.#sighting, now)) return undefined
    return response.isValidAt(now) ? this.reply : undefined
  }

  answeredAgain(sighting: Sighting): void {
    this.#sighting = sighting
  }
}

/**
 * The one memory of answers. Its key is all bytes of a request, which is all of it that a step may judge but for the
 * access steps, and these are asked before it. Where the host depends on the address that a client has come to, an answer is
 * given again only for the same one. What is remembered holds
 *
 * - as long as all that was looked for on the disk, found or not, need not be looked at again ({@link Sighting}),
 * - between the times in which the response says the same ({@link CachedResponse.isValidAt}),
 * - while the file it is made of, if it is of one, is kept in memory: no answer keeps it there.
 *
 * The answers themselves are kept with that file, one for all requests that get it: many ask for the same in other words.
 * A configuration has a memory of its own.
 */
export class ResponseCache {
  readonly #found = new CachedRequests(FOR_FOUND)
  readonly #missing = new CachedRequests(FOR_MISSING)
  /** What is said twice in a row is found without hashing it, which takes longer than comparing. */
  #last: CachedRequest | undefined

  /** @param text All that has come from a client and was not answered yet. */
  recall(text: string): CachedRequest | undefined {
    if (this.#last?.text === text) return this.#last
    if (text.length > LONGEST_REQUEST) return undefined
    const known = this.#found.get(text) ?? this.#missing.get(text)
    if (known !== undefined) this.#last = known
    return known
  }

  /** The request that begins at this place of what has come from a client: its end is that of its head. */
  recallAt(text: string, at: number): CachedRequest | undefined {
    if (this.#last !== undefined && text.startsWith(this.#last.text, at)) return this.#last
    const end = text.indexOf(END_OF_HEAD, at)
    return end < 0 ? undefined : this.recall(text.slice(at, end + END_OF_HEAD.length))
  }

  /** @param sighting Of all that was looked for to answer it so. */
  keep(received: ReceivedRequest, reply: CachedReply, sighting: Sighting, place: Place): void {
    const { response } = reply
    if (received instanceof CachedRequest && received.reply.response === response) {
      received.answeredAgain(sighting)
    } else if (isWhole(received) && received.size <= LONGEST_REQUEST && !response.isForgotten) {
      this.#add(new CachedRequest(received, reply, sighting, place))
    }
  }

  #add(cached: CachedRequest): void {
    // What was missing may have come, or the other way round.
    const isMissing = cached.reply.because.kind === 'missing'
    const [room, other] = isMissing ? [this.#missing, this.#found] : [this.#found, this.#missing]
    other.delete(cached)
    room.set(cached)
    this.#last = cached
  }
}

/** Requests by their text, until there is no more room: then all of them are forgotten. */
class CachedRequests {
  readonly #room: Room
  readonly #known = new Map<string, CachedRequest>()
  #bytes = 0

  constructor(room: Room) {
    this.#room = room
  }

  get(text: string): CachedRequest | undefined {
    return this.#known.get(text)
  }

  set(cached: CachedRequest): void {
    // To forget the oldest only would cost every look-up the keeping of their order.
    if (this.#known.size === this.#room.requests || this.#bytes > this.#room.bytes) this.#forget()
    if (!this.#known.has(cached.text)) this.#bytes += cached.size
    this.#known.set(cached.text, cached)
  }

  delete({ text, size }: CachedRequest): void {
    if (this.#known.delete(text)) this.#bytes -= size
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
