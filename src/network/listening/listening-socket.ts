import type { Server } from 'node:net'
import type { TcpAddress } from '../../config/config.ts'
import { descriptorOf } from '../plain/socket-descriptor.ts'
import { IPPROTO_TCP, readTcpInfo, SOL_SOCKET, setOption } from '../plain/socket-options.ts'

// From <asm-generic/socket.h> and <linux/tcp.h>.
const SO_REUSEPORT = 15
const SO_BINDTOIFINDEX = 62
const TCP_NODELAY = 1
const TCP_NOTSENT_LOWAT = 25
/** Where `tcpi_unacked` begins in a `struct tcp_info`: of a socket that listens, how many connections wait to be accepted. */
const UNACKED = 24
/** No machine has an interface of this number. */
const NO_INTERFACE = 2 ** 31 - 1

/** Where a server listens; undefined for a Unix socket. */
export function tcpAddressOf(server: Server): TcpAddress | undefined {
  const bound = server.address()
  return bound === null || typeof bound === 'string' ? undefined : { host: bound.address, port: bound.port }
}

/**
 * Allows another socket of this user, with the same option, an address that overlaps with this one's. Without it
 * Linux keeps `0.0.0.0` and `[::]` off a port while another address of it is in use, and the other way round.
 *
 * It is for good: once a port was shared, Linux lets this user share it for as long as it is in use, whatever the
 * option of each socket.
 */
export function sharePort(server: Server): void {
  setOption(descriptorOf(server), SOL_SOCKET, SO_REUSEPORT, 1)
}

/**
 * Stops the kernel from queueing new connections for a listening socket; those in the queue can still be
 * accepted. New ones go to another socket whose address includes this one, or are refused.
 *
 * Closing a socket would reset whatever is in its queue. So it is bound to an interface that does not exist,
 * which Linux allows everybody since 5.7; false where it cannot be.
 */
export function hearNoMore(server: Server): boolean {
  return setOption(descriptorOf(server), SOL_SOCKET, SO_BINDTOIFINDEX, NO_INTERFACE)
}

/** How many connections wait to be accepted; 0 where that is not known. */
export function countWaiting(server: Server): number {
  const info = Buffer.alloc(UNACKED + 4)
  return readTcpInfo(descriptorOf(server), info) ? info.readUInt32LE(UNACKED) : 0
}

/**
 * Limits what the kernel takes ahead of what a client has room for, in bytes, on each connection that this
 * server accepts from now on; false where it cannot, and nothing has changed.
 *
 * Linux takes megabytes ahead for each client by itself: a thousand that read slowly cost gigabytes, and the
 * turns it takes to copy them.
 */
export function limitUnsent(server: Server, bytes: number): boolean {
  return setOption(descriptorOf(server), IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes)
}

/** Has each connection that this server accepts from now on send what is written at once; false where it cannot. */
export function sendAtOnce(server: Server): boolean {
  return setOption(descriptorOf(server), IPPROTO_TCP, TCP_NODELAY, 1)
}
