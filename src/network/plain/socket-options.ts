import { libc } from '../../libc.ts'

// From <asm-generic/socket.h>, <netinet/in.h> and <linux/tcp.h>.
export const SOL_SOCKET = 1
export const IPPROTO_TCP = 6
const TCP_INFO = 11
const SO_SNDBUF = 7
const SO_MEMINFO = 55
/** Where SK_MEMINFO_WMEM_ALLOC stands in what SO_MEMINFO gives, and how much that is at the least: <linux/sock_diag.h>. */
const QUEUED = 8

const number = Buffer.alloc(4)
const memory = Buffer.alloc(QUEUED + 4)

/**
 * Sets an option of the socket with this descriptor that is a whole number: setsockopt(2); false where it cannot be had,
 * and nothing has changed.
 */
export function setOption(socket: number, level: number, option: number, value: number): boolean {
  if (libc === undefined) return false
  number.writeInt32LE(value)
  return libc.setsockopt(socket, level, option, number, number.length) === 0
}

/**
 * Limits what the kernel holds for the other end of the Unix socket with this descriptor, in bytes: SO_SNDBUF of socket(7),
 * which the kernel doubles.
 */
export function limitQueue(socket: number, bytes: number): void {
  setOption(socket, SOL_SOCKET, SO_SNDBUF, bytes / 2)
}

/**
 * How many bytes the kernel holds for the other end of the Unix socket with this descriptor, what it needs to hold them
 * included; 0 where that is not known.
 */
export function queuedBytes(socket: number): number {
  if (libc === undefined) return 0
  number.writeInt32LE(memory.length)
  return libc.getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, number) === 0
    ? memory.readUInt32LE(QUEUED)
    : 0
}

/** Fills in the beginning of a `struct tcp_info`: TCP_INFO of tcp(7); false where it cannot be had. */
export function readTcpInfo(socket: number, info: Buffer): boolean {
  if (libc === undefined) return false
  number.writeInt32LE(info.length)
  return libc.getsockopt(socket, IPPROTO_TCP, TCP_INFO, info, number) === 0
}
