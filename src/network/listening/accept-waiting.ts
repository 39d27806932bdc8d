import { libc } from '../../libc.ts'
import { SOCKET_ADDRESS_SIZE } from './socket-address.ts'

// From <bits/socket_type.h>.
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

/** Where the kernel writes who was accepted, and how long that is. */
const address = Buffer.alloc(SOCKET_ADDRESS_SIZE)
const length = new Uint32Array(1)
const lengthBytes = Buffer.from(length.buffer)

/**
 * Accepts the clients that wait in the kernel, at most `most`.
 *
 * Node accepts one in each turn of the event loop. A client would wait for as many of them as there are clients before it,
 * and each turn costs calls of the kernel that all could share.
 *
 * @param listening The descriptor of the socket that listens.
 * @param take Is given the descriptor of each, and its `struct sockaddr`, which holds until it returns.
 */
export function acceptWaiting(
  listening: number,
  most: number,
  take: (descriptor: number, address: Buffer) => void,
): void {
  if (libc === undefined) return
  for (let accepted = 0; accepted < most; accepted++) {
    length[0] = SOCKET_ADDRESS_SIZE
    const descriptor = libc.accept4(listening, address, lengthBytes, SOCK_NONBLOCK | SOCK_CLOEXEC)
    // No client is left; any other error Node meets too, and reports.
    if (descriptor < 0) return
    take(descriptor, address)
  }
}
