import { constants, randomBytes } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Identity } from './identity.ts'

export const PROTOCOLS = ['TLSv1.2', 'TLSv1.3'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** With these a client resumes a session at any host of a server: 48 bytes. */
export type TicketKeys = Buffer

export function newTicketKeys(): TicketKeys {
  return randomBytes(48)
}

/**
 * What TLS 1.2 is spoken with: keys that are forgotten, and encryption that tells of changes (Mozilla's "intermediate", version
 * 5.7). TLS 1.3 has nothing else.
 */
const CIPHERS = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
].join(':')

/** What handshakes are made with where a server has these certificates; of several the client's kind of key decides. */
export function secureContextOf(
  identities: readonly Identity[],
  protocols: readonly Protocol[],
  ticketKeys: TicketKeys,
): SecureContext {
  const [first = 'TLSv1.2'] = PROTOCOLS.filter(each => protocols.includes(each))
  return createSecureContext({
    cert: identities.map(({ chain }) => chain),
    key: identities.map(({ key }) => key),
    minVersion: first,
    maxVersion: protocols.includes('TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: CIPHERS,
    // Of what both know the server chooses, which prefers the cheaper kind of key, and what a client without AES in hardware asks for.
    honorCipherOrder: true,
    // Whoever renegotiates would have a new handshake made as often as it likes.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_PRIORITIZE_CHACHA,
    ticketKeys,
  })
}
