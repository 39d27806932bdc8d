import { setFlagsFromString } from 'node:v8'

/** By how much the old generation may grow before V8 collects it again, in per cent. */
const MOST_GROWTH = 50

/**
 * Suits V8's garbage collector to what a server keeps and drops, for the whole process.
 *
 * - All objects begin in the young generation. Where many of a kind have lived long, V8 would allocate the next ones in the
 *   old generation at once. Here these are the objects of connections. They soon die all the same, but keep alive all they
 *   refer to until a full collection, which costs time and pauses when each request has a connection of its own.
 * - The old generation is collected before it has grown by half. V8 would let it grow to four times its size: those who ask
 *   for something else each time would make the process hold so much more than is in use.
 */
export function suitGarbageCollector(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
  setFlagsFromString(`--heap-growing-percent=${MOST_GROWTH}`)
}
