import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import {
  createJSONRPCRequest,
  isJSONRPCRequest,
  isJSONRPCResponse,
  JSONRPCErrorCode,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from 'json-rpc-2.0'
import { BUSY_CODE, decodeLine, encodeLine, LineSplitter, REPLY_LIMIT } from '../control/protocol.ts'
import { codeOf } from '../errors.ts'
import { lockHolder } from '../unix/lock-holder.ts'

/** How a call of the daemon ends. */
export type CallOutcome =
  | { readonly kind: 'reply'; readonly result: unknown }
  /** The daemon understood, and could not do it. */
  | { readonly kind: 'error'; readonly message: string }
  /** The daemon has as many clients of this command, or at all, as it serves at a time. */
  | { readonly kind: 'busy'; readonly message: string }
  /** The daemon has no such method: it is of another version. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not running' }
  /** Nothing answers, but the process that holds the lock of the socket lives. */
  | { readonly kind: 'deaf'; readonly pid: number }
  | { readonly kind: 'forbidden' }
  /** No reply before the deadline. */
  | { readonly kind: 'late' }
  /** The connection ended without a reply: too many clients, or the daemon has died meanwhile. */
  | { readonly kind: 'closed' }
  /** What answered is no webserver. */
  | { readonly kind: 'foreign' }

/** The code of connect(2) while so many clients wait that the kernel takes no more. */
const CROWDED = 'EAGAIN'
/** Milliseconds. */
const BETWEEN_ATTEMPTS = 20

/** A connection carries one request. */
const REQUEST_ID = 1

/** Listens to a command that reports along the way. */
export interface Listening {
  /** Receives the parameters of a notification. */
  heard(params: unknown): void
  /** Once aborted, asks the daemon to end the command. */
  readonly enough: AbortSignal
}

/**
 * Sends one request to the daemon behind a control socket. The deadline is for the next thing it says, in
 * milliseconds.
 */
export async function callDaemon(
  socketPath: string,
  method: string,
  params: object | undefined,
  deadline: number,
  listening?: Listening,
): Promise<CallOutcome> {
  const request = createJSONRPCRequest(REQUEST_ID, method, params)
  const end = performance.now() + deadline
  for (;;) {
    try {
      return await exchange(socketPath, request, deadline, listening)
    } catch (error) {
      const code = codeOf(error)
      const outcome = OUTCOMES[code]
      if (outcome === undefined) throw error
      if (outcome.kind === 'not running') return deafOrGone(socketPath)
      if (code !== CROWDED || performance.now() > end) return outcome
    }
    await setTimeout(BETWEEN_ATTEMPTS)
  }
}

function deafOrGone(socketPath: string): CallOutcome {
  const pid = lockHolder(socketPath)
  return pid === undefined ? { kind: 'not running' } : { kind: 'deaf', pid }
}

async function exchange(
  path: string,
  request: JSONRPCRequest,
  deadline: number,
  listening?: Listening,
): Promise<CallOutcome> {
  const late = new AbortController()
  const timer = globalThis.setTimeout(() => late.abort(), deadline)
  const socket = connect({ path, signal: late.signal })
  const end = () => socket.end()
  listening?.enough.addEventListener('abort', end)
  try {
    socket.write(encodeLine(request))
    return await receiveReply(socket, notification => {
      timer.refresh()
      if (notification.method === request.method) listening?.heard(notification.params)
    })
  } finally {
    listening?.enough.removeEventListener('abort', end)
    clearTimeout(timer)
    socket.destroy()
  }
}

/** Waits for the reply, and hands on the notifications before it. */
async function receiveReply(
  socket: Socket,
  onNotification: (notification: JSONRPCRequest) => void,
): Promise<CallOutcome> {
  const splitter = new LineSplitter(REPLY_LIMIT)
  for await (const bytes of socket) {
    const lines = splitter.push(bytes)
    if (lines === 'too long') return { kind: 'foreign' }
    for (const line of lines) {
      const message = decodeLine(line)
      if (message === undefined || message === null) return { kind: 'foreign' }
      if (isJSONRPCRequest(message)) onNotification(message)
      else if (isReply(message)) return outcomeOfResponse(message)
      else return { kind: 'foreign' }
    }
  }
  return { kind: 'closed' }
}

/** Whether a message replies to the request; an error without an id is meant for the client too. */
function isReply(message: unknown): message is JSONRPCResponse {
  return isJSONRPCResponse(message) && (message.id === REQUEST_ID || message.id === null)
}

function outcomeOfResponse(response: JSONRPCResponse): CallOutcome {
  if (response.error === undefined) return { kind: 'reply', result: response.result }
  if (response.error.code === JSONRPCErrorCode.MethodNotFound) return { kind: 'unknown' }
  const { code, message } = response.error
  return { kind: code === BUSY_CODE ? 'busy' : 'error', message }
}

/** What the codes of a failed connection mean. */
const OUTCOMES: Readonly<Record<string, CallOutcome>> = {
  ENOENT: { kind: 'not running' },
  ENOTDIR: { kind: 'not running' },
  // No socket can have a path this long.
  EINVAL: { kind: 'not running' },
  ECONNREFUSED: { kind: 'not running' },
  EACCES: { kind: 'forbidden' },
  EPROTOTYPE: { kind: 'foreign' },
  ABORT_ERR: { kind: 'late' },
  [CROWDED]: { kind: 'late' },
  ECONNRESET: { kind: 'closed' },
  EPIPE: { kind: 'closed' },
}
