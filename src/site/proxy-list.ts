import { holderOf } from '../access/judge.ts'
import type { Network } from '../access/requirement.ts'
import type { PeerNetwork, TrustedProxy } from '../config/config.ts'
import { ipAddress } from '../config/values/listen-address.ts'
import { splitList } from '../http/list.ts'
import { type Peer, UNIX_PEER } from '../http/request/peer.ts'

function ipv4(address: string, prefix: number): Network {
  return { address, prefix, family: 'ipv4' }
}

function ipv6(address: string, prefix: number): Network {
  return { address, prefix, family: 'ipv6' }
}

const PRIVATE = [ipv4('127.0.0.0', 8), ipv4('10.0.0.0', 8), ipv4('172.16.0.0', 12), ipv4('192.168.0.0', 16)]

/** Tells of addresses of the other ends of connections whether they are of any of these networks. */
export function peersOf(networks: readonly PeerNetwork[]): (address: string) => boolean {
  const holds = holderOf(networks.filter(network => network !== UNIX_PEER))
  const holdsUnix = networks.includes(UNIX_PEER)
  return address => (address === UNIX_PEER ? holdsUnix : holds(address))
}

/** Whether an address is of this machine or of a private network (RFC 1918, RFC 4193). */
export const isNeighbour = peersOf([...PRIVATE, ipv6('::1', 128), ipv6('fc00::', 7), UNIX_PEER])

const isUnroutable = holderOf([...PRIVATE, ipv4('169.254.0.0', 16)])
const isUnicast = holderOf([ipv6('2000::', 3)])

/** Whether a client on the internet may have an address, as mod_remoteip sees it. */
function isPublic(address: string): boolean {
  return address.includes(':') ? isUnicast(address) : !isUnroutable(address)
}

/** Proxies that stand next to each other in a list and are alike. */
interface Run {
  readonly isInternal: boolean
  readonly holds: (address: string) => boolean
}

/** The proxies of one list, ready to be asked for many requests. */
export class ProxyList {
  readonly #runs: readonly Run[]

  constructor(proxies: readonly TrustedProxy[]) {
    this.#runs = runsOf(proxies).map(run => ({
      isInternal: run[0]?.isInternal === true,
      holds: peersOf(run.map(({ network }) => network)),
    }))
  }

  holds(address: string): boolean {
    return this.#runOf(address) !== undefined
  }

  /**
   * Who has sent a request, as mod_remoteip finds out.
   *
   * @param named The addresses that the proxies have written one behind the other, with commas between.
   * @see https://httpd.apache.org/docs/2.4/mod/mod_remoteip.html#processing
   */
  clientOf(named: string, peer: Peer): Peer {
    let client = peer
    for (const word of splitList(named).reverse()) {
      const proxy = this.#runOf(client.address)
      if (proxy === undefined) break
      const address = ipAddress(word)
      if (address === undefined || !(proxy.isInternal || isPublic(address))) break
      client = { address, port: 0 }
    }
    return client
  }

  #runOf(address: string): Run | undefined {
    return this.#runs.find(({ holds }) => holds(address))
  }
}

function runsOf(proxies: readonly TrustedProxy[]): TrustedProxy[][] {
  const runs: TrustedProxy[][] = []
  for (const proxy of proxies) {
    const run = runs.at(-1)
    if (run?.[0]?.isInternal === proxy.isInternal) run.push(proxy)
    else runs.push([proxy])
  }
  return runs
}
