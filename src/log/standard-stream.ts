import fs from 'node:fs'
import { STANDARD_STREAMS } from '../config/values/log-file.ts'
import { codeOf } from '../errors.ts'

/** The descriptor of the standard stream that a path stands for; undefined for any other path. */
export function standardStream(path: string): number | undefined {
  return STANDARD_STREAMS.get(path)
}

/**
 * Opens a standard stream once more, so that writing to it waits for no reader. A socket, or what belongs to another
 * user, cannot be opened by its name: then it is the descriptor itself.
 */
export function openStandardStream(descriptor: number): number {
  const { O_WRONLY, O_APPEND, O_NOCTTY, O_NONBLOCK } = fs.constants
  try {
    return fs.openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENXIO' || codeOf(error) === 'EACCES') return descriptor
    throw error
  }
}

/** Closes a descriptor of a log, unless it is a standard stream, which others write to. */
export function closeLog(descriptor: number): void {
  if (descriptor > 2) fs.closeSync(descriptor)
}
