import type { Server, Socket } from 'node:net'

/**
 * The kernel's number for a socket, for calls that Node has no way of its own to make; undefined once it is closed, or
 * where this Node keeps it elsewhere.
 */
export function descriptorOf(socket: Server | Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined
}
