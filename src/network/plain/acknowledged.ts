import type { Socket } from 'node:net'
import { ffi } from '../../ffi.ts'
import { descriptorOf } from './socket-descriptor.ts'

// From <netinet/in.h> and <linux/tcp.h>.
const IPPROTO_TCP = 6
const TCP_INFO = 11
/** Where `tcpi_bytes_acked` begins in a `tcp_info`, and where it ends. */
const BYTES_ACKED = 120
const LENGTH = BYTES_ACKED + 8

const libc = ffi?.dlopen(null, {
  getsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'] },
}).functions

const info = Buffer.alloc(LENGTH)
const length = Buffer.alloc(4)

/**
 * How many bytes the client of a connection has acknowledged in its life, which only grows (TCP_INFO of tcp(7)).
 *
 * Node sees no more than what the kernel has taken: some hundred KiB ahead of a client, which a slow one is busy with for
 * minutes. Without `node:ffi` it is that all the same.
 */
export function acknowledgedBytes(socket: Socket): number {
  const descriptor = descriptorOf(socket)
  if (libc === undefined || descriptor === undefined) return socket.bytesWritten - socket.writableLength
  length.writeInt32LE(LENGTH)
  const outcome = libc.getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, info, length)
  return outcome === 0 ? Number(info.readBigUInt64LE(BYTES_ACKED)) : 0
}
