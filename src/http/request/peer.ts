/** Stands for the address of whoever comes to a Unix socket and has none, as in nginx. */
export const UNIX_PEER = 'unix:'

/** Who asks, as it is known when a request is judged: the client of its connection, or one that a trusted proxy names. */
export interface Peer {
  /** An IP address, `-` where it is not known, or {@link UNIX_PEER}. */
  readonly address: string
  /** 0 where it is not known. */
  readonly port: number
}

/**
 * The part of an address by which clients are told apart. Whoever has one IPv6 address has all of its /64, so these count as
 * one.
 *
 * @param address As the kernel writes it (RFC 5952).
 */
export function networkOf(address: string): string {
  if (!address.includes(':') || address === UNIX_PEER) return address
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}
