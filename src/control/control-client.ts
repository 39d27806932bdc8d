import { connect, type Socket } from 'node:net'
import {
  createJSONRPCRequest,
  isJSONRPCRequest,
  isJSONRPCResponse,
  JSONRPCClient,
  JSONRPCErrorCode,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from 'json-rpc-2.0'
import { decodeLine, encodeLine, LineSplitter, REPLY_LIMIT } from './protocol.ts'

/** How a call of the daemon ends. */
export type CallOutcome =
  | { readonly kind: 'reply'; readonly result: unknown }
  /** The daemon understood, and could not do it. */
  | { readonly kind: 'error'; readonly message: string }
  /** The daemon has no such method: it is of another version. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not running' }
  | { readonly kind: 'forbidden' }
  /** No reply before the deadline. */
  | { readonly kind: 'late' }
  /** The connection ended without a reply: too many clients, or the daemon has died meanwhile. */
  | { readonly kind: 'closed' }
  /** What answered is no webserver. */
  | { readonly kind: 'foreign' }

/** A connection carries one request. */
const REQUEST_ID = 1

/** For a command that reports along the way. */
export interface Listening {
  /** Is given what a notification says. */
  heard(params: unknown): void
  /** Once aborted, asks the daemon to come to its end. */
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
  try {
    return await exchange(socketPath, createJSONRPCRequest(REQUEST_ID, method, params), deadline, listening)
  } catch (error) {
    const outcome = OUTCOMES[(error as NodeJS.ErrnoException).code ?? '']
    if (outcome === undefined) throw error
    return outcome
  }
}

async function exchange(
  path: string,
  request: JSONRPCRequest,
  deadline: number,
  listening?: Listening,
): Promise<CallOutcome> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), deadline)
  const socket = connect({ path, signal: late.signal })
  const end = () => socket.end()
  listening?.enough.addEventListener('abort', end)
  try {
    const client = new JSONRPCClient(message => void socket.write(encodeLine(message)))
    const answered = client.requestAdvanced(request)
    const end = await deliverReplies(socket, client, notification => {
      timer.refresh()
      if (notification.method === request.method) listening?.heard(notification.params)
    })
    return end === 'replied' ? outcomeOfResponse(await answered) : { kind: end }
  } finally {
    listening?.enough.removeEventListener('abort', end)
    clearTimeout(timer)
    socket.destroy()
  }
}

/** Hands on what the daemon says, up to its reply. */
async function deliverReplies(
  socket: Socket,
  client: JSONRPCClient,
  onNotification: (notification: JSONRPCRequest) => void,
): Promise<'replied' | 'closed' | 'foreign'> {
  const splitter = new LineSplitter(REPLY_LIMIT)
  for await (const bytes of socket) {
    const lines = splitter.push(bytes)
    if (lines === 'too long') return 'foreign'
    for (const line of lines) {
      const message = decodeLine(line)
      if (message === undefined || message === null) return 'foreign'
      if (isJSONRPCRequest(message)) {
        onNotification(message)
        continue
      }
      if (!isJSONRPCResponse(message)) return 'foreign'
      client.receive(message)
      if (message.id === REQUEST_ID) return 'replied'
    }
  }
  return 'closed'
}

function outcomeOfResponse(response: JSONRPCResponse): CallOutcome {
  if (response.error === undefined) return { kind: 'reply', result: response.result }
  if (response.error.code === JSONRPCErrorCode.MethodNotFound) return { kind: 'unknown' }
  return { kind: 'error', message: response.error.message }
}

/** What the codes of a failed connection mean here. */
const OUTCOMES: Readonly<Record<string, CallOutcome>> = {
  ENOENT: { kind: 'not running' },
  ENOTDIR: { kind: 'not running' },
  // No socket can have a path this long.
  EINVAL: { kind: 'not running' },
  ECONNREFUSED: { kind: 'not running' },
  EACCES: { kind: 'forbidden' },
  EPROTOTYPE: { kind: 'foreign' },
  ABORT_ERR: { kind: 'late' },
  // So many clients are waiting that the kernel takes no more.
  EAGAIN: { kind: 'closed' },
  ECONNRESET: { kind: 'closed' },
  EPIPE: { kind: 'closed' },
}
