import type { HostAddress, ListenAddress } from '../config.ts'
import { isIpv4, normalizeIpv6 } from './listen-address.ts'
import type { ValueType } from './values.ts'

/** Where a `<VirtualHost>` answers, with or without a port; `_default_` is another word for `*`. */
export const hostAddress: ValueType<HostAddress> = {
  expected: '* or an address, with or without port, such as *:80, 192.0.2.1 or [2001:db8::1]:80',
  read(word) {
    const [, bracketed, plain = '', digits] =
      /^(?:\[([^\]]*)\]|([^:[\]]+))(?::(\d{1,5}|\*))?$/.exec(word) ?? []
    const port = digits === undefined || digits === '*' ? undefined : Number(digits)
    if (port !== undefined && (port === 0 || port > 65_535)) return undefined
    if (bracketed !== undefined) {
      const host = normalizeIpv6(bracketed)
      return host === undefined ? undefined : { host, port }
    }
    if (plain === '*' || plain.toLowerCase() === '_default_') return { host: undefined, port }
    return isIpv4(plain) ? { host: plain, port } : undefined
  },
}

/** As in `*`, `*:80` or `[2001:db8::1]:80`. */
export function formatHostAddress({ host, port }: HostAddress): string {
  const name = host === undefined ? '*' : host.includes(':') ? `[${host}]` : host
  return port === undefined ? name : `${name}:${port}`
}

/** An end of a connection. */
interface End {
  readonly address: string
  readonly port: number
}

/** The blocks that answer at an end, by the most exact of their addresses: one beats `*`, then a port beats none. */
export function addressFor(
  end: End,
  among: ReadonlyMap<string, unknown> | ReadonlySet<string>,
): string | undefined {
  const host = end.address.replace(/%.*/, '')
  const candidates: readonly HostAddress[] = [
    { host, port: end.port },
    { host, port: undefined },
    { host: undefined, port: end.port },
    { host: undefined, port: undefined },
  ]
  return candidates.map(formatHostAddress).find(address => among.has(address))
}

/** What every client is sent to, wherever it comes to: an address of blocks, or the main server; undefined if that depends. */
export function onlyAddress(
  listen: readonly ListenAddress[],
  at: readonly HostAddress[],
): string | 'main server' | undefined {
  const answers = new Set(answersAt(listen, at))
  const [only] = answers
  return answers.size === 1 ? only : undefined
}

/** Whether a client may come to the main server. */
export function reachesMain(listen: readonly ListenAddress[], at: readonly HostAddress[]): boolean {
  return answersAt(listen, at).includes('main server')
}

/** All that can answer those who come to these addresses; none are those that systemd passes, which are not known. */
function answersAt(listen: readonly ListenAddress[], at: readonly HostAddress[]): string[] {
  const known = new Set(at.map(formatHostAddress))
  const answer = (end: End) => addressFor(end, known) ?? 'main server'
  if (listen.length === 0) return [...known, answer(NOWHERE)]
  return listen.flatMap(({ path, host, port }) => {
    if (path !== undefined) return [answer(NOWHERE)]
    if (host !== undefined && !isUnspecified(host)) return [answer({ address: host, port })]
    const exact = at.flatMap(each => (each.host === undefined ? [] : [answer({ address: each.host, port })]))
    return [answer({ ...NOWHERE, port }), ...exact]
  })
}

const NOWHERE: End = { address: '', port: 0 }

function isUnspecified(host: string): boolean {
  return host === '::' || host === '0.0.0.0'
}
