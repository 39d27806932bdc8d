import type { Config, Host } from '../config/config.ts'
import { answersAt } from '../config/https.ts'
import { isProxiedAt } from '../config/proxied.ts'
import { reachesMain } from '../config/values/host-address.ts'
import type { Fields } from '../http/fields.ts'
import { type Peer, UNIX_PEER } from '../http/request/peer.ts'
import { isNeighbour, ProxyList, peersOf } from './proxy-list.ts'

/**
 * How a connection begins: as that of a `client`, with the PROXY header of a `proxy`, or not at all, for a `stranger` who may not
 * send one where it has to be.
 */
export type Beginning = 'client' | 'proxy' | 'stranger'

interface Ends {
  readonly remote: { readonly address: string }
  readonly local: { readonly port: number }
}

type JudgeOfPort = (address: string) => Beginning

/** What is believed of proxies under one configuration. */
export class Proxies {
  readonly #config: Config
  /** Those of which the field of a request is believed. */
  readonly #lists: ReadonlyMap<Host['remoteIpProxies'], ProxyList>
  readonly #isAnyProxied: boolean
  /** That of Unix sockets is undefined. */
  readonly #ports = new Map<number | undefined, JudgeOfPort>()

  private constructor(config: Config, isAnyProxied: boolean, asking: readonly Host[]) {
    this.#config = config
    this.#isAnyProxied = isAnyProxied
    const lists = new Set(asking.map(({ remoteIpProxies }) => remoteIpProxies))
    this.#lists = new Map([...lists].map(list => [list, new ProxyList(list)]))
  }

  /** Undefined where nobody is believed, and nothing need be asked. */
  static under(config: Config): Proxies | undefined {
    const hosts: readonly Host[] = [config, ...config.hosts]
    const isAnyProxied = hosts.some(({ remoteIpProxyProtocol }) => remoteIpProxyProtocol === true)
    const asking = hosts.filter(({ remoteIpHeader }) => remoteIpHeader !== undefined)
    return isAnyProxied || asking.length > 0 ? new Proxies(config, isAnyProxied, asking) : undefined
  }

  /** How a connection between these ends begins; the server's own may have to be asked for, so it is not where all begin alike. */
  beginningOf(connection: Ends): Beginning {
    if (!this.#isAnyProxied) return 'client'
    const { remote, local } = connection
    const port = remote.address === UNIX_PEER ? undefined : local.port
    const judge = this.#ports.get(port) ?? this.#judgeOf(port)
    // Nobody but the administrator opens ports.
    this.#ports.set(port, judge)
    return judge(remote.address)
  }

  /** Whether a connection from an address may carry the requests of many clients. */
  isShared(address: string): boolean {
    return this.#lists.values().some(list => list.holds(address))
  }

  /** Who has sent a request to a host, with these fields over the connection of a peer. */
  clientOf({ remoteIpHeader, remoteIpProxies }: Host, fields: Fields, peer: Peer): Peer {
    const named = remoteIpHeader && fields.get(remoteIpHeader)
    return named === undefined ? peer : (this.#lists.get(remoteIpProxies)?.clientOf(named, peer) ?? peer)
  }

  #judgeOf(port: number | undefined): JudgeOfPort {
    // Where the client has come to is not known, so neither is whom it could be.
    if (port === 0) return () => 'stranger'
    if (!isProxiedAt(port, this.#config)) return () => 'client'
    const hosts = this.#hostsAt(port)
    const lists = [...new Set(hosts.map(({ remoteIpProxies }) => remoteIpProxies))]
      .filter(list => list.length > 0)
      .map(list => new ProxyList(list))
    const isProxy =
      lists.length === 0 ? isNeighbour : (address: string) => lists.every(list => list.holds(address))
    const isException = peersOf(hosts.flatMap(host => host.remoteIpProxyProtocolExceptions))
    return address => (isException(address) ? 'client' : isProxy(address) ? 'proxy' : 'stranger')
  }

  #hostsAt(port: number | undefined): readonly Host[] {
    const { hosts } = this.#config
    const at = hosts.flatMap(host => host.at)
    const address = port === undefined ? { path: UNIX_PEER } : { host: undefined, port }
    const main = reachesMain([address], at) ? [this.#config] : []
    return [...main, ...hosts.filter(host => answersAt(port, host.at))]
  }
}
