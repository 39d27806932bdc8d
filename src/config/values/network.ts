import type { Network } from '../../access/requirement.ts'
import { UNIX_PEER } from '../../http/request/peer.ts'
import type { PeerNetwork } from '../config.ts'
import { isIpv4, normalizeIpv6 } from './listen-address.ts'
import type { ValueType } from './values.ts'

/** An address, a network by its prefix or its mask, or the first numbers of IPv4 addresses, as `Require ip` takes them. */
export const network: ValueType<Network> = {
  expected:
    'an address or network such as 192.0.2.7, 10.1, 10.1.0.0/16, 10.1.0.0/255.255.0.0 or 2001:db8::/32',
  read(word) {
    const [address = '', prefix, ...rest] = word.split('/')
    if (rest.length > 0) return undefined
    return address.includes(':') ? readIpv6(address, prefix) : readIpv4(address, prefix)
  },
}

/** The same, or the Unix sockets of this machine. */
export const peerNetwork: ValueType<PeerNetwork> = {
  expected: `${network.expected}, or ${UNIX_PEER}`,
  read: word => (word.toLowerCase() === UNIX_PEER ? UNIX_PEER : network.read(word)),
}

/** As in `10.1.0.0/16`. */
export function formatPeerNetwork(network: PeerNetwork): string {
  return network === UNIX_PEER ? UNIX_PEER : `${network.address}/${network.prefix}`
}

function readIpv4(text: string, prefix: string | undefined): Network | undefined {
  if (prefix === undefined) return readBeginning(text)
  if (!isIpv4(text)) return undefined
  const length = isIpv4(prefix) ? lengthOfMask(prefix) : lengthOf(prefix, 32)
  return length === undefined ? undefined : { address: text, prefix: length, family: 'ipv4' }
}

/** As `10.1` is of all addresses that begin so. */
function readBeginning(text: string): Network | undefined {
  const numbers = text.replace(/\.$/, '').split('.')
  const address = [...numbers, '0', '0', '0'].slice(0, 4).join('.')
  if (numbers.length > 4 || !isIpv4(address)) return undefined
  return { address, prefix: 8 * numbers.length, family: 'ipv4' }
}

/** IPv4-mapped addresses are those of IPv4 clients, which are known by that; a zone is not told to the server. */
function readIpv6(text: string, prefix: string | undefined): Network | undefined {
  const address = text.includes('%') ? undefined : normalizeIpv6(text)
  const length = prefix === undefined ? 128 : lengthOf(prefix, 128)
  if (address === undefined || length === undefined) return undefined
  if (address.includes(':')) return { address, prefix: length, family: 'ipv6' }
  return length < 96 ? undefined : { address, prefix: length - 96, family: 'ipv4' }
}

function lengthOf(text: string, most: number): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : undefined
}

/** How many bits of a mask are set, if these are its first. */
function lengthOfMask(mask: string): number | undefined {
  const bits = mask
    .split('.')
    .map(number => Number(number).toString(2).padStart(8, '0'))
    .join('')
  const length = bits.indexOf('0')
  if (length < 0) return 32
  return bits.includes('1', length) ? undefined : length
}
