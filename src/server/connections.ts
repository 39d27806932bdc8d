import type { Socket } from 'node:net'
import { Connection, type ConnectionOwner } from './connection.ts'

/** How often deadlines are looked at, in milliseconds. */
const SWEEP_INTERVAL = 250
/** Clients beyond the maximum that are told so; any more are reset. */
const TURNED_AWAY_AT_ONCE = 64

/** Every open connection, held to a maximum and to its deadlines. */
export class Connections {
  readonly #owner: ConnectionOwner
  readonly #open = new Set<Connection>()
  #sweep: NodeJS.Timeout | undefined
  #whenNone: (() => void) | undefined

  constructor(owner: ConnectionOwner) {
    this.#owner = owner
  }

  get count(): number {
    return this.#open.size
  }

  /**
   * Takes a new connection in. With the maximum reached the longest idle one makes room; if none is idle the
   * new client is turned away with 503.
   */
  admit(socket: Socket): 'admitted' | 'turned away' {
    const { maxConnections } = this.#owner.site.config
    const isFull = this.#open.size >= maxConnections && !this.#evictIdle()
    if (isFull && this.#open.size >= maxConnections + TURNED_AWAY_AT_ONCE) {
      socket.resetAndDestroy()
      return 'turned away'
    }
    const connection = new Connection(socket, this.#owner)
    this.#open.add(connection)
    this.#sweep ??= setInterval(() => this.#expire(), SWEEP_INTERVAL).unref()
    if (!isFull) return 'admitted'
    connection.turnAway()
    return 'turned away'
  }

  remove(connection: Connection): void {
    this.#open.delete(connection)
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
    const cutOff = setTimeout(() => {
      for (const connection of this.#open) connection.abort()
    }, deadline)
    await promise
    clearTimeout(cutOff)
  }

  /** One look at all of them is cheaper than a timer for each. */
  #expire(): void {
    const now = this.#owner.now()
    for (const connection of this.#open) if (now >= connection.deadline) connection.expire()
  }

  #evictIdle(): boolean {
    let oldest: Connection | undefined
    let since = Number.POSITIVE_INFINITY
    for (const connection of this.#open) {
      if (connection.idleSince >= since) continue
      oldest = connection
      since = connection.idleSince
    }
    if (oldest === undefined) return false
    oldest.evict()
    this.#open.delete(oldest)
    return true
  }
}
