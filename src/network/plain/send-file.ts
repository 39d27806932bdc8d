import { libc } from '../../libc.ts'

/** Where sendfile(2) begins; it leaves there where it has ended. */
const offset = new BigInt64Array(1)
const offsetBytes = Buffer.from(offset.buffer)

/**
 * Sends bytes of an open file to a client without copying them through this process: sendfile(2). For large
 * downloads, and several at a time above all, it takes less time than reading and writing.
 *
 * @param connection Its descriptor; all that was written to it must be taken.
 * @param descriptor Of the file.
 * @returns How many were taken: fewer than `length`, or none, when the kernel has no room for more, the file
 *   has ended, or it cannot be done. Whoever reads and writes the next bytes learns which, and when there is
 *   room again.
 */
export function sendFile(connection: number, descriptor: number, position: number, length: number): number {
  if (libc === undefined) return 0
  offset[0] = BigInt(position)
  const sent = Number(libc.sendfile(connection, descriptor, offsetBytes, BigInt(length)))
  return Math.max(0, sent)
}
