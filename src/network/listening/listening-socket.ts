import type { Server } from 'node:net'
import { ffi } from '../../ffi.ts'
import { descriptorOf } from '../plain/socket-descriptor.ts'

// From <asm-generic/socket.h>, <netinet/in.h> and <linux/tcp.h>.
const SOL_SOCKET = 1
const SO_REUSEPORT = 15
const SO_BINDTOIFINDEX = 62
const IPPROTO_TCP = 6
const TCP_INFO = 11
/** Of `tcpi_unacked` in a `struct tcp_info`: of a socket that listens, how many connections wait to be accepted. */
const WAITING = { offset: 24, length: 4 } as const
/** No machine has an interface of this number. */
const NO_INTERFACE = 2 ** 31 - 1

const libc = ffi?.dlopen(null, {
  setsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'] },
  getsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'] },
}).functions

/**
 * Lets another socket of this user, which wants the same, listen on an address that overlaps with this one's, or no
 * longer. Linux would otherwise have one address of a port keep `0.0.0.0` and `[::]` off it, and they the others.
 */
export function sharePort(server: Server, isShared: boolean): void {
  set(server, SO_REUSEPORT, isShared ? 1 : 0)
}

/**
 * Has the kernel bring no new connection to a socket that listens; those that have come can still be accepted. Listens
 * another socket on an address that takes in this one's, it gets the new ones, otherwise they are refused.
 *
 * A socket that is closed resets what nobody has accepted yet. So it is bound to an interface that there is not, as Linux
 * lets everybody do since 5.7; false where that cannot be had.
 */
export function hearNoMore(server: Server): boolean {
  return set(server, SO_BINDTOIFINDEX, NO_INTERFACE)
}

/** How many connections wait to be accepted, so far as can be known. */
export function countWaiting(server: Server): number {
  const descriptor = descriptorOf(server)
  if (libc === undefined || descriptor === undefined) return 0
  const info = Buffer.alloc(WAITING.offset + WAITING.length)
  const length = Buffer.from(Int32Array.of(info.length).buffer)
  const isKnown = libc.getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, info, length) === 0
  return isKnown ? info.readUInt32LE(WAITING.offset) : 0
}

function set(server: Server, option: number, value: number): boolean {
  const descriptor = descriptorOf(server)
  if (libc === undefined || descriptor === undefined) return false
  const bytes = Buffer.from(Int32Array.of(value).buffer)
  return libc.setsockopt(descriptor, SOL_SOCKET, option, bytes, bytes.length) === 0
}
