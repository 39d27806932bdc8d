/*
 * The control socket speaks JSON-RPC 2.0, one JSON object a line, UTF-8, each line ended by LF. A connection
 * carries one request and its reply, so that nothing piles up behind a slow command. A command that reports
 * along the way sends notifications of its own name before its reply; a client that has seen enough shuts down
 * its side, and gets the reply at once.
 *
 * https://www.jsonrpc.org/specification
 */
import { isUtf8 } from 'node:buffer'

/** What a client may take of the daemon. */
export interface ControlLimits {
  /** Bytes of a request line. */
  readonly request: number
  /** Milliseconds a client has to send its request, and again to take the reply. */
  readonly deadline: number
  /** Clients at the same time; more are turned away. */
  readonly connections: number
}

export const CONTROL_LIMITS: ControlLimits = { request: 64 * 1024, deadline: 5000, connections: 16 }

/** Bytes of a reply line that a client is willing to hold. */
export const REPLY_LIMIT = 16 * 1024 * 1024

const LF = 0x0a

/** Cuts a stream of bytes into lines, however the bytes arrive. */
export class LineSplitter {
  readonly #limit: number
  #pieces: Buffer[] = []
  #length = 0

  /** No line may be longer than `limit` bytes, its LF not counted. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The lines that these bytes complete, without their LF; after 'too long' the stream cannot go on. */
  push(bytes: Buffer): Buffer[] | 'too long' {
    const lines: Buffer[] = []
    let start = 0
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      this.#hold(bytes.subarray(start, end))
      if (this.#length > this.#limit) return 'too long'
      lines.push(this.#take())
      start = end + 1
    }
    this.#hold(bytes.subarray(start))
    return this.#length > this.#limit ? 'too long' : lines
  }

  #hold(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#length += piece.length
  }

  #take(): Buffer {
    const line = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#length = 0
    return line
  }
}

/** The JSON value of a line; undefined, which no JSON is, when it is not JSON in UTF-8. */
export function decodeLine(line: Buffer): unknown {
  if (!isUtf8(line)) return undefined
  try {
    return JSON.parse(line.toString())
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** One message as its line, LF included. */
export function encodeLine(message: object): string {
  return `${JSON.stringify(message)}\n`
}
