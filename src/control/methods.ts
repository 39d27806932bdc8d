import { JSONRPCErrorCode, JSONRPCErrorException } from 'json-rpc-2.0'
import type { Daemon } from './daemon.ts'

/** Seconds. */
export const LONGEST_TRACE = 300

/** What the daemon is asked, besides the name of the method. */
export interface MethodCall {
  /** As the client sent it, whoever that is. */
  readonly params: unknown
  /** Tells the client something before the reply; false when it has left so much unread that it must be told no more. */
  notify(report: object): boolean
  /** Aborted when the client wants no more of it. */
  readonly signal: AbortSignal
}

/** What can be asked of a daemon, and what it does then; the result crosses the socket as JSON. */
export const METHODS = {
  status: daemon => daemon.status(),
  turns: daemon => daemon.turns(),
  trace: (daemon, { params, notify, signal }) => daemon.trace(secondsOf(params) * 1000, notify, signal),
  reload: daemon => daemon.reload(),
  reopen(daemon) {
    daemon.reopenLogs()
    return null
  },
  async stop(daemon) {
    await daemon.stop()
    return null
  },
} as const satisfies Readonly<Record<string, (daemon: Daemon, call: MethodCall) => unknown>>

export type MethodName = keyof typeof METHODS

/** What a method answers, as it comes out of JSON. */
export type Result<Name extends MethodName> = Awaited<ReturnType<(typeof METHODS)[Name]>>

/** Whoever speaks to the socket without webserverctl has not been checked yet. */
function secondsOf(params: unknown): number {
  const { seconds } = (params ?? {}) as { readonly seconds?: unknown }
  if (typeof seconds === 'number' && isTraceTime(seconds)) return seconds
  const found = typeof seconds === 'number' ? String(seconds) : typeof seconds
  throw new JSONRPCErrorException(
    `Expected "seconds" from 1 to ${LONGEST_TRACE}, got ${found}`,
    JSONRPCErrorCode.InvalidParams,
  )
}

export function isTraceTime(seconds: number): boolean {
  return seconds >= 1 && seconds <= LONGEST_TRACE
}
