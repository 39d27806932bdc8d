import type { Socket } from 'node:net'
import { readTcpInfo } from './socket-options.ts'

/** Where `tcpi_bytes_acked` begins in a `struct tcp_info` of <linux/tcp.h>; it has eight bytes. */
const BYTES_ACKED = 120

const info = Buffer.alloc(BYTES_ACKED + 8)

/**
 * How many bytes the client of a connection has acknowledged in its life, which only grows.
 *
 * Node sees no more than what the kernel has taken: some hundred KiB ahead of a client, which a slow one is busy with for
 * minutes. Without `node:ffi` it is that all the same.
 */
export function acknowledgedBytes(socket: Socket): number {
  if (!readTcpInfo(socket, info)) return socket.bytesWritten - socket.writableLength
  return Number(info.readBigUInt64LE(BYTES_ACKED))
}
