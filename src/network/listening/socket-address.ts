import { endianness } from 'node:os'
import { libc } from '../../libc.ts'
import type { Endpoint } from '../transport.ts'

// From <bits/socket.h>.
const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10

/** The size of a `struct sockaddr_in6`, in bytes; that of IPv4 is smaller. */
export const SOCKET_ADDRESS_SIZE = 28

/** The size of a `struct sockaddr_un`, in bytes. */
const UNIX_ADDRESS_SIZE = 110

/** How an IPv4 address begins as one of IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

const familyOf = endianness() === 'LE' ? 'readUInt16LE' : 'readUInt16BE'

/**
 * The IPv4 address and port in a `struct sockaddr_in` of ip(7) or, mapped, a `struct sockaddr_in6` of ipv6(7). Undefined for
 * any other: how IPv6 is written (RFC 5952) is better left to who knows it.
 */
export function endpointIn(address: Buffer): Endpoint | undefined {
  const at = startOfIpv4(address)
  if (at === undefined) return undefined
  const [a, b, c, d] = address.subarray(at, at + 4)
  return { address: `${a}.${b}.${c}.${d}`, port: address.readUInt16BE(2) }
}

/**
 * The path of the Unix socket with this descriptor, which begins with `@` if it is an abstract one: unix(7). Empty where
 * it is not known.
 */
export function pathOf(socket: number): string {
  const address = Buffer.alloc(UNIX_ADDRESS_SIZE)
  const length = Buffer.alloc(4)
  length.writeInt32LE(address.length)
  if (libc === undefined || libc.getsockname(socket, address, length) !== 0) return ''
  if (address[familyOf](0) !== AF_UNIX) return ''
  const path = address.toString('utf8', 2, length.readInt32LE(0))
  return path.startsWith('\0') ? `@${path.slice(1)}` : path.replace(/\0.*$/s, '')
}

function startOfIpv4(address: Buffer): number | undefined {
  switch (address[familyOf](0)) {
    case AF_INET:
      return 4
    case AF_INET6:
      return address.compare(MAPPED, 0, MAPPED.length, 8, 8 + MAPPED.length) === 0
        ? 8 + MAPPED.length
        : undefined
    default:
      return undefined
  }
}
