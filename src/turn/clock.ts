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

/** How long the wall clock is taken to advance as the monotonic one does, in milliseconds. */
const WALL_CLOCK_KEPT = 1
let askedAt = Number.NEGATIVE_INFINITY
let offset = 0

/**
 * The time of the wall clock, in milliseconds since the epoch, at a time of the monotonic clock. The wall
 * clock is read once a millisecond at most.
 */
export function wallClock(now: number): number {
  if (now - askedAt >= WALL_CLOCK_KEPT) {
    askedAt = now
    offset = Date.now() - now
  }
  return offset + now
}
