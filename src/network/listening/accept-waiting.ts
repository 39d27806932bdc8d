import { type Server, Socket } from 'node:net'
import { libc } from '../../libc.ts'
import { descriptorOf } from '../plain/socket-descriptor.ts'

// From <bits/socket_type.h>.
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

const NULL = 0n

/**
 * Accepts clients that wait in the kernel, as many as there are, or `most`.
 *
 * Node accepts one in each turn of the event loop. When these turns are long, a client behind many others would wait
 * for as many of them.
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
    // None is left; whatever else is wrong Node will meet, and tell.
    if (fd < 0) return accepted
    accepted.push(new Socket({ fd, ...options }).setNoDelay(true))
  }
  return accepted
}
