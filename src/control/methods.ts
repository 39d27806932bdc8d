import { JSONRPCErrorCode, JSONRPCErrorException } from 'json-rpc-2.0'
import type { Daemon } from './daemon.ts'

/** Seconds. */
export const LONGEST_TRACE = 300
/** Seconds. */
export const LONGEST_WAIT = 3600

/** A call of a method, besides its name. */
export interface MethodCall {
  /** As the client sent it, unchecked. */
  readonly params: unknown
  /**
   * Sends the client a notification before the reply; false when it has left so much unread that it must be
   * sent no more.
   */
  notify(report: object): boolean
  /** Aborted when the client wants no more. */
  readonly signal: AbortSignal
}

/** Every method of a daemon; the result crosses the socket as JSON. */
export const METHODS = {
  status: daemon => daemon.status(),
  turns: daemon => daemon.turns(),
  trace: (daemon, { params, notify, signal }) => daemon.trace(secondsOf(params) * 1000, notify, signal),
  reload: daemon => daemon.reload(),
  reopen: daemon => daemon.reopenLogs(),
  drain: (daemon, { params, notify, signal }) => daemon.drain(waitOf(params), notify, signal),
  undrain: daemon => daemon.undrain(),
  stop: daemon => daemon.stop(),
} as const satisfies Readonly<Record<string, (daemon: Daemon, call: MethodCall) => unknown>>

export type MethodName = keyof typeof METHODS

/** The result of a method, as it comes out of JSON. */
export type Result<Name extends MethodName> = Awaited<ReturnType<(typeof METHODS)[Name]>>

/** Checks the parameters: a client other than webserverctl may send anything. */
function secondsOf(params: unknown): number {
  const { seconds } = (params ?? {}) as { readonly seconds?: unknown }
  if (typeof seconds === 'number' && isTraceTime(seconds)) return seconds
  const found = typeof seconds === 'number' ? String(seconds) : typeof seconds
  throw new JSONRPCErrorException(
    `Expected "seconds" from 1 to ${LONGEST_TRACE}, got ${found}`,
    JSONRPCErrorCode.InvalidParams,
  )
}

/** Milliseconds, or undefined where nobody is to wait. */
function waitOf(params: unknown): number | undefined {
  const { wait } = (params ?? {}) as { readonly wait?: unknown }
  if (wait === undefined) return undefined
  if (typeof wait === 'number' && isWaitTime(wait)) return wait * 1000
  const found = typeof wait === 'number' ? String(wait) : typeof wait
  throw new JSONRPCErrorException(
    `Expected "wait" from 0 to ${LONGEST_WAIT} seconds, got ${found}`,
    JSONRPCErrorCode.InvalidParams,
  )
}

export function isWaitTime(seconds: number): boolean {
  return seconds >= 0 && seconds <= LONGEST_WAIT
}

export function isTraceTime(seconds: number): boolean {
  return seconds >= 1 && seconds <= LONGEST_TRACE
}
