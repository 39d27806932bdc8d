import { readdirSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'

/** The pool's threads, as libuv names them for the kernel. */
const POOL_THREAD = 'libuv-worker\n'

/**
 * Gives the threads of Node's pool the lowest priority, so that what they compute takes nothing from the thread
 * that serves. Where a sandbox forbids it they stay as they are.
 */
export async function lowerPoolPriority(): Promise<void> {
  // The pool's threads come into being, all of them, with the first thing there is for them to do.
  await stat('/proc/self/task')
  for (const thread of readdirSync('/proc/self/task')) {
    if (readFileSync(`/proc/self/task/${thread}/comm`, 'latin1') !== POOL_THREAD) continue
    try {
      setPriority(Number(thread), constants.priority.PRIORITY_LOW)
    } catch (error) {
      if (!isForbidden(error)) throw error
    }
  }
}

function isForbidden(error: unknown): boolean {
  const { info } = error as { info?: { code?: string } }
  return info?.code === 'EPERM' || info?.code === 'EACCES'
}
