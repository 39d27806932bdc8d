import { isHostName } from '../../text/host-name.ts'
import { normalizeIpv6 } from './listen-address.ts'
import type { ValueType } from './values.ts'

/** The name of a host as all are compared: in lower case, without its final dot, an IPv6 address in its shortest form. */
export function comparableName(name: string): string {
  const address = ipv6In(name)
  return address === undefined ? name.toLowerCase().replace(/\.$/, '') : `[${address}]`
}

/** A host name, or an IP address, without a port. */
export const hostName: ValueType<string> = {
  expected: 'a host name without port, such as www.example.com',
  read: word => (isHostName(word) || ipv6In(word) !== undefined ? word : undefined),
}

/** Another name of a host, which may have wildcards. */
export const hostPattern: ValueType<string> = {
  expected: 'a host name such as www.example.com or *.example.com, without port',
  read(word) {
    if (/^[\w.*?-]{1,253}$/.test(word) && !word.includes('..')) return word
    return ipv6In(word) === undefined ? undefined : word
  },
}

/** An IPv6 address, with or without brackets, in its shortest form. */
function ipv6In(word: string): string | undefined {
  const address = normalizeIpv6(word.replace(/^\[(.*)\]$/, '$1'))
  return address?.includes(':') === true ? address : undefined
}
