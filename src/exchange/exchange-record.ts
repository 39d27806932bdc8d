import { aliasOf, fileOf } from '../config/alias.ts'
import type { Host } from '../config/config.ts'
import type { RefusedRequest, Request } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import type { AccessLogEntry } from '../log/access-log-entry.ts'
import type { Reason } from '../site/reason.ts'
import type { Response } from '../site/response.ts'
import { CachedRequest } from '../site/response-cache.ts'

/** What nginx logs too when a client has gone before anything was decided. */
const CLIENT_GONE = 499
/** What can be made out of a request line, though the request may have been refused for it. */
const LINE_PARTS =
  /^(?<method>[A-Z]+)(?:$| (?:(?<path>[^ ?]+)(?<query>\?[^ ]*)?)?(?:.* (?<protocol>HTTP\/\d\.\d)$)?)/

/** An exchange that has ended, as its record needs it. */
export interface EndedExchange {
  readonly client: Pick<AccessLogEntry, 'connectionAddress' | 'localAddress' | 'localPort'>
  readonly remoteAddress: string
  readonly remotePort: number
  /** Who has answered it. */
  readonly host: Host
  readonly received: ReceivedRequest
  /** Who the client has said to be, where that is asked; a byte string. */
  readonly user: string | undefined
  /** Undefined when the client had gone before anything was decided. */
  readonly response: Response | undefined
  /** Why it was answered so. */
  readonly because: Reason | undefined
  readonly connection: AccessLogEntry['connection']
  /** Requests served before this one on its connection. */
  readonly keepAliveRequests: number
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number
  /** Microseconds. */
  readonly duration: number
  readonly turns: number
  /** For how long it waited for them, in milliseconds. */
  readonly waited: number
  /** Bytes, those of the head included. */
  readonly bytesSent: number
  readonly headSize: number
}

/** What came of one request, for whoever logs it or counts. */
export class ExchangeRecord implements AccessLogEntry {
  readonly #exchange: EndedExchange
  #host: Host | undefined

  constructor(exchange: EndedExchange) {
    this.#exchange = exchange
  }

  get cacheKey(): object | undefined {
    const received = this.#exchange.received
    if (!(received instanceof CachedRequest) || received.reply.response !== this.#exchange.response)
      return undefined
    // Whether it was asked who somebody is depends on more than the bytes of the request.
    return this.connection === 'aborted' || this.user !== undefined ? undefined : received
  }

  /** Undefined when nothing was decided. */
  get because(): Reason | undefined {
    return this.#exchange.because
  }

  /** Who has answered it, as far as a configuration tells. */
  get host(): Host {
    this.#host ??= this.#exchange.host
    return this.#host
  }

  get user(): string | undefined {
    return this.#exchange.user
  }

  get requestLine(): string {
    return this.#exchange.received.line
  }

  get bytesReceived(): number {
    return this.#exchange.received.size
  }

  get remoteAddress(): string {
    return this.#exchange.remoteAddress
  }

  get remotePort(): number {
    return this.#exchange.remotePort
  }

  get connectionAddress(): string {
    return this.#exchange.client.connectionAddress
  }

  get localAddress(): string {
    return this.#exchange.client.localAddress
  }

  get localPort(): number {
    return this.#exchange.client.localPort
  }

  get method(): string | undefined {
    return methodOf(this.#exchange.received)
  }

  get path(): string | undefined {
    if (this.#request.kind !== 'request') return this.#lineParts['path']
    return this.#request.target.kind === 'resource'
      ? this.#request.target.path
      : this.#request.head.line.target
  }

  get query(): string {
    if (this.#request.kind !== 'request') return this.#lineParts['query'] ?? ''
    const { target } = this.#request
    return target.kind === 'resource' || target.kind === 'nameless' ? target.query : ''
  }

  get protocol(): string | undefined {
    return this.#lineParts['protocol']
  }

  get #lineParts(): Partial<Record<string, string>> {
    return partsOf(this.requestLine)
  }

  requestField(name: string): string | undefined {
    return this.#request.head?.fields.get(name)
  }

  get status(): number {
    return this.#exchange.response?.status ?? CLIENT_GONE
  }

  responseField(name: string): string | undefined {
    const fields = this.#exchange.response?.fields ?? []
    const values = fields.filter(([known]) => known.toLowerCase() === name).map(([, value]) => value)
    return values.length === 0 ? undefined : values.join(', ')
  }

  get filename(): string | undefined {
    return this.#exchange.response?.filename ?? this.requestedFilename
  }

  /** Where the path of the request leads on the disk, whatever was sent: for an error that may be its ErrorDocument. */
  get requestedFilename(): string | undefined {
    if (this.#request.kind !== 'request' || this.#request.target.kind !== 'resource') return undefined
    const { path } = this.#request.target
    return fileOf(path, aliasOf(path, this.host))
  }

  get serverName(): string {
    return this.host.serverName
  }

  get hostAsked(): string {
    const host = this.#request.kind === 'request' ? this.#request.host : undefined
    // With or without its final dot it is the same name.
    return host?.replace(/\.$/, '') ?? this.serverName
  }

  get bodyBytesSent(): number {
    return Math.max(0, this.bytesSent - this.#exchange.headSize)
  }

  get wait(): number {
    return Math.round(this.#exchange.waited * 1000)
  }

  get connection(): AccessLogEntry['connection'] {
    return this.#exchange.connection
  }

  get keepAliveRequests(): number {
    return this.#exchange.keepAliveRequests
  }

  get arrivedAt(): number {
    return this.#exchange.arrivedAt
  }

  get duration(): number {
    return this.#exchange.duration
  }

  get turns(): number {
    return this.#exchange.turns
  }

  get bytesSent(): number {
    return this.#exchange.bytesSent
  }

  get #request(): Request | RefusedRequest {
    return this.#exchange.received.request
  }
}

/** The method that was asked for, as far as it can be made out. */
export function methodOf({ request, line }: ReceivedRequest): string | undefined {
  return request.head?.line.method ?? partsOf(line)['method']
}

function partsOf(line: string): Partial<Record<string, string>> {
  return LINE_PARTS.exec(line)?.groups ?? {}
}
