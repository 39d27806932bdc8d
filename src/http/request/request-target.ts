import type { Fields } from '../fields.ts'
import { type Refusal, refusal } from './refusal.ts'

/**
 * What a request asks for (RFC 9112 §3.2).
 *
 * A `resource` has its path decoded to bytes, without `.`, `..` and repeated slashes, beginning with a
 * slash; its query keeps its `?` or is empty. `nameless` is a path that no file can have, because one of
 * its names holds a slash.
 */
export type Target =
  | { readonly kind: 'resource'; readonly path: string; readonly query: string }
  | { readonly kind: 'nameless'; readonly query: string }
  | { readonly kind: 'server' }
  | { readonly kind: 'tunnel' }

/** What a target means, and the host it names itself, if it does: without port and in lower case. */
export interface Asked {
  readonly kind: 'asked'
  readonly host: string | undefined
  readonly target: Target
}

/** uri-host [ ":" port ] (RFC 9112 §3.2, RFC 3986 §3.2.2): a name or IPv4, or an IP literal in brackets. */
const AUTHORITY =
  /^(?<host>(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+|\[[0-9A-Fa-f:.]+\]|\[v[0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+\])(?::(?<port>[0-9]*))?$/
const LAST_PORT = 65_535
const ABSOLUTE = /^https?:\/\/([^/?]*)([/?].*)?$/i
const NEEDS_WORK = /%|\/\.|\/\//

/** Finds what is asked for (RFC 9112 §3.2). */
export function parseRequestTarget(method: string, target: string): Asked | Refusal {
  if (method === 'CONNECT') return tunnel(target)
  if (target === '*') {
    if (method !== 'OPTIONS') return refusal(400, 'Only OPTIONS may ask for *')
    return asked(undefined, { kind: 'server' })
  }
  return target.startsWith('/') ? resource(undefined, target) : absolute(method, target)
}

/** The target is where the tunnel is to lead, its port included (RFC 9112 §3.2.3). */
function tunnel(target: string): Asked | Refusal {
  const host = hostOf(target)
  if (typeof host === 'object') return host
  if (!/:[0-9]+$/.test(target)) return refusal(400, 'The target of CONNECT is no host with a port')
  return asked(undefined, { kind: 'tunnel' })
}

/** The target is a whole URI, whose host is asked instead of the one in Host (RFC 9112 §3.2.2). */
function absolute(method: string, target: string): Asked | Refusal {
  const parts = ABSOLUTE.exec(target)
  if (parts === null) return refusal(400, 'The request target is neither a path nor an http URI')
  const [, authority = '', path = ''] = parts
  const host = hostOf(authority)
  if (typeof host === 'object') return host
  if (path === '' && method === 'OPTIONS') return asked(host, { kind: 'server' })
  return resource(host, path.startsWith('/') ? path : `/${path}`)
}

/** The host in the Host field, without port and in lower case (RFC 9110 §7.2); undefined when there is no such field. */
export function parseHost(fields: Fields): string | undefined | Refusal {
  const [authority, ...more] = fields.lines('host')
  if (more.length > 0) return refusal(400, 'More than one Host')
  return authority === undefined ? undefined : hostOf(authority)
}

/** The host of an authority, in lower case and without the dot that a name may end with. */
function hostOf(authority: string): string | Refusal {
  const { host, port = '' } = AUTHORITY.exec(authority)?.groups ?? {}
  if (host === undefined || Number(port) > LAST_PORT || !canBe(host)) {
    return refusal(400, `The host ${JSON.stringify(authority)} is malformed`)
  }
  const name = host.toLowerCase()
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/** Whether there can be such a host, beyond what a pattern tells. */
function canBe(host: string): boolean {
  if (host.startsWith('[v')) return true
  if (host.startsWith('[')) return URL.canParse(`http://${host}`)
  return !host.startsWith('.') && !host.includes('..')
}

function asked(host: string | undefined, target: Target): Asked {
  return { kind: 'asked', host, target }
}

function resource(host: string | undefined, target: string): Asked | Refusal {
  if (target.includes('#')) return refusal(400, 'The request target has a fragment')
  const mark = target.indexOf('?')
  const query = mark < 0 ? '' : target.slice(mark)
  const path = decodePath(mark < 0 ? target : target.slice(0, mark))
  switch (path) {
    case 'malformed':
      return refusal(400, 'A percent-encoding in the request target is malformed')
    case 'above the root':
      return refusal(400, 'The request target leads above the root')
    case 'nameless':
      return asked(host, { kind: 'nameless', query })
    default:
      return asked(host, { kind: 'resource', path, query })
  }
}

type PathFault = 'malformed' | 'above the root' | 'nameless'

/** Decodes a path once and resolves its dot segments afterwards, so that no encoding can hide one. */
function decodePath(path: string): `/${string}` | PathFault {
  if (!NEEDS_WORK.test(path)) return path as `/${string}`
  const resolved: string[] = []
  let nameless = false
  let isFolder = false
  for (const segment of path.split('/')) {
    const name = decodeSegment(segment)
    if (name === undefined) return 'malformed'
    isFolder = name === '' || name === '.' || name === '..'
    if (name === '..' && resolved.pop() === undefined) return 'above the root'
    if (name.includes('/')) nameless = true
    if (!isFolder) resolved.push(name)
  }
  if (nameless) return 'nameless'
  return isFolder && resolved.length > 0 ? `/${resolved.join('/')}/` : `/${resolved.join('/')}`
}

/** The bytes a segment stands for, or undefined when an escape is malformed or stands for NUL. */
function decodeSegment(segment: string): string | undefined {
  if (!segment.includes('%')) return segment
  let malformed = false
  const decoded = segment.replace(/%(.{0,2})/g, (_, digits: string) => {
    if (!/^[0-9A-Fa-f]{2}$/.test(digits) || digits === '00') malformed = true
    return String.fromCharCode(Number.parseInt(digits, 16))
  })
  return malformed ? undefined : decoded
}
