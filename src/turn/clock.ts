import { performance } from 'node:perf_hooks'
import type { Clock } from './turn-queue.ts'

/** The machine's monotonic clock, and Node's event loop. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
  soon: callback => {
    setImmediate(callback)
  },
}

/** For so many milliseconds the wall clock is taken to go as the monotonic one does. */
const WALL_CLOCK_KEPT = 1
let askedAt = Number.NEGATIVE_INFINITY
let offset = 0

/**
 * What the wall clock says at a time of the monotonic clock, in milliseconds since the epoch. It is asked a thousand
 * times a second at the most: whoever knows the one time need not pay for the other.
 */
export function wallClock(now: number): number {
  if (now - askedAt >= WALL_CLOCK_KEPT) {
    askedAt = now
    offset = Date.now() - now
  }
  return offset + now
}
