import type { HostCertificates } from '../site/host-certificates.ts'
import { daysLeft, endOf, type Identity } from '../tls/identity.ts'
import { newTicketKeys, type TicketKeys } from '../tls/secure-contexts.ts'

/** How often the files of certificates are looked at, and how long tickets of sessions have the same keys, in milliseconds. */
const INTERVAL = 60_000
const TICKETS_LAST = 24 * 3_600_000
/** When so many days are left of a certificate, it is told. */
const DAYS_TOLD = [21, 7, 1, -1]

/** Tells the administrator of a certificate. */
export type TellOfCertificate = (level: 'notice' | 'warn' | 'error', message: string) => void

/** Puts renewed certificates in force, tells of those that are not renewed, and changes the keys of tickets. */
export class CertificateWatch implements Disposable {
  readonly #certificates: () => HostCertificates
  readonly #tell: TellOfCertificate
  readonly #timer: NodeJS.Timeout
  /** The days that were left of a certificate when it was last told of, by its fingerprint. */
  readonly #told = new Map<string, number>()
  #ticketKeys = newTicketKeys()
  #ticketsSince = performance.now()
  #isLooking = false

  /** @param certificates Those in force. */
  constructor(certificates: () => HostCertificates, tell: TellOfCertificate) {
    this.#certificates = certificates
    this.#tell = tell
    this.#timer = setInterval(() => void this.look(), INTERVAL).unref()
  }

  /** Those for the certificates of a configuration, under which sessions go on after a reload. */
  get ticketKeys(): TicketKeys {
    return this.#ticketKeys
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  /** Does nothing while it looks already: a disk that does not answer would get more and more to do, with the threads for all files. */
  async look(now = Date.now()): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const certificates = this.#certificates()
      for (const { file, problem } of await certificates.renew()) {
        if (problem === undefined) this.#tell('notice', `Renewed the certificate in "${file}"`)
        else
          this.#tell(
            'error',
            `The old certificate stays in force, since "${file}" cannot be used: ${problem}`,
          )
      }
      for (const identity of certificates.identities) this.#tellOfEnd(identity, now)
      if (performance.now() - this.#ticketsSince >= TICKETS_LAST) this.#changeTickets(certificates)
    } catch (error) {
      this.#tell(
        'error',
        `Cannot look at the certificates: ${error instanceof Error ? error.stack : String(error)}`,
      )
    } finally {
      this.#isLooking = false
    }
  }

  #tellOfEnd({ certificate, file }: Identity, now: number): void {
    const days = daysLeft(certificate, now)
    const reached = DAYS_TOLD.findLast(each => days <= each)
    if (reached === undefined || this.#told.get(certificate.fingerprint256) === reached) return
    this.#told.set(certificate.fingerprint256, reached)
    this.#tell(
      days < 0 ? 'error' : 'warn',
      `The certificate in "${file}" ${endOf(certificate, now)}: renew it`,
    )
  }

  #changeTickets(certificates: HostCertificates): void {
    this.#ticketKeys = newTicketKeys()
    this.#ticketsSince = performance.now()
    certificates.changeTicketKeys(this.#ticketKeys)
  }
}
