import { closeSync, constants, openSync } from 'node:fs'
import { isatty } from 'node:tty'
import { codeOf } from '../errors.ts'

const STANDARD_STREAMS = [0, 1, 2]
/** Of open(2): there is no terminal, it has hung up, or a sandbox keeps it away. */
const NO_TERMINAL = new Set(['ENXIO', 'EIO', 'ENOENT', 'EACCES', 'EPERM'])

const isFromTerminal = STANDARD_STREAMS.some(isatty) && hasTerminal()

/**
 * Whether the terminal is gone that this process was started from, and still talks to: `nohup` and `setsid` part it from
 * that.
 */
export function hasLostTerminal(): boolean {
  return isFromTerminal && !hasTerminal()
}

/** Whether there is a controlling terminal: tty(4). */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK))
    return true
  } catch (error) {
    if (NO_TERMINAL.has(codeOf(error))) return false
    throw error
  }
}
