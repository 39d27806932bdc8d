import type { X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import { isIP } from 'node:net'
import { isWildcard } from '../text/wildcard.ts'
import {
  daysLeft,
  endOf,
  type Identity,
  IdentityError,
  namesIn,
  readCertificates,
  readIdentities,
  readKey,
} from '../tls/identity.ts'
import type { PathReference } from './apply.ts'
import type { Config, Host } from './config.ts'
import type { Problem } from './problem.ts'

type ProofUse = 'certificate to read' | 'key to read'

/** Why a file that can be read proves nothing by itself; undefined when it may. */
export function obstacleToProving(path: string, use: ProofUse): string | undefined {
  try {
    if (use === 'key to read') readKey(path)
    else readCertificates(path)
    return undefined
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error
    return `Cannot use ${JSON.stringify(path)}: ${error.message}`
  }
}

/** What is wrong with a file that can be used all the same. */
export function doubtsAboutProof(path: string, use: ProofUse): string[] {
  if (use === 'certificate to read') return doubtsAboutCertificates(readCertificates(path), path, Date.now())
  if ((statSync(path).mode & 0o007) === 0) return []
  return [
    `Everybody on this machine may read ${JSON.stringify(path)}, and then be this server: "chmod o= ${path}", and give it to the group of the server`,
  ]
}

/** What is wrong with a certificate that can be read. */
function doubtsAboutCertificates(
  [own, ...others]: readonly X509Certificate[],
  path: string,
  now: number,
): string[] {
  if (own === undefined) return []
  const what = `The certificate in ${JSON.stringify(path)}`
  const doubts: string[] = []
  if (own.validFromDate.getTime() > now)
    doubts.push(
      `${what} is not valid before ${own.validFromDate.toISOString().slice(0, 10)}: set the clock, or wait`,
    )
  if (daysLeft(own, now) < DAYS_TO_RENEW) doubts.push(`${what} ${endOf(own, now)}: renew it`)
  const stray = others.findIndex((each, index) => !(others[index - 1] ?? own).checkIssued(each))
  if (stray >= 0)
    doubts.push(
      `Certificate ${stray + 2} in ${JSON.stringify(path)} does not vouch for the one before it: put them in the order in which each vouches for the one before, without others`,
    )
  return doubts
}

/** Whoever renews certificates by machine does it a month before they expire. */
const DAYS_TO_RENEW = 21

/**
 * Checks that each host has the keys of its certificates, and that these are for its names.
 *
 * @param paths Those that the configuration names, which are readable, each by itself.
 */
export function checkIdentities(
  config: Config,
  paths: readonly PathReference[],
): { readonly mistakes: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const mistakes = new Map<string, Problem>()
  const warnings: Problem[] = []
  for (const host of [config, ...config.hosts]) {
    const { sslCertificateFile, sslCertificateKeyFile } = host
    try {
      const identities = readIdentities(sslCertificateFile, sslCertificateKeyFile)
      warnings.push(
        ...strangers(host, identities).map(message => problemAt(sslCertificateFile[0], paths, message)),
      )
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error
      const message = `Cannot use ${JSON.stringify(error.file)}: ${error.message}`
      mistakes.set(message, problemAt(error.file, paths, message))
    }
  }
  return { mistakes: [...mistakes.values()], warnings }
}

/** The names of a host that are in none of its certificates. */
function strangers({ names, at }: Host, identities: readonly Identity[]): readonly string[] {
  // The main server has the name of the machine where it was given none.
  const isMeant = (name: string) => !isWildcard(name) && at.length > 0
  const isNamed = (name: string, { certificate }: Identity) => {
    const bare = name.replace(/^\[(.*)\]$/, '$1')
    if (isIP(bare) !== 0) return certificate.checkIP(bare) !== undefined
    return certificate.checkHost(bare, { subject: 'never' }) !== undefined
  }
  if (identities.length === 0) return []
  return names
    .filter(name => isMeant(name) && !identities.some(identity => isNamed(name, identity)))
    .map(name => {
      const known =
        identities.flatMap(({ certificate }) => namesIn(certificate)).join(', ') || 'no host at all'
      return `Clients that ask for ${JSON.stringify(name)} will not trust the certificate, which is for ${known}: have one made with this name`
    })
}

function problemAt(path: string | undefined, paths: readonly PathReference[], message: string): Problem {
  const reference = paths.find(
    each => each.path === path && (each.use === 'certificate to read' || each.use === 'key to read'),
  )
  if (reference === undefined) throw new Error(`Nothing names ${JSON.stringify(path)}`)
  return { file: reference.file, place: reference.place, message }
}
