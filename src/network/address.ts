/** Stands for that of a client who has reset its connection before anybody could ask for it. */
export const UNKNOWN_ADDRESS = '-'

/** Stands for that of whoever comes to a Unix socket and has none, as in nginx. */
export const UNIX_PEER = 'unix:'

/** IPv4 clients of an IPv6 socket are known by their IPv4 address. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return UNKNOWN_ADDRESS
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

/**
 * The part of an address that MaxConnectionsPerAddress counts by. Whoever has one IPv6 address has all of its
 * /64, so these count as one.
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
