import type { Fields } from '../fields.ts'

/** Who a client says to be (RFC 7617); names and passwords are byte strings. */
export type Credentials =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'none' | 'another scheme' }

const NONE: Credentials = { kind: 'none' }
const ANOTHER_SCHEME: Credentials = { kind: 'another scheme' }

/**
 * What Authorization says, read as Apache reads it: of several fields the first counts, the scheme in any case, base64 up to
 * the first byte that is none, and who sends no colon sends no password.
 */
export function parseCredentials(fields: Fields): Credentials {
  const [value] = fields.lines('authorization')
  if (value === undefined) return NONE
  const [scheme = ''] = value.split(' ', 1)
  if (scheme.toLowerCase() !== 'basic') return ANOTHER_SCHEME
  const [encoded = ''] = /^[+/\dA-Za-z]*/.exec(value.slice(scheme.length).replace(/^ +/, '')) ?? []
  const decoded = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = decoded.indexOf(':')
  if (colon < 0) return { kind: 'basic', user: decoded, password: '' }
  return { kind: 'basic', user: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}
