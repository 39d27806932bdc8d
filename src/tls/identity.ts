import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { readBounded } from '../bounded.ts'
import { reasonOf } from '../errors.ts'

/** What a server proves with who it is. */
export interface Identity {
  /** The file of the certificate. */
  readonly file: string
  readonly certificate: X509Certificate
  /** The certificate and those that vouch for it, in PEM. */
  readonly chain: string
  /** In PEM. */
  readonly key: string
}

/** Why a file of a certificate or key cannot be used, and what to do. */
export class IdentityError extends Error {
  readonly file: string

  constructor(file: string, message: string) {
    super(message)
    this.name = 'IdentityError'
    this.file = file
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
const KEY_BEGIN = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/
const END = '-----END '

/**
 * Reads certificates, and finds for each the key that it was made for.
 *
 * @param certificateFiles In PEM, each with the certificates that vouch for it behind it.
 * @param keyFiles In PEM, without passphrase, in any order; the key may also stand in the file of its certificate.
 * @throws IdentityError
 */
export function readIdentities(
  certificateFiles: readonly string[],
  keyFiles: readonly string[],
): readonly Identity[] {
  const keys = keyFiles.map(readKey)
  const identities = certificateFiles.map(file => {
    const text = readText(file)
    const certificates = certificatesIn(file, text)
    const [certificate, ...others] = certificates
    if (certificate === undefined) throw noCertificate(file, text)
    const own = keyIn(text) === undefined ? [] : [readKey(file)]
    const key = [...own, ...keys].find(({ key: each }) => certificate.checkPrivateKey(each))
    if (key === undefined) throw withoutKey(file, others, [...own, ...keys])
    const chain = certificates.map(each => each.toString()).join('')
    checkUse(file, certificate, chain, key.text)
    return { file, certificate, chain, key: key.text }
  })
  checkKinds(identities)
  return identities
}

/** Those that clients ask for (RFC 8446 §9.1); what has a key of another can be read, and no handshake succeeds. */
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']

/** Tells of what can be read and yet proves nothing, such as a certificate with a short key. */
function checkUse(file: string, certificate: X509Certificate, cert: string, key: string): void {
  const mend = 'have one made with a key of the curve P-256, or of RSA with 2048 bits'
  const curve = certificate.publicKey.asymmetricKeyDetails?.namedCurve
  if (curve !== undefined && !CURVES.includes(curve))
    throw new IdentityError(file, `Its key is of a curve that clients do not know, ${curve}: ${mend}`)
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw new IdentityError(file, `It is not safe enough for TLS (${reasonOf(error as Error)}): ${mend}`)
  }
}

/** Tells of a certificate that no client would be shown, since another has a key of its kind. */
function checkKinds(identities: readonly Identity[]): void {
  const byKind = Map.groupBy(identities, ({ certificate }) => certificate.publicKey.asymmetricKeyType)
  for (const [kind, [first, second]] of byKind) {
    if (first === undefined || second === undefined) continue
    const message = `Its key is of the same kind, ${kind}, as that of ${JSON.stringify(first.file)}, and clients are shown one of a kind: keep one of the two, or give each a <VirtualHost>`
    throw new IdentityError(second.file, message)
  }
}

interface Key {
  readonly file: string
  readonly text: string
  readonly key: KeyObject
}

/** @throws IdentityError */
export function readKey(file: string): Key {
  const text = keyIn(readText(file))
  if (text === undefined)
    throw new IdentityError(
      file,
      'Expected a private key in PEM, which begins with -----BEGIN PRIVATE KEY-----, found none',
    )
  try {
    return { file, text, key: createPrivateKey(text) }
  } catch (error) {
    const isLocked = /ENCRYPTED/.test(text)
    throw new IdentityError(
      file,
      isLocked
        ? 'Expected a key without a passphrase, which nobody could enter here: write one with "openssl pkey -in FILE -out FILE"'
        : `Cannot read the private key (${reasonOf(error as Error)}): put it there anew and whole, as it was made`,
    )
  }
}

/** The first key in PEM. */
function keyIn(text: string): string | undefined {
  const begin = KEY_BEGIN.exec(text)?.index ?? -1
  const end = begin < 0 ? -1 : text.indexOf(END, begin)
  return end < 0 ? undefined : `${text.slice(begin, end)}${/.*/.exec(text.slice(end))?.[0]}\n`
}

/** @throws IdentityError */
export function readCertificates(file: string): readonly X509Certificate[] {
  const text = readText(file)
  const certificates = certificatesIn(file, text)
  if (certificates.length === 0) throw noCertificate(file, text)
  return certificates
}

function certificatesIn(file: string, text: string): readonly X509Certificate[] {
  return (text.match(CERTIFICATE) ?? []).map((pem, index) => {
    try {
      return new X509Certificate(pem)
    } catch (error) {
      throw new IdentityError(
        file,
        `Cannot read certificate ${index + 1} (${reasonOf(error as Error)}): put it there anew and whole`,
      )
    }
  })
}

function readText(file: string): string {
  try {
    return readBounded(file).text
  } catch (error) {
    throw new IdentityError(file, `Cannot read it: ${reasonOf(error as Error)}`)
  }
}

function noCertificate(file: string, text: string): IdentityError {
  const mend = KEY_BEGIN.test(text)
    ? ', but a private key: name it with SSLCertificateKeyFile'
    : ': one in DER becomes PEM by "openssl x509 -inform der -in FILE -out FILE"'
  return new IdentityError(
    file,
    `Expected a certificate in PEM, which begins with -----BEGIN CERTIFICATE-----, found none${mend}`,
  )
}

function withoutKey(file: string, others: readonly X509Certificate[], keys: readonly Key[]): IdentityError {
  if (keys.length === 0)
    return new IdentityError(file, 'Expected the key of this certificate: name it with SSLCertificateKeyFile')
  if (others.some(each => keys.some(({ key }) => each.checkPrivateKey(key))))
    return new IdentityError(
      file,
      'Expected the certificate of the key before those that vouch for it: put it first in the file',
    )
  const files = keys.map(each => JSON.stringify(each.file)).join(' or ')
  return new IdentityError(
    file,
    `The key in ${files} is not that of this certificate: name the one that it was made with, and renew both at once`,
  )
}

/** Days that are left of a certificate; negative once it has expired. */
export function daysLeft({ validToDate }: X509Certificate, now: number): number {
  return Math.floor((validToDate.getTime() - now) / 86_400_000)
}

/** When a certificate ends, as in `expires in 7 days, on 2027-01-31`. */
export function endOf(certificate: X509Certificate, now: number): string {
  const days = daysLeft(certificate, now)
  const date = certificate.validToDate.toISOString().slice(0, 10)
  if (days < 0) return `has expired, on ${date}`
  if (days === 0) return `expires within a day, on ${date}`
  return `expires in ${days === 1 ? 'a day' : `${days} days`}, on ${date}`
}

/** The names that a certificate is for, as in `www.example.com`: clients look at no others (RFC 9525 §2). */
export function namesIn({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName.split(', ').flatMap(name => {
    const kind = ['DNS:', 'IP Address:'].find(each => name.startsWith(each))
    return kind === undefined ? [] : [name.slice(kind.length)]
  })
}
