import { libc } from '../../libc.ts'

// From <asm-generic/socket.h>, <netinet/in.h> and <linux/tcp.h>.
export const SOL_SOCKET = 1
export const IPPROTO_TCP = 6
const TCP_INFO = 11

const number = Buffer.alloc(4)

/**
 * Sets an option of the socket with this descriptor that is a whole number: setsockopt(2); false where it cannot be had,
 * and nothing has changed.
 */
export function setOption(socket: number, level: number, option: number, value: number): boolean {
  if (libc === undefined) return false
  number.writeInt32LE(value)
  return libc.setsockopt(socket, level, option, number, number.length) === 0
}

/** Fills in the beginning of a `struct tcp_info`: TCP_INFO of tcp(7); false where it cannot be had. */
export function readTcpInfo(socket: number, info: Buffer): boolean {
  if (libc === undefined) return false
  number.writeInt32LE(info.length)
  return libc.getsockopt(socket, IPPROTO_TCP, TCP_INFO, info, number) === 0
}
