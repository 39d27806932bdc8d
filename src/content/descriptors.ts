import { closeSync, openSync } from 'node:fs'

/** What to do about it, for the administrator. */
export const OUT_OF_DESCRIPTORS =
  'out of file descriptors; raise the limit (LimitNOFILE of a systemd unit), or lower MaxConnections'

const CODES = new Set(['EMFILE', 'ENFILE'])

/** Whether this failed only because the process, or the machine, has as many files open as it may have. */
export function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CODES.has(String(error.code))
}

/** Whether one more file could be opened now. */
export function isDescriptorFree(): boolean {
  try {
    closeSync(openSync('/', 'r'))
    return true
  } catch (error) {
    return !isOutOfDescriptors(error)
  }
}
