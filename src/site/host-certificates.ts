import { type Stats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { SecureContext } from 'node:tls'
import type { Host } from '../config/config.ts'
import { type Identity, IdentityError, readIdentities } from '../tls/identity.ts'
import { secureContextOf, type TicketKeys } from '../tls/secure-contexts.ts'

/** What has become of a certificate whose files have changed. */
export interface Renewal {
  /** That of the certificate, or the one that cannot be used. */
  readonly file: string
  /** Why it cannot be used, so that the old one stays in force; undefined for one that is in force now. */
  readonly problem: string | undefined
}

type Settings = Pick<Host, 'sslCertificateFile' | 'sslCertificateKeyFile' | 'sslProtocol'>

/** What some hosts prove who they are with. */
interface Proof {
  readonly settings: Settings
  /** That of the files when they were last looked at, also in vain. */
  version: string
  identities: readonly Identity[]
  context: SecureContext
}

/** The certificates of all hosts, each read once for those that name the same files. */
export class HostCertificates {
  readonly #proofs = new Map<string, Proof>()
  #ticketKeys: TicketKeys

  /** @throws IdentityError */
  constructor(hosts: readonly Host[], ticketKeys: TicketKeys) {
    this.#ticketKeys = ticketKeys
    for (const host of hosts) {
      if (host.sslCertificateFile.length > 0)
        this.#proofs.getOrInsertComputed(keyOf(host), () => this.#read(host))
    }
  }

  /** Those in force, each once. */
  get identities(): readonly Identity[] {
    const all = [...this.#proofs.values()].flatMap(({ identities }) => identities)
    return [...new Map(all.map(identity => [identity.file, identity])).values()]
  }

  /** What handshakes of a host are made with; undefined for one without certificate. */
  contextOf(host: Host): SecureContext | undefined {
    return this.#proofs.get(keyOf(host))?.context
  }

  /** Puts in force what has changed on the disk, as far as certificates and keys fit. */
  async renew(): Promise<readonly Renewal[]> {
    const renewals: Renewal[] = []
    for (const proof of this.#proofs.values()) {
      // A disk that does not answer must not hold up anybody.
      const version = await lookAtVersion(proof.settings)
      if (version === proof.version) continue
      proof.version = version
      try {
        Object.assign(proof, this.#read(proof.settings), { version })
        renewals.push(...proof.identities.map(({ file }) => ({ file, problem: undefined })))
      } catch (error) {
        if (!(error instanceof IdentityError)) throw error
        renewals.push({ file: error.file, problem: error.message })
      }
    }
    return renewals
  }

  /** Has sessions of long ago begin anew: whoever gets hold of the keys of a ticket can read what was said under it. */
  changeTicketKeys(ticketKeys: TicketKeys): void {
    this.#ticketKeys = ticketKeys
    for (const proof of this.#proofs.values())
      proof.context = secureContextOf(proof.identities, proof.settings.sslProtocol, ticketKeys)
  }

  #read(settings: Settings): Proof {
    const version = versionOf(settings)
    const identities = readIdentities(settings.sslCertificateFile, settings.sslCertificateKeyFile)
    const context = secureContextOf(identities, settings.sslProtocol, this.#ticketKeys)
    return { settings, version, identities, context }
  }
}

/** The same for the same certificates; made for each handshake. */
function keyOf({ sslCertificateFile, sslCertificateKeyFile, sslProtocol }: Settings): string {
  return [...sslCertificateFile, '', ...sslCertificateKeyFile, '', ...sslProtocol].join('\0')
}

function filesOf({ sslCertificateFile, sslCertificateKeyFile }: Settings): readonly string[] {
  return [...sslCertificateFile, ...sslCertificateKeyFile]
}

/** Tells versions of the files apart. */
function versionOf(settings: Settings): string {
  return filesOf(settings)
    .map(file => describe(statSync(file, { throwIfNoEntry: false })))
    .join('\n')
}

/** The same, while others are served. */
async function lookAtVersion(settings: Settings): Promise<string> {
  const looks = filesOf(settings).map(async file => describe(await stat(file).catch(() => undefined)))
  return (await Promise.all(looks)).join('\n')
}

function describe(stats: Stats | undefined): string {
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(' ')
}
