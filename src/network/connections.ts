import { renewReserve } from '../files/descriptors.ts'
import { networkOf } from './address.ts'
import { Connection, type ConnectionOwner, type Seat } from './connection.ts'
import { IdleLine } from './idle-line.ts'
import { Roster } from './roster.ts'
import type { Transport } from './transport.ts'

/** How often deadlines are looked at, in milliseconds. */
const SWEEP_INTERVAL = 250
/** Clients beyond the maximum that are told so at a time; any more are reset. */
const TURNED_AWAY_AT_ONCE = 64

/** What came of a new connection: it was turned away because all were taken, or all of its address, or all descriptors. */
export type Admission = 'admitted' | 'full' | 'perAddress' | 'descriptors'

/** Every open connection, held to its maximum and to its deadlines. */
export class Connections {
  readonly #owner: ConnectionOwner
  readonly #open = new Roster<Connection>()
  /** Those of them that are open only to be told that there is no room. */
  readonly #turnedAway = new Set<Connection>()
  /** Those that were admitted, by network. */
  readonly #networks = new Map<string, Roster<Seat>>()
  /** Those that wait for their next request, and those that have not asked for anything yet. */
  readonly #idle = new IdleLine<Connection>()
  readonly #newcomers = new IdleLine<Connection>()
  #sweep: NodeJS.Timeout | undefined
  #whenNone: (() => void) | undefined

  constructor(owner: ConnectionOwner) {
    this.#owner = owner
  }

  get count(): number {
    return this.#open.size
  }

  /**
   * Takes a new connection in. With a maximum reached the longest idle one makes room; if none is idle the new
   * client is turned away with 503. Without a descriptor that it may keep it is reset.
   */
  admit(transport: Transport): Admission {
    if (transport.isOnReserve) {
      // It would keep this one, whatever becomes free: room is made for the next client.
      this.#evict(this.#longestIdle())
      transport.abort()
      return 'descriptors'
    }
    const network = networkOf(transport.remote.address)
    const admission = this.#makeRoom(network)
    if (admission !== 'admitted' && this.#turnedAway.size >= TURNED_AWAY_AT_ONCE) {
      transport.abort()
      return admission
    }
    const connection = new Connection(transport, this.#owner)
    this.#open.add(connection)
    this.#sweep ??= setInterval(this.#lookAround, SWEEP_INTERVAL).unref()
    if (admission === 'admitted') {
      this.#newcomers.join(connection)
      this.#seat(connection, network)
    } else {
      this.#turnedAway.add(connection)
      connection.turnAway(REASONS[admission])
    }
    return admission
  }

  /** It waits for its next request. */
  silent(connection: Connection): void {
    this.#idle.join(connection)
  }

  remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return
    connection.line?.remove(connection)
    if (!this.#turnedAway.delete(connection)) this.#unseat(connection)
    if (this.#open.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
    this.#whenNone?.()
  }

  /** Ends them all: those under way after their response, all that are left after `deadline` milliseconds. */
  async stop(deadline: number): Promise<void> {
    for (const connection of this.#open) connection.stop()
    if (this.#open.size === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#whenNone = resolve
    const cutOff = setTimeout(() => this.abort(), deadline)
    await promise
    clearTimeout(cutOff)
  }

  /** Breaks all of them off. */
  abort(): void {
    for (const connection of this.#open) connection.abort()
  }

  /** Looks at all deadlines, which is cheaper than a timer for each. */
  expire(): void {
    renewReserve()
    const now = this.#owner.now()
    for (const connection of this.#open) if (now >= connection.deadline) connection.expire()
  }

  readonly #lookAround = (): void => {
    try {
      this.expire()
    } catch (error) {
      this.#owner.reportProblem('Cannot look at the deadlines', error)
    }
  }

  #makeRoom(network: string): Exclude<Admission, 'descriptors'> {
    const { maxConnections, maxConnectionsPerAddress } = this.#owner.site.config
    const neighbours = this.#networks.get(network)
    if (neighbours !== undefined && neighbours.size >= maxConnectionsPerAddress) {
      return this.#evict(longestIdle(Array.from(neighbours, ({ connection }) => connection)))
        ? 'admitted'
        : 'perAddress'
    }
    if (this.#open.size - this.#turnedAway.size >= maxConnections) {
      return this.#evict(this.#longestIdle()) ? 'admitted' : 'full'
    }
    return 'admitted'
  }

  #longestIdle(): Connection | undefined {
    const candidates = [this.#idle.first, this.#newcomers.first]
    return longestIdle(candidates.filter(candidate => candidate !== undefined))
  }

  #evict(idle: Connection | undefined): boolean {
    if (idle === undefined) return false
    idle.evict()
    this.remove(idle)
    return true
  }

  #seat({ seat }: Connection, network: string): void {
    const neighbours = this.#networks.get(network) ?? new Roster<Seat>()
    this.#networks.set(network, neighbours)
    neighbours.add(seat)
  }

  #unseat({ seat, remoteAddress }: Connection): void {
    const network = networkOf(remoteAddress)
    const neighbours = this.#networks.get(network)
    neighbours?.delete(seat)
    if (neighbours?.size === 0) this.#networks.delete(network)
  }
}

/** The one that has been idle for longest, if any is. */
function longestIdle(connections: readonly Connection[]): Connection | undefined {
  let oldest: Connection | undefined
  let since = Number.POSITIVE_INFINITY
  for (const connection of connections) {
    const { idleSince } = connection
    if (idleSince >= since) continue
    oldest = connection
    since = idleSince
  }
  return oldest
}

const REASONS = {
  full: 'No connection is free (MaxConnections)',
  perAddress: 'This address has as many connections as it may (MaxConnectionsPerAddress)',
} as const satisfies Record<Exclude<Admission, 'admitted' | 'descriptors'>, string>
