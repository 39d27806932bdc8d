import { readTcpInfo } from './socket-options.ts'

/** Where `tcpi_bytes_acked` begins in a `struct tcp_info` of <linux/tcp.h>; it has eight bytes. */
const BYTES_ACKED = 120

const info = Buffer.alloc(BYTES_ACKED + 8)

/**
 * How many bytes the client of the connection with this descriptor has acknowledged in its life, which only grows; undefined
 * where that cannot be had. Node sees no more than what the kernel has taken: some hundred KiB ahead of a client, which a slow
 * one is busy with for minutes.
 */
export function acknowledgedBytes(connection: number): number | undefined {
  return readTcpInfo(connection, info) ? Number(info.readBigUInt64LE(BYTES_ACKED)) : undefined
}
