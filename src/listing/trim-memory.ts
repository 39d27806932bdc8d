import { libc } from '../libc.ts'

/**
 * Returns freed memory from the C library to the system: malloc_trim(3). Otherwise it keeps most of it, in
 * case as much is needed again.
 */
export function trimMemory(): void {
  libc?.malloc_trim(0n)
}
