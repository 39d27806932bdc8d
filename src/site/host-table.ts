import type { Config, Host } from '../config/config.ts'
import { addressFor, formatHostAddress, onlyAddress } from '../config/values/host-address.ts'
import { comparableName } from '../config/values/host-name.ts'
import { Wildcard } from '../text/wildcard.ts'

/** The server's own end of a connection. */
export interface LocalEnd {
  readonly localAddress: string
  readonly localPort: number
}

/** The host that answers a request, and whether that names it. */
export interface Choice<Site> {
  readonly host: Site
  readonly isNamed: boolean
}

/**
 * Chooses the host that answers: by the address that a client has come to, then by the name it asks for. At an address
 * a whole name beats every one with wildcards, of these the first in the file counts, and who names none of all is
 * answered by the first host.
 */
export class HostTable<Site> {
  readonly #groups = new Map<string, HostGroup<Site>>()
  readonly #main: HostGroup<Site>
  /** Who answers everybody, wherever he comes to; undefined if that depends. */
  readonly #only: HostGroup<Site> | undefined

  /** @param siteOf What answers for a host. */
  constructor(config: Config, siteOf: (host: Host) => Site) {
    const sites = new Map<Host, { readonly host: Host; readonly site: Site }>(
      [config, ...config.hosts].map(host => [host, { host, site: siteOf(host) }]),
    )
    const group = (hosts: readonly Host[]) => new HostGroup(hosts.flatMap(host => sites.get(host) ?? []))
    this.#main = group([config])
    const byAddress = new Map<string, Host[]>()
    for (const host of config.hosts) {
      for (const address of host.at.map(formatHostAddress)) {
        byAddress.set(address, [...(byAddress.get(address) ?? []), host])
      }
    }
    for (const [address, hosts] of byAddress) this.#groups.set(address, group(hosts))
    const only = onlyAddress(
      config.listen,
      config.hosts.flatMap(({ at }) => at),
    )
    this.#only = only === undefined ? undefined : (this.#groups.get(only) ?? this.#main)
  }

  /** Whether it has to be known which of its addresses a client has come to. */
  get dependsOnAddress(): boolean {
    return this.#only === undefined
  }

  /** @param name The host that is asked for, in lower case and without its final dot. */
  choose(name: string | undefined, end: LocalEnd): Choice<Site> {
    return (this.#only ?? this.#groupAt(end)).choose(name)
  }

  #groupAt({ localAddress: address, localPort: port }: LocalEnd): HostGroup<Site> {
    const found = addressFor({ address, port }, this.#groups)
    return (found === undefined ? undefined : this.#groups.get(found)) ?? this.#main
  }
}

/** The hosts of one address. */
class HostGroup<Site> {
  readonly #exact = new Map<string, Choice<Site>>()
  readonly #patterns: { readonly pattern: Wildcard; readonly choice: Choice<Site> }[] = []
  /** Answers whoever names no other. */
  readonly #first: Choice<Site>

  constructor(members: readonly { readonly host: Host; readonly site: Site }[]) {
    const [first] = members
    if (first === undefined) throw new Error('Expected a host')
    this.#first = { host: first.site, isNamed: false }
    for (const { host, site } of members) {
      const choice = { host: site, isNamed: true }
      for (const name of host.names) {
        if (/[*?]/.test(name)) this.#patterns.push({ pattern: new Wildcard(name), choice })
        else if (!this.#exact.has(name)) this.#exact.set(name, choice)
      }
    }
  }

  choose(asked: string | undefined): Choice<Site> {
    if (asked === undefined || this.#exact.size + this.#patterns.length === 0) return this.#first
    // Names are in lower case by now, but one address can be written in several ways.
    const name = asked.startsWith('[') ? comparableName(asked) : asked
    const known = this.#exact.get(name)
    if (known !== undefined) return known
    return this.#patterns.find(({ pattern }) => pattern.matches(name))?.choice ?? this.#first
  }
}
