import type { Server, Socket } from 'node:net'

/**
 * The file descriptor of a socket, for system calls that Node cannot make; -1, with which they fail, once the socket is
 * closed, or where this Node keeps it elsewhere.
 */
export function descriptorOf(socket: Server | Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return -1
  return typeof handle.fd === 'number' ? handle.fd : -1
}
