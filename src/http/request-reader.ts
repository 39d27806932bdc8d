import { type Refusal, refusal } from './refusal.ts'
import { type RefusedRequest, type Request, type RequestLimits, readRequest } from './request.ts'
import { BodyDiscarder } from './request-body.ts'
import { startOfRequest } from './request-head.ts'

/** A request that has come to its end, served or refused. */
export interface ReceivedRequest {
  readonly request: Request | RefusedRequest
  /** The request line, or as much of one as can be made out. */
  readonly line: string
  /** Bytes it took up, its body included. */
  readonly size: number
}

/** A request whose body is being read over. */
interface PendingBody {
  readonly request: Request
  readonly discarder: BodyDiscarder
  size: number
}

/** The most of an unreadable request line that is kept. */
const LONGEST_LINE = 8190
const NOTHING: Buffer = Buffer.alloc(0)

/** Finds one request after another in what a client sends, however it comes in pieces. */
export class RequestReader {
  #input: Buffer = NOTHING
  /** How much of the input is known to be an incomplete head. */
  #examined = 0
  #body: PendingBody | undefined

  push(bytes: Buffer): void {
    this.#input = this.#input.length === 0 ? bytes : Buffer.concat([this.#input, bytes])
  }

  /** Bytes that have come and are not part of a request yet. */
  get buffered(): number {
    return this.#input.length
  }

  /** How far the next request has come; empty lines before it are nothing (RFC 9112 §2.2). */
  get stage(): 'nothing' | 'head' | 'body' {
    if (this.#body !== undefined) return 'body'
    return startOfRequest(this.#input) === this.#input.length ? 'nothing' : 'head'
  }

  /** The line of the request whose body is being read. */
  get line(): string {
    return this.#body?.request.head.line ?? ''
  }

  /**
   * The next request, once its body has been read over as well. `continue` is answered once when the client
   * waits to be told to send that body.
   */
  read(limits: RequestLimits): ReceivedRequest | 'incomplete' | 'continue' {
    if (this.#body !== undefined) return this.#readBody(this.#body)
    if (this.#input.length === 0) return 'incomplete'

    const request = readRequest(this.#input, limits, this.#examined)
    if (request === 'incomplete') {
      this.#examined = this.#input.length
      return 'incomplete'
    }
    if (request.kind === 'refused') return this.#refused(request)
    this.#drop(request.head.size)
    if (request.body.kind === 'none') return { request, line: request.head.line, size: request.head.size }

    this.#body = { request, discarder: new BodyDiscarder(request.body, limits.body), size: request.head.size }
    return request.expectsContinue && this.#input.length === 0 ? 'continue' : this.#readBody(this.#body)
  }

  /** Gives up on the request that is being read, and on all that follows it. */
  refuse(why: Refusal): ReceivedRequest {
    return this.#refused({ kind: 'refused', refusal: why, head: this.#body?.request.head })
  }

  /** Nothing more will come: what there is of a request is refused. */
  end(): ReceivedRequest {
    return this.refuse(refusal(400, 'The client ended before its request was whole'))
  }

  clear(): void {
    this.#input = NOTHING
    this.#examined = 0
    this.#body = undefined
  }

  #readBody(body: PendingBody): ReceivedRequest | 'incomplete' {
    const { used, outcome } = body.discarder.consume(this.#input)
    this.#drop(used)
    body.size += used
    if (outcome === 'more') return 'incomplete'
    if (outcome !== 'ended') return this.refuse(outcome)
    this.#body = undefined
    return { request: body.request, line: body.request.head.line, size: body.size }
  }

  #refused(request: RefusedRequest): ReceivedRequest {
    const size = (this.#body?.size ?? 0) + this.#input.length
    const line = request.head?.line ?? firstLine(this.#input)
    this.clear()
    return { request, line, size }
  }

  #drop(length: number): void {
    this.#input = length === this.#input.length ? NOTHING : this.#input.subarray(length)
    this.#examined = 0
  }
}

function firstLine(input: Buffer): string {
  const text = input.toString('latin1', 0, LONGEST_LINE)
  return /^[\r\n]*([^\r\n]*)/.exec(text)?.[1] ?? ''
}
