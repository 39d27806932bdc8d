/** The paths by which logs to standard streams go, with their descriptors. */
export const STANDARD_STREAMS: ReadonlyMap<string, number> = new Map([
  ['/dev/stdout', 1],
  ['/dev/stderr', 2],
])

/** Other names of them. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['stdout', '/dev/stdout'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/dev/fd/1', '/dev/stdout'],
  ['stderr', '/dev/stderr'],
  ['/proc/self/fd/2', '/dev/stderr'],
  ['/dev/fd/2', '/dev/stderr'],
])

/** The path of a standard stream that a word means; undefined for any other word. */
export function standardStreamPath(word: string): string | undefined {
  return STANDARD_STREAMS.has(word) ? word : NAMES.get(word.toLowerCase())
}
