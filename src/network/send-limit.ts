import type { Server } from 'node:net'
import { ffi } from '../ffi.ts'
import { descriptorOf } from './plain/socket-descriptor.ts'

// From <netinet/in.h> and <linux/tcp.h>.
const IPPROTO_TCP = 6
const TCP_NOTSENT_LOWAT = 25

/**
 * Has the kernel take only so many bytes ahead of what a client has room for, on each connection that this
 * server accepts from now on; false where that cannot be had, and nothing has changed.
 *
 * Left to itself Linux takes megabytes ahead for each client: a thousand that read slowly cost gigabytes, and
 * the turns it takes to copy them. Node has no way to set the option, hence the foreign function.
 */
export function limitUnsent(server: Server, bytes: number): boolean {
  const descriptor = descriptorOf(server)
  if (descriptor === undefined || ffi === undefined) return false
  using libc = ffi.dlopen(null, {
    setsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'] },
  })
  const value = Buffer.from(Int32Array.of(bytes).buffer)
  return libc.functions.setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, value, value.length) === 0
}
