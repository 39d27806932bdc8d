/*
 * The control socket speaks JSON-RPC 2.0, one JSON object a line, UTF-8, each line ended by LF. A connection
 * carries one request and its reply, so that nothing piles up behind a slow command. A command that reports
 * along the way sends notifications of its own name before its reply; a client that has seen enough shuts down
 * its side, and gets the reply at once.
 *
 * https://www.jsonrpc.org/specification
 */
import { isUtf8 } from 'node:buffer'
import { isJSONRPCID, type JSONRPCID, type JSONRPCRequest } from 'json-rpc-2.0'

/** Limits of the control socket. */
export interface ControlLimits {
  /** Bytes of a request line. */
  readonly request: number
  /** Milliseconds a client has to send its request, and again to take the reply. */
  readonly deadline: number
  /** Clients at the same time. One more takes the place of the client that has been idle for longest. */
  readonly connections: number
  /** Of these, clients of one command: all commands that take their time together leave places free. */
  readonly ofOneCommand: number
  /** Bytes that a client may leave unread before its command ends; all together, `ofOneCommand` times as many. */
  readonly unread: number
  /** Milliseconds between two looks at whether the socket is still there. */
  readonly restore: number
}

export const CONTROL_LIMITS: ControlLimits = {
  request: 64 * 1024,
  deadline: 5000,
  connections: 16,
  ofOneCommand: 4,
  unread: 2 * 1024 * 1024,
  restore: 10_000,
}

/** The code of an error reply for want of places, of those that JSON-RPC leaves to servers. */
export const BUSY_CODE = -32000

/** Bytes of a reply line that a client is willing to hold. */
export const REPLY_LIMIT = 16 * 1024 * 1024

const LF = 0x0a
const NOTHING = Buffer.alloc(0)

/** Cuts a stream of bytes into lines, however the bytes arrive. */
export class LineSplitter {
  readonly #limit: number
  /** The beginning of a line, in the first `#length` bytes. */
  #held: Buffer = NOTHING
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
      if (!this.#hold(bytes.subarray(start, end))) return 'too long'
      lines.push(this.#take())
      start = end + 1
    }
    return this.#hold(bytes.subarray(start)) ? lines : 'too long'
  }

  /** Whether the line is not longer than it may be. */
  #hold(piece: Buffer): boolean {
    const length = this.#length + piece.length
    if (length > this.#limit) return false
    if (length > this.#held.length) {
      // Doubled each time, so that bytes that come one by one are not copied, and allocate nothing, one by
      // one.
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#held.length))
      this.#held.copy(larger, 0, 0, this.#length)
      this.#held = larger
    }
    piece.copy(this.#held, this.#length)
    this.#length = length
    return true
  }

  #take(): Buffer {
    const line = this.#held.subarray(0, this.#length)
    this.#held = NOTHING
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

/** The request that a JSON value is; undefined when JSON-RPC 2.0 would not call it one, or when it is several. */
export function requestIn(value: unknown): JSONRPCRequest | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { jsonrpc, method, params = {}, id } = value as Readonly<Record<string, unknown>>
  if (jsonrpc !== '2.0' || typeof method !== 'string' || typeof params !== 'object' || params === null) {
    return undefined
  }
  if (id === undefined) return { jsonrpc, method, params }
  return isId(id) ? { jsonrpc, method, params, id } : undefined
}

/** The id to answer to, of a value that is no request; null when that cannot be told. */
export function idIn(value: unknown): JSONRPCID {
  if (typeof value !== 'object' || value === null || !('id' in value)) return null
  return isId(value.id) ? value.id : null
}

/** Whether an id comes back as it was sent: a number that JavaScript cannot hold would change. */
function isId(id: unknown): id is JSONRPCID {
  return isJSONRPCID(id) && (typeof id !== 'number' || Math.abs(id) <= Number.MAX_SAFE_INTEGER)
}

/** One message as its line, LF included. */
export function encodeLine(message: object): string {
  return `${JSON.stringify(message)}\n`
}
