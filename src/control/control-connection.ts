import type { Socket } from 'node:net'
import {
  createJSONRPCErrorResponse,
  createJSONRPCNotification,
  JSONRPCErrorCode,
  type JSONRPCID,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from 'json-rpc-2.0'
import {
  BUSY_CODE,
  type ControlLimits,
  decodeLine,
  encodeLine,
  idIn,
  LineSplitter,
  requestIn,
} from './protocol.ts'

/** Answers a request; null when it asks for no reply. */
export type RequestHandler = (request: JSONRPCRequest, caller: Caller) => Promise<JSONRPCResponse | null>

/** The client of a command that reports along the way. */
export interface Caller {
  /** Sends a notification; false when the client has left so much unread that it must be sent no more. */
  notify(method: string, params: object): boolean
  /** Aborted when the client wants no more, has gone, or must wait no longer. */
  readonly signal: AbortSignal
}

/** One client of the control socket: one request, its notifications, one reply, a deadline for each way. */
export class ControlConnection {
  readonly #socket: Socket
  readonly #limits: ControlLimits
  readonly #answer: RequestHandler
  readonly #lines: LineSplitter
  #state: 'reading' | 'answering' | 'closing' = 'reading'
  #command: string | undefined
  readonly #enough = new AbortController()
  #deadline: NodeJS.Timeout

  /** The socket must allow half-open, or a client that sends and shuts down would lose its reply. */
  constructor(socket: Socket, limits: ControlLimits, answer: RequestHandler) {
    this.#socket = socket
    this.#limits = limits
    this.#answer = answer
    this.#lines = new LineSplitter(limits.request)
    this.#deadline = this.#startDeadline()
    // Reading goes on after the request, or the departure of the client would go unnoticed.
    // A socket without an encoding gives bytes.
    socket.on('data', bytes => this.#guard(() => this.#receive(bytes as Buffer)))
    socket.on('end', () => this.#guard(() => this.#receiveEnd()))
    socket.once('close', () => this.#guard(() => this.#receiveClose()))
  }

  /** What the connection waits for: a request, the reply, or the client to read the reply. */
  get state(): 'reading' | 'answering' | 'closing' {
    return this.#state
  }

  /** The command that works for the client, or whose output the client has not read yet. */
  get command(): string | undefined {
    return this.#state === 'answering' || this.#socket.writableLength > 0 ? this.#command : undefined
  }

  /** Ends a client that has asked nothing yet; one that waits for its reply has a deadline from now on. */
  dismiss(): void {
    if (this.#state === 'reading') this.#socket.destroy()
    if (this.#state !== 'answering') return
    this.#deadline = this.#startDeadline()
    this.#enough.abort()
  }

  /** Makes room for another client; not while a command is at work. */
  evict(): void {
    if (this.#state === 'closing') this.#socket.destroy()
    if (this.#state !== 'reading') return
    this.#refuse(BUSY_CODE, `Only ${this.#limits.connections} clients are served at a time`)
  }

  /** Catches faults: one costs this client, and no other. */
  #guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)))
    }
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
    const value = decodeLine(line)
    if (value === undefined) {
      this.#refuse(JSONRPCErrorCode.ParseError, 'Expected a JSON-RPC 2.0 request on one line')
      return
    }
    const request = requestIn(value)
    if (request === undefined) {
      this.#refuse(
        JSONRPCErrorCode.InvalidRequest,
        'Expected one JSON-RPC 2.0 request, with "method" a string, "params" an object and "id" a string or a number',
        idIn(value),
      )
      return
    }
    this.#state = 'answering'
    this.#command = request.method
    clearTimeout(this.#deadline)
    this.#answer(request, { notify: this.#notify, signal: this.#enough.signal })
      .then(reply => this.#reply(reply))
      .catch(fault => this.#socket.destroy(fault))
  }

  readonly #notify = (method: string, params: object): boolean => {
    if (this.#socket.destroyed) return false
    this.#socket.write(encodeLine(createJSONRPCNotification(method, params)))
    return this.#socket.writableLength <= this.#limits.unread
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

  #refuse(code: number, message: string, id: JSONRPCID = null): void {
    this.#reply(createJSONRPCErrorResponse(id, code, message))
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
