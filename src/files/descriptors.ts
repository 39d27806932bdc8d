import { closeSync, readFileSync } from 'node:fs'
import { codeOf } from '../errors.ts'

/** What to do about it, for the administrator. */
export const OUT_OF_DESCRIPTORS =
  'out of file descriptors; raise the limit (LimitNOFILE of a systemd unit), or lower MaxConnections'

const CODES = new Set(['EMFILE', 'ENFILE'])

/**
 * So many descriptors are not for clients, or a quarter of all when these are few: they are for the control socket and
 * those who use it, for the configuration, and for the logs.
 */
const RESERVE = 24

let firstReserved: number | undefined

/** As the system says it. */
class OutOfDescriptors extends Error {
  readonly code = 'EMFILE'
}

/** Whether this failed only because the process, or the machine, has as many files open as it may have. */
export function isOutOfDescriptors(error: unknown): boolean {
  return CODES.has(codeOf(error))
}

/**
 * Whether a client must not keep a descriptor that has just been opened for it. The kernel gives the lowest number
 * that is free, so whenever it gives one of the last, all before it are in use: open(2).
 */
export function isReserved(descriptor: number): boolean {
  firstReserved ??= firstAfter(limitOfDescriptors())
  return descriptor >= firstReserved
}

/** Notices that the limit was changed from outside, as prlimit(1) does. */
export function renewReserve(): void {
  firstReserved = firstAfter(limitOfDescriptors())
}

/**
 * Has a client keep a descriptor that has just been opened.
 *
 * @throws An Error that {@link isOutOfDescriptors} knows, and closes it, when it is one of those that are not for clients.
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
