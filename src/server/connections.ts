import type { Socket } from 'node:net'
import { isDescriptorFree } from '../content/descriptors.ts'
import { networkOf, plainAddress } from './address.ts'
import { Connection, type ConnectionOwner } from './connection.ts'
import { Roster } from './roster.ts'

/** How often deadlines are looked at, in milliseconds. */
const SWEEP_INTERVAL = 250
/** Clients beyond the maximum that are told so at a time; any more are reset. */
const TURNED_AWAY_AT_ONCE = 64

/** What came of a new connection: it was turned away because all were taken, or all of its address. */
export type Admission = 'admitted' | 'full' | 'perAddress'

/** Every open connection, held to its maximum and to its deadlines. */
export class Connections {
  readonly #owner: ConnectionOwner
  readonly #open = new Roster<Connection>()
  /** Those of them that are open only to be told that there is no room. */
  readonly #turnedAway = new Set<Connection>()
  /** How many are admitted of each network. */
  readonly #admitted = new Map<string, number>()
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
   * client is turned away with 503.
   */
  admit(socket: Socket): Admission {
    const network = networkOf(plainAddress(socket.remoteAddress))
    const admission = this.#makeRoom(network)
    if (admission !== 'admitted' && this.#turnedAway.size >= TURNED_AWAY_AT_ONCE) {
      socket.resetAndDestroy()
      return admission
    }
    const connection = new Connection(socket, this.#owner)
    this.#open.add(connection)
    this.#sweep ??= setInterval(() => this.#expire(), SWEEP_INTERVAL).unref()
    if (admission === 'admitted') {
      this.#count(network, 1)
    } else {
      this.#turnedAway.add(connection)
      connection.turnAway(REASONS[admission])
    }
    return admission
  }

  remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return
    if (!this.#turnedAway.delete(connection)) this.#count(networkOf(connection.remoteAddress), -1)
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

  /** One look at all of them is cheaper than a timer for each. */
  #expire(): void {
    // Without a descriptor for them, clients are closed as soon as they are accepted, and nobody is told.
    if (!isDescriptorFree()) this.#owner.ranOutOfDescriptors()
    const now = this.#owner.now()
    for (const connection of this.#open) if (now >= connection.deadline) connection.expire()
  }

  #makeRoom(network: string): Admission {
    const { maxConnections, maxConnectionsPerAddress } = this.#owner.site.config
    const ofNetwork = (connection: Connection) => networkOf(connection.remoteAddress) === network
    if ((this.#admitted.get(network) ?? 0) >= maxConnectionsPerAddress) {
      return this.#evictIdle(ofNetwork) ? 'admitted' : 'perAddress'
    }
    if (this.#open.size - this.#turnedAway.size >= maxConnections) {
      return this.#evictIdle(() => true) ? 'admitted' : 'full'
    }
    return 'admitted'
  }

  #evictIdle(isCandidate: (connection: Connection) => boolean): boolean {
    let oldest: Connection | undefined
    let since = Number.POSITIVE_INFINITY
    for (const connection of this.#open) {
      if (connection.idleSince >= since || !isCandidate(connection)) continue
      oldest = connection
      since = connection.idleSince
    }
    if (oldest === undefined) return false
    oldest.evict()
    this.remove(oldest)
    return true
  }

  #count(network: string, change: 1 | -1): void {
    const count = (this.#admitted.get(network) ?? 0) + change
    if (count === 0) this.#admitted.delete(network)
    else this.#admitted.set(network, count)
  }
}

const REASONS = {
  full: 'No connection is free (MaxConnections)',
  perAddress: 'This address has as many connections as it may (MaxConnectionsPerAddress)',
} as const satisfies Record<Exclude<Admission, 'admitted'>, string>
