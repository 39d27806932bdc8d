import { detached } from '../byte-string.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { RefusedRequest, Request, RequestParser } from './request.ts'
import { BodyDiscarder } from './request-body.ts'
import { startOfRequest } from './request-head.ts'

/** A request that has arrived, or was refused before its end. */
export interface ReceivedRequest {
  readonly request: Request | RefusedRequest
  /** The request line, or as much of one as can be recognised. */
  readonly line: string
  /** Bytes of the request, its body included. */
  readonly size: number
  /** All of its bytes, if it came in one piece by itself; undefined for a request with a body. */
  readonly text: string | undefined
}

/** The same request, refused for a reason that lies not in it. */
export function refuseReceived({ request, line, size }: ReceivedRequest, why: Refusal): ReceivedRequest {
  return { request: { kind: 'refused', refusal: why, head: request.head }, line, size, text: undefined }
}

/** A request whose body is being read over. */
interface PendingBody {
  readonly request: Request
  readonly discarder: BodyDiscarder
  size: number
}

/** The most of an unreadable request line that is kept. */
const LONGEST_LINE = 8190

/** Splits the bytes of a client, a byte string, into requests, however they come in pieces. */
export class RequestReader {
  #input = ''
  /** Where the next request begins in the input. */
  #at = 0
  /** The end of the input that is known to be an incomplete head. */
  #examined = 0
  #body: PendingBody | undefined

  push(text: string): void {
    const rest = this.#at === 0 ? this.#input : detached(this.#input.slice(this.#at))
    this.#input = rest + text
    this.#examined = Math.max(0, this.#examined - this.#at)
    this.#at = 0
  }

  /** Bytes that have come and are not part of a request yet. */
  get buffered(): number {
    return this.#input.length - this.#at
  }

  /** Whether nothing of a next request has come. */
  get isEmpty(): boolean {
    return this.#body === undefined && this.buffered === 0
  }

  /** The part of the next request that is arriving; empty lines before it are nothing (RFC 9112 §2.2). */
  get stage(): 'nothing' | 'head' | 'body' {
    if (this.#body !== undefined) return 'body'
    if (this.buffered === 0) return 'nothing'
    return startOfRequest(this.#input, this.#at) === this.#input.length ? 'nothing' : 'head'
  }

  /** Bytes of the part that {@link stage} names which have come. */
  get partReceived(): number {
    const body = this.#body
    return this.buffered + (body === undefined ? 0 : body.size - body.request.head.size)
  }

  /** The line of the request whose body is being read. */
  get line(): string {
    return this.#body?.request.head.line.text ?? ''
  }

  /**
   * The next request, if it is known word for word.
   *
   * @param recall Finds the request that begins at this place of the text.
   */
  readKnown<Known extends ReceivedRequest>(
    recall: (text: string, at: number) => Known | undefined,
  ): Known | undefined {
    if (this.#body !== undefined || this.buffered === 0) return undefined
    const known = recall(this.#input, this.#at)
    if (known !== undefined) this.#drop(known.size)
    return known
  }

  /**
   * The next request, once its body has been read over as well. Returns `continue` once when the client waits
   * for it before it sends that body.
   */
  read(parser: RequestParser): ReceivedRequest | 'incomplete' | 'continue' {
    if (this.#body !== undefined) return this.#readBody(this.#body)
    if (this.buffered === 0) return 'incomplete'

    const request = parser.parse(this.#input, this.#at, Math.max(this.#at, this.#examined))
    if (request === 'incomplete') {
      this.#examined = this.#input.length
      return 'incomplete'
    }
    if (request.kind === 'refused') return this.#refused(request)
    const { line, size } = request.head
    const text = size === this.#input.length ? this.#input : undefined
    this.#drop(size)
    if (request.body.kind === 'none') return { request, line: line.text, size, text }

    this.#body = { request, discarder: new BodyDiscarder(request.body, parser.limits.body), size }
    return request.expectsContinue && this.buffered === 0 ? 'continue' : this.#readBody(this.#body)
  }

  /** Refuses the request that is being read, and drops all that follows it. */
  refuse(why: Refusal): ReceivedRequest {
    return this.#refused({ kind: 'refused', refusal: why, head: this.#body?.request.head })
  }

  /** Refuses what has come of a request, since nothing more will come. */
  end(): ReceivedRequest {
    return this.refuse(refusal(400, 'The client ended before its request was whole'))
  }

  clear(): void {
    this.#input = ''
    this.#at = 0
    this.#examined = 0
    this.#body = undefined
  }

  #readBody(body: PendingBody): ReceivedRequest | 'incomplete' {
    const { used, outcome } = body.discarder.consume(this.#input, this.#at)
    this.#drop(used)
    body.size += used
    if (outcome === 'more') return 'incomplete'
    if (outcome !== 'ended') return this.refuse(outcome)
    this.#body = undefined
    return { request: body.request, line: body.request.head.line.text, size: body.size, text: undefined }
  }

  #refused(request: RefusedRequest): ReceivedRequest {
    const size = (this.#body?.size ?? 0) + this.buffered
    const line = request.head?.line.text ?? firstLine(this.#input.slice(this.#at, this.#at + LONGEST_LINE))
    this.clear()
    return { request, line, size, text: undefined }
  }

  #drop(length: number): void {
    this.#at += length
    if (this.#at < this.#input.length) return
    this.#input = ''
    this.#at = 0
    this.#examined = 0
  }
}

function firstLine(text: string): string {
  return /^[\r\n]*([^\r\n]*)/.exec(text)?.[1] ?? ''
}
