import type { Server, Socket } from 'node:net'

/**
 * The file descriptor of a socket, for system calls that Node cannot make; undefined once the socket is
 * closed, or where this Node keeps it elsewhere.
 */
export function descriptorOf(socket: Server | Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined
}
