import type { Socket } from 'node:net'
import { libc } from '../../libc.ts'
import { descriptorOf } from './socket-descriptor.ts'

// From <sys/socket.h>.
const SHUT_WR = 1

/**
 * Ends the sending side of a connection: shutdown(2). Node's own way goes through all stages of an ending
 * stream, which is much of the work of a connection for one request. Here the stream does not know, so the
 * caller has to destroy the socket.
 *
 * @returns Whether it is done; if not, the socket's `end` does it.
 */
export function endSending(socket: Socket): boolean {
  const descriptor = descriptorOf(socket)
  if (libc === undefined || descriptor === undefined || socket.writableLength > 0) return false
  return libc.shutdown(descriptor, SHUT_WR) === 0
}
