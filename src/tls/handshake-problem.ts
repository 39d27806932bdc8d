import { codeOf } from '../errors.ts'

/** What failed handshakes mean, by the codes that Node makes of the words of OpenSSL. */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNRESET: 'the client has gone',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'the client speaks no HTTP/1.1 over TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the client speaks no version of TLS that SSLProtocol names',
  ERR_SSL_NO_SHARED_CIPHER: 'the client knows none of the ciphers that are spoken here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the client does not speak TLS',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM:
    'there is no certificate for the name or the kind of key that the client asks for',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the client does not know who has made the certificate',
  ERR_SSL_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the client does not know who has made the certificate',
}

/** Why a handshake has failed, in words. */
export function problemOfHandshake(error: Error): string {
  const known = MEANINGS[codeOf(error)]
  if (known !== undefined) return known
  // As in `error:0A000076:SSL routines:tls_choose_sigalg:no suitable signature algorithm:../deps/...`.
  const [, words] = /:error:[\dA-F]+:[^:]*:[^:]*:([^:]*)/.exec(error.message) ?? []
  return words ?? error.message
}
