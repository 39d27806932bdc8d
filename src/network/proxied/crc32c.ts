/** The polynomial of Castagnoli, its bits reversed (RFC 3720 §B.4). */
const POLYNOMIAL = 0x82f63b78

/** The checksum CRC-32C of some bytes. It is made for a header of a connection, so no table is worth its while. */
export function crc32c(bytes: Uint8Array): number {
  let sum = ~0
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? POLYNOMIAL : 0)
  }
  return ~sum >>> 0
}
