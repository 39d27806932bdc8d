import type { Socket } from 'node:net'
import {
  createJSONRPCErrorResponse,
  createJSONRPCNotification,
  JSONRPCErrorCode,
  type JSONRPCResponse,
} from 'json-rpc-2.0'
import { type ControlLimits, decodeLine, encodeLine, LineSplitter } from './protocol.ts'

/** Answers a decoded request; null when it asks for no reply. */
export type Answer = (request: unknown, caller: Caller) => Promise<JSONRPCResponse | null>

/** Who has asked, for a command that reports along the way. */
export interface Caller {
  /** Sends a notification. */
  notify(method: string, params: object): void
  /** Aborted when the client wants no more, has gone, or must wait no longer. */
  readonly signal: AbortSignal
}

/** One client of the control socket: one request, its notifications, one reply, a deadline for each way. */
export class ControlConnection {
  readonly #socket: Socket
  readonly #limits: ControlLimits
  readonly #answer: Answer
  readonly #lines: LineSplitter
  #state: 'reading' | 'answering' | 'closing' = 'reading'
  readonly #enough = new AbortController()
  #deadline: NodeJS.Timeout

  /** The socket must allow half-open, or a client that sends and shuts down would lose its reply. */
  constructor(socket: Socket, limits: ControlLimits, answer: Answer) {
    this.#socket = socket
    this.#limits = limits
    this.#answer = answer
    this.#lines = new LineSplitter(limits.request)
    this.#deadline = this.#startDeadline()
    // Reading goes on after the request, or the departure of the client would go unnoticed.
    // A socket without an encoding gives bytes.
    socket.on('data', bytes => this.#receive(bytes as Buffer))
    socket.on('end', () => this.#receiveEnd())
    socket.once('close', () => this.#receiveClose())
  }

  /** Ends a client that has asked nothing yet; one that waits for its reply has a deadline from now on. */
  dismiss(): void {
    if (this.#state === 'reading') this.#socket.destroy()
    if (this.#state !== 'answering') return
    this.#deadline = this.#startDeadline()
    this.#enough.abort()
  }

  #receive(bytes: Buffer): void {
    if (this.#state !== 'reading') return
    const lines = this.#lines.push(bytes)
    if (lines === 'too long') {
      this.#refuse(JSONRPCErrorCode.InvalidRequest, `Request longer than ${this.#limits.request} bytes`)
      return
    }
    const [line] = lines
    if (line !== undefined) this.#receiveRequest(line)
  }

  #receiveRequest(line: Buffer): void {
    const request = decodeLine(line)
    if (request === undefined) {
      this.#refuse(JSONRPCErrorCode.ParseError, 'Expected a JSON-RPC 2.0 request on one line')
      return
    }
    this.#state = 'answering'
    clearTimeout(this.#deadline)
    this.#answer(request, { notify: this.#notify, signal: this.#enough.signal })
      .then(reply => this.#reply(reply))
      .catch(fault => this.#socket.destroy(fault))
  }

  readonly #notify = (method: string, params: object): void => {
    if (!this.#socket.destroyed) this.#socket.write(encodeLine(createJSONRPCNotification(method, params)))
  }

  #receiveEnd(): void {
    if (this.#state === 'reading') {
      this.#refuse(JSONRPCErrorCode.ParseError, 'Expected a JSON-RPC 2.0 request that ends with a line feed')
    }
    this.#enough.abort()
  }

  #receiveClose(): void {
    clearTimeout(this.#deadline)
    this.#enough.abort()
  }

  #refuse(code: JSONRPCErrorCode, message: string): void {
    this.#reply(createJSONRPCErrorResponse(null, code, message))
  }

  #reply(message: JSONRPCResponse | null): void {
    this.#state = 'closing'
    clearTimeout(this.#deadline)
    if (this.#socket.destroyed) return
    this.#deadline = this.#startDeadline()
    if (message !== null) this.#socket.write(encodeLine(message))
    this.#socket.destroySoon()
  }

  #startDeadline(): NodeJS.Timeout {
    return setTimeout(() => this.#socket.destroy(), this.#limits.deadline)
  }
}
