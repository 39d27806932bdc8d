import { closeSync, readFileSync } from 'node:fs'
import { codeOf } from '../errors.ts'

/** What an administrator can do when descriptors run out. */
export const OUT_OF_DESCRIPTORS =
  'out of file descriptors; raise the limit (LimitNOFILE of a systemd unit), or lower MaxConnections'

const CODES = new Set(['EMFILE', 'ENFILE'])

/**
 * Descriptors that are not for clients, or a quarter of all where there are few: for the control socket and
 * its clients, the configuration and the logs.
 */
const RESERVE = 24

let firstReserved: number | undefined

/** The system's error for a process out of descriptors. */
class OutOfDescriptors extends Error {
  readonly code = 'EMFILE'
}

/** Whether an error says that the process, or the machine, has as many files open as it may have. */
export function isOutOfDescriptors(error: unknown): boolean {
  return CODES.has(codeOf(error))
}

/**
 * Whether a new descriptor belongs to the reserve, which clients must not have. The kernel gives the lowest
 * free number: when it gives one of the last, all before it are in use (open(2)).
 */
export function isReserved(descriptor: number): boolean {
  firstReserved ??= firstAfter(limitOfDescriptors())
  return descriptor >= firstReserved
}

/** Reads the limit again, which prlimit(1) may have changed from outside. */
export function renewReserve(): void {
  firstReserved = firstAfter(limitOfDescriptors())
}

/** How many descriptors there may be, and how many of these are for clients. */
export function countDescriptors(): { readonly limit: number; readonly forClients: number } {
  const limit = limitOfDescriptors()
  return { limit, forClients: firstAfter(limit) }
}

/**
 * Accepts a new descriptor for a client.
 *
 * @throws An Error that {@link isOutOfDescriptors} knows, and closes the descriptor, when it is one of the
 *   reserve.
 */
export function keepForClient(descriptor: number): number {
  if (!isReserved(descriptor)) return descriptor
  closeSync(descriptor)
  throw new OutOfDescriptors(OUT_OF_DESCRIPTORS)
}

function firstAfter(limit: number): number {
  return limit - Math.min(RESERVE, Math.floor(limit / 4))
}

/** proc(5) */
function limitOfDescriptors(): number {
  const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
}
