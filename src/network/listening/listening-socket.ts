import type { Server } from 'node:net'
import { IPPROTO_TCP, readTcpInfo, SOL_SOCKET, setOption } from '../plain/socket-options.ts'

// From <asm-generic/socket.h> and <linux/tcp.h>.
const SO_REUSEPORT = 15
const SO_BINDTOIFINDEX = 62
const TCP_NOTSENT_LOWAT = 25
/** Where `tcpi_unacked` begins in a `struct tcp_info`: of a socket that listens, how many connections wait to be accepted. */
const UNACKED = 24
/** No machine has an interface of this number. */
const NO_INTERFACE = 2 ** 31 - 1

/**
 * Lets another socket of this user, which wants the same, listen on an address that overlaps with this one's, or no
 * longer. Linux would otherwise have one address of a port keep `0.0.0.0` and `[::]` off it, and they the others.
 */
export function sharePort(server: Server, isShared: boolean): void {
  setOption(server, SOL_SOCKET, SO_REUSEPORT, isShared ? 1 : 0)
}

/**
 * Has the kernel bring no new connection to a socket that listens; those that have come can still be accepted. Listens
 * another socket on an address that takes in this one's, it gets the new ones, otherwise they are refused.
 *
 * A socket that is closed resets what nobody has accepted yet. So it is bound to an interface that there is not, as Linux
 * lets everybody do since 5.7; false where that cannot be had.
 */
export function hearNoMore(server: Server): boolean {
  return setOption(server, SOL_SOCKET, SO_BINDTOIFINDEX, NO_INTERFACE)
}

/** How many connections wait to be accepted, so far as can be known. */
export function countWaiting(server: Server): number {
  const info = Buffer.alloc(UNACKED + 4)
  return readTcpInfo(server, info) ? info.readUInt32LE(UNACKED) : 0
}

/**
 * Has the kernel take only so many bytes ahead of what a client has room for, on each connection that this
 * server accepts from now on; false where that cannot be had, and nothing has changed.
 *
 * Left to itself Linux takes megabytes ahead for each client: a thousand that read slowly cost gigabytes, and
 * the turns it takes to copy them.
 */
export function limitUnsent(server: Server, bytes: number): boolean {
  return setOption(server, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes)
}
