import { constants } from 'node:os'
import { libc } from '../libc.ts'

// From <bits/sigaction.h>, and the size of a `sigset_t` in bytes.
const SIG_UNBLOCK = 1
const SET_SIZE = 128

/**
 * Unblocks a signal that Node keeps blocked; one that has come meanwhile is delivered at once. With
 * `--disable-sigusr1`, which keeps SIGUSR1 from opening a debugger, that signal stays blocked, and a handler
 * would never be called.
 */
export function unblockSignal(signal: NodeJS.Signals): void {
  if (libc === undefined) return
  const bit = constants.signals[signal] - 1
  const set = Buffer.alloc(SET_SIZE)
  set.writeUInt8(1 << (bit % 8), Math.floor(bit / 8))
  libc.pthread_sigmask(SIG_UNBLOCK, set, null)
}
