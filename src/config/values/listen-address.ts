import type { ListenAddress, TcpAddress } from '../config.ts'
import type { ValueType } from './values.ts'

/** `host` undefined is every address of the machine. */
export const listenAddress: ValueType<TcpAddress> = {
  expected: 'a port or address such as 80, 127.0.0.1:8080, [::1]:8080 or unix:run/web.sock',
  read(word) {
    const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(word) ?? []
    const port = Number(digits)
    if (digits === undefined || port > 65_535) return undefined
    if (bracketed !== undefined) {
      const host = normalizeIpv6(bracketed)
      return host === undefined ? undefined : { host, port }
    }
    if (plain === undefined || plain === '*') return { host: undefined, port }
    return isIpv4(plain) ? { host: plain, port } : undefined
  },
}

export function isIpv4(host: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(host)
}

/** In its shortest form, which of an IPv4 address is its own; the zone of a link-local one (`%eth0`) stays as it is. */
export function normalizeIpv6(host: string): string | undefined {
  const [, address = '', zone = ''] = /^([\da-f:.]+)(%[\w.-]+)?$/i.exec(host) ?? []
  const url = URL.parse(`http://[${address}]/`)
  if (url === null) return undefined
  const shortest = url.hostname.slice(1, -1)
  return mappedIpv4(shortest) ?? shortest + zone
}

/** An IP address, a zone not being part of it, in its shortest form, which of an IPv4-mapped one is IPv4; undefined for all else. */
export function ipAddress(text: string): string | undefined {
  if (isIpv4(text)) return text
  return text.includes('%') ? undefined : normalizeIpv6(text)
}

/** The IPv4 address in an IPv4-mapped one (RFC 4291 §2.5.5.2). */
function mappedIpv4(address: string): string | undefined {
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address) ?? []
  if (high === undefined || low === undefined) return undefined
  return [high, low].flatMap(half => [parseInt(half, 16) >> 8, parseInt(half, 16) & 0xff]).join('.')
}

/** As in `0.0.0.0:8080`, `[::]:8080`, `*:8080` or `unix:/run/web.sock`. */
export function formatListenAddress({ path, host, port }: ListenAddress): string {
  if (path !== undefined) return `unix:${path}`
  if (host === undefined) return `*:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether a client could reach both, so that the kernel lets nobody have the two; `::` and `0.0.0.0` get along. */
export function overlap(one: ListenAddress, other: ListenAddress): boolean {
  if (one.path !== undefined || other.path !== undefined) return one.path === other.path
  if (one.port !== other.port || one.port === 0) return one.port === other.port && one.host === other.host
  return includes(one, other) || includes(other, one)
}

function includes(outer: TcpAddress, inner: TcpAddress): boolean {
  switch (outer.host) {
    case undefined:
      return true
    case '::':
      return inner.host !== '0.0.0.0'
    case '0.0.0.0':
      return inner.host !== undefined && isIpv4(inner.host)
    default:
      return outer.host === inner.host
  }
}

/** Keeps each `::` to IPv6 that has the `0.0.0.0` of its port beside it. */
export function withFamiliesApart(addresses: readonly ListenAddress[]): ListenAddress[] {
  const isBesideIpv4 = (port: number) =>
    port !== 0 && addresses.some(other => other.host === '0.0.0.0' && other.port === port)
  return addresses.map(address =>
    address.host === '::' && isBesideIpv4(address.port) ? { ...address, ipv6Only: true } : address,
  )
}
