import { libc } from '../../libc.ts'

// From <sys/socket.h>.
const SHUT_WR = 1

/**
 * Ends the sending side of the connection with this descriptor: shutdown(2). Node's own way goes through all stages of an
 * ending stream, which is much of the work of a connection for one request.
 *
 * @returns Whether it is done.
 */
export function endSending(connection: number): boolean {
  return libc?.shutdown(connection, SHUT_WR) === 0
}
