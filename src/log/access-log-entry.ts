/**
 * What the access log needs to know of one request, when its service has ended.
 *
 * Every text is a byte string: each character is one byte (0 to 255), as it came over the wire or from the
 * disk, so that escaping works on bytes as Apache's does.
 */
export interface AccessLogEntry {
  /**
   * The same object for entries of which it is known that the same was asked, byte for byte, and the same sent but for
   * its Date and what it says of the connection; undefined where that is not known.
   */
  readonly cacheKey: object | undefined

  /** Of the client (`%a`, `%h`). */
  readonly remoteAddress: string
  readonly remotePort: number
  /** Of the other end of the connection: the client itself, or a proxy (`%{c}a`). */
  readonly connectionAddress: string
  readonly localAddress: string
  readonly localPort: number

  /** Who the client has said to be, whether or not it is, where that is asked (`%u`). */
  readonly user: string | undefined
  /** The request line as received, without its CRLF; empty when none arrived. */
  readonly requestLine: string
  readonly method: string | undefined
  /** Decoded path, without the query (`%U`). */
  readonly path: string | undefined
  /** With its `?`, or empty (`%q`). */
  readonly query: string
  /** As in `HTTP/1.1` (`%H`). */
  readonly protocol: string | undefined
  /** The value of a request field, by its name in lower case (`%{name}i`). */
  requestField(name: string): string | undefined

  /** The status sent (`%s`). */
  readonly status: number
  /** The value of a response field, by its name in lower case (`%{name}o`). */
  responseField(name: string): string | undefined
  /** What the path means on the disk, whether or not it is there and was sent, as an absolute path (`%f`). */
  readonly filename: string | undefined
  /** ServerName from the configuration (`%v`). */
  readonly serverName: string
  /** Host the client asked for, without port; ServerName when it asked for none (`%V`). */
  readonly hostAsked: string

  /** Bytes of the request: line, fields and body (`%I`). */
  readonly bytesReceived: number
  /** Bytes of the response, head included (`%O`). */
  readonly bytesSent: number
  /** Bytes of the response body (`%B`, `%b`). */
  readonly bodyBytesSent: number

  /** When the request arrived: milliseconds since the epoch. */
  readonly arrivedAt: number
  /** From arrival to the last byte taken by the kernel: microseconds. */
  readonly duration: number
  /** Spent waiting for the turn: microseconds (`%{wait}x`). */
  readonly wait: number
  /** Turns taken (`%{turns}x`). */
  readonly turns: number

  /** Requests served before this one on its connection (`%k`). */
  readonly keepAliveRequests: number
  /** What became of the connection (`%X`). */
  readonly connection: 'aborted' | 'keep-alive' | 'close'
}
