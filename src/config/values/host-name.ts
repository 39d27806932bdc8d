import { normalizeIpv6 } from './listen-address.ts'
import type { ValueType } from './values.ts'

/** The name of a host as all are compared: in lower case, without its final dot, an IPv6 address in its shortest form. */
export function comparableName(name: string): string {
  const address = normalizeIpv6(name.replace(/^\[(.*)\]$/, '$1'))
  if (address?.includes(':') === true) return `[${address}]`
  return name.toLowerCase().replace(/\.$/, '')
}

/** Another name of a host, which may have wildcards. */
export const hostPattern: ValueType<string> = {
  expected: 'a host name such as www.example.com or *.example.com, without port',
  read(word) {
    if (/^[\w.*?-]{1,253}$/.test(word) && !word.includes('..')) return word
    return comparableName(word).startsWith('[') ? word : undefined
  },
}
