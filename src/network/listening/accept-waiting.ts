import { type Server, Socket } from 'node:net'
import { libc } from '../../libc.ts'
import { descriptorOf } from '../plain/socket-descriptor.ts'

// From <bits/socket_type.h>.
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

const NULL = 0n

/**
 * Accepts the clients that wait in the kernel, at most `most`.
 *
 * Node accepts one in each turn of the event loop. While these turns are long, a client would wait for as
 * many of them as there are clients before it.
 *
 * @param options Of each socket.
 */
export function acceptWaiting(
  server: Server,
  most: number,
  options: { readonly allowHalfOpen: boolean },
): Socket[] {
  const listening = descriptorOf(server)
  const accepted: Socket[] = []
  if (libc === undefined || listening === undefined) return accepted
  while (accepted.length < most) {
    const fd = libc.accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)
    // No client is left; any other error Node meets too, and reports.
    if (fd < 0) return accepted
    accepted.push(new Socket({ fd, ...options }).setNoDelay(true))
  }
  return accepted
}
