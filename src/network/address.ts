/** Stands for that of a client who has reset its connection before anybody could ask for it. */
export const UNKNOWN_ADDRESS = '-'

/** IPv4 clients of an IPv6 socket are known by their IPv4 address. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return UNKNOWN_ADDRESS
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
