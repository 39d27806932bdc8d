import { setFlagsFromString } from 'node:v8'

/**
 * Makes V8 allocate all objects in the young generation of its heap, for the whole process.
 *
 * Where many objects of a kind have lived long, V8 allocates the next ones in the old generation at once.
 * Here these are the objects of connections. They soon die all the same, but keep alive all they refer to
 * until a full collection, which costs time and pauses when each request has a connection of its own.
 */
export function makeAllObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
