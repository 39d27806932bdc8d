import { libc } from '../../libc.ts'

// From <bits/socket_type.h>.
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

const NULL = 0n

/**
 * Accepts the clients that wait in the kernel, at most `most`, and gives their descriptors.
 *
 * Node accepts one in each turn of the event loop. While these turns are long, a client would wait for as
 * many of them as there are clients before it.
 *
 * @param listening The descriptor of the socket that listens.
 */
export function acceptWaiting(listening: number, most: number): number[] {
  const accepted: number[] = []
  if (libc === undefined) return accepted
  while (accepted.length < most) {
    const descriptor = libc.accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)
    // No client is left; any other error Node meets too, and reports.
    if (descriptor < 0) return accepted
    accepted.push(descriptor)
  }
  return accepted
}
