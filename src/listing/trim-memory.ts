import { libc } from '../libc.ts'

/**
 * Has the C library give back to the system what it holds of memory that was freed: malloc_trim(3). It keeps most of it
 * otherwise, in case that as much is needed again.
 */
export function trimMemory(): void {
  libc?.malloc_trim(0n)
}
