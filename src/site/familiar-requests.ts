import { isFresh, type Sighting } from '../files/sighting.ts'
import type { Request } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import type { RepeatedResponse } from './repeated-response.ts'

/** So many requests are remembered, of so many bytes each and together. */
const MOST_REQUESTS = 16_384
const LONGEST_REQUEST = 2048
const MOST_BYTES = 8 * 1024 * 1024

/** A request that has been answered from memory, and may come again word for word. */
export class FamiliarRequest implements ReceivedRequest {
  readonly request: Request
  readonly line: string
  readonly size: number
  readonly text: string
  /** How it was answered last: with another response it is another object. */
  readonly response: RepeatedResponse
  /** Of all that was looked for. */
  #sighting: Sighting

  constructor({ request, line, size, text }: WholeRequest, response: RepeatedResponse, sighting: Sighting) {
    this.request = request
    this.line = line
    this.size = size
    this.text = text
    this.response = response
    this.#sighting = sighting
  }

  /** The response, if it can be sent again without another look at the disk. */
  answerAt(now: number): RepeatedResponse | undefined {
    const { response } = this
    if (response.file === undefined || !isFresh(this.#sighting, now)) return undefined
    return response.isValidAt(now) ? response : undefined
  }

  answeredAgain(sighting: Sighting): void {
    this.#sighting = sighting
  }
}

/**
 * Requests that come again and again, word for word: one look-up of the text finds the request as it was judged, and
 * its answer for as long as nothing needs another look. That saves 9 % of the CPU time of a small file. No file is
 * kept in memory by this alone: answers let go of it when it leaves the FileCache, or another is kept in their place.
 */
export class FamiliarRequests {
  readonly #known = new Map<string, FamiliarRequest>()
  #bytes = 0
  /** What is said twice in a row is found without hashing it, which takes longer than comparing. */
  #last: FamiliarRequest | undefined

  /** @param text All that has come from a client and was not answered yet. */
  recall(text: string): FamiliarRequest | undefined {
    if (this.#last?.text === text) return this.#last
    const known = text.length > LONGEST_REQUEST ? undefined : this.#known.get(text)
    if (known !== undefined) this.#last = known
    return known
  }

  /** @param sighting Of all that was looked for to answer it so. */
  answered(received: ReceivedRequest, response: RepeatedResponse, sighting: Sighting): void {
    if (received instanceof FamiliarRequest && received.response === response) {
      received.answeredAgain(sighting)
    } else if (isWhole(received) && received.size <= LONGEST_REQUEST && response.file !== undefined) {
      this.#add(new FamiliarRequest(received, response, sighting))
    }
  }

  #add(familiar: FamiliarRequest): void {
    // To forget the oldest only would cost every look-up the keeping of their order.
    if (this.#known.size === MOST_REQUESTS || this.#bytes > MOST_BYTES) this.#forget()
    if (!this.#known.has(familiar.text)) this.#bytes += familiar.size
    this.#known.set(familiar.text, familiar)
    this.#last = familiar
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
