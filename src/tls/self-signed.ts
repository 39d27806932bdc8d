import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { domainToASCII } from 'node:url'
import { isHostName } from '../text/host-name.ts'

/** Why no certificate could be made, and what to do. */
export class SelfSignedError extends Error {}

/** A certificate, and the key that it was made for, in PEM. */
export interface SelfSigned {
  readonly certificate: string
  readonly key: string
}

/** How long openssl(1) may take, in milliseconds. */
const PATIENCE = 30_000

/**
 * Makes a certificate that nobody vouches for, with a new key of the curve P-256, by openssl(1).
 *
 * @param hosts Names, which may begin with `*.`, and IP addresses, for the subjectAltName (RFC 5280 §4.2.1.6); the first is the
 *   common name.
 * @throws SelfSignedError
 */
export function makeSelfSigned(hosts: readonly string[], days: number): SelfSigned {
  const names = hosts.map(certifiedName)
  const { privateKey: key } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  // For its owner alone.
  const folder = mkdtempSync(join(tmpdir(), 'webserver-certificate-'))
  try {
    const [config, keyFile] = [join(folder, 'config'), join(folder, 'key')]
    writeFileSync(config, configOf(names))
    writeFileSync(keyFile, key, { mode: 0o600 })
    return { key, certificate: certify(config, keyFile, days) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A name or address as it stands in the certificate. */
interface CertifiedName {
  readonly kind: 'DNS' | 'IP'
  readonly text: string
}

function certifiedName(host: string): CertifiedName {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) !== 0 && !address.includes('%')) return { kind: 'IP', text: address }
  const [, wildcard = '', name = ''] = /^(\*\.)?(.*?)\.?$/.exec(host) ?? []
  const text = domainToASCII(name)
  if (!isHostName(text))
    throw new SelfSignedError(
      `Expected the name of a host or its address, such as files.lan, *.files.lan or 192.168.1.5, got "${host}"`,
    )
  return { kind: 'DNS', text: wildcard + text }
}

/** As config(5) of OpenSSL has it: that of the system would add what browsers refuse in a server's certificate. */
function configOf(names: readonly CertifiedName[]): string {
  const [first] = names
  return `
[req]
prompt = no
distinguished_name = subject
x509_extensions = extensions
[subject]
CN = ${first?.text.slice(0, LONGEST_COMMON_NAME)}
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
subjectAltName = ${names.map(({ kind, text }) => `${kind}:${text}`).join(', ')}
`
}

/** ub-common-name of RFC 5280. */
const LONGEST_COMMON_NAME = 64

function certify(config: string, key: string, days: number): string {
  const args = ['req', '-x509', '-new', '-config', config, '-key', key, '-days', String(days)]
  const { error, status, stdout, stderr } = spawnSync('openssl', args, {
    encoding: 'utf8',
    timeout: PATIENCE,
  })
  if (error !== undefined && 'code' in error && error.code === 'ENOENT')
    throw new SelfSignedError(
      'openssl, which makes certificates, is not installed: install it, as by "apt install openssl"',
    )
  if (error !== undefined || status !== 0)
    throw new SelfSignedError(`openssl has made no certificate: ${(error?.message ?? stderr).trim()}`)
  return stdout
}
