import { isIP } from 'node:net'
import { isWildcard } from '../text/wildcard.ts'
import { type Identity, IdentityError, namesIn, readIdentities } from '../tls/identity.ts'
import type { PathReference } from './apply.ts'
import type { Config, Host } from './config.ts'
import type { DiskFindings } from './disk.ts'
import type { Problem } from './problem.ts'

/**
 * Checks that each host has the keys of its certificates, and that these are for its names.
 *
 * @param paths Those that the configuration names, which are readable, each by itself.
 */
export function checkIdentities(config: Config, paths: readonly PathReference[]): DiskFindings {
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
    return (isIP(bare) === 0 ? certificate.checkHost(bare) : certificate.checkIP(bare)) !== undefined
  }
  if (identities.length === 0) return []
  return names
    .filter(name => isMeant(name) && !identities.some(identity => isNamed(name, identity)))
    .map(name => {
      const known = identities.flatMap(({ certificate }) => namesIn(certificate)).join(', ')
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
