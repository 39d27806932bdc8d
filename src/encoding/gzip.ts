import { constants, crc32, deflateRawSync } from 'node:zlib'

/** Bytes that are packed at once: what that takes is far less than what a turn may. */
export const PIECE = 64 * 1024
/** A higher one takes more time than it saves, in listings above all, of which every line is like the others. */
const LEVEL = 3
/** CM is deflate; no flags, no time, and a system that is not told (RFC 1952 §2.3). */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
/** An empty block, which is the last (RFC 1951 §3.2.3). */
const END = Buffer.from([0x03, 0x00])

/** Packs bytes as one gzip member (RFC 1952), a piece at a time, so that others can be seen to between two. */
export function* gzip(parts: Iterable<Buffer>): Generator<Buffer> {
  let checksum = 0
  let size = 0
  yield HEADER
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE) {
      const piece = part.subarray(at, at + PIECE)
      checksum = crc32(piece, checksum)
      size += piece.length
      yield deflateRawSync(piece, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH })
    }
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(checksum, 0)
  trailer.writeUInt32LE(size % 2 ** 32, 4)
  yield Buffer.concat([END, trailer])
}
