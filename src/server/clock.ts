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
