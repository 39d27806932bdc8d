import { renewReserve } from '../files/descriptors.ts'
import { networkOf, UNIX_PEER } from '../http/request/peer.ts'
import { type Admission, Connection, type ConnectionOwner, type Seat } from './connection.ts'
import { IdleLine } from './idle-line.ts'
import { Arrival, type ArrivalOwner, type Misconduct } from './proxied/arrival.ts'
import { Roster } from './roster.ts'
import type { Endpoint, Transport } from './transport.ts'

/** How often deadlines are looked at, in milliseconds. */
const SWEEP_INTERVAL = 250
/** Clients beyond the maximum that are answered with 503 at a time; any more are reset. */
const TURNED_AWAY_AT_ONCE = 64

/**
 * The connection limiter: it keeps every open connection, admits new ones within the limits, and enforces
 * deadlines.
 */
export class Connections implements ArrivalOwner {
  readonly #owner: ConnectionOwner
  /** How many were reset, since the server had to end. */
  brokenOff = 0
  readonly #open = new Roster<Connection>()
  /** Those that are to begin with a PROXY header, which has not come yet. */
  readonly #arrivals = new Roster<Arrival>()
  /** Those that are open only to be answered with 503. */
  readonly #turnedAway = new Set<Connection>()
  /** Those that were admitted, by the network of their client. */
  readonly #networks = new Map<string, Roster<Seat>>()
  /** Those that wait for their next request, and those that have not sent one yet. */
  readonly #idle = new IdleLine<Connection>()
  readonly #newcomers = new IdleLine<Connection>()
  #sweep: NodeJS.Timeout | undefined
  #whenNone: (() => void) | undefined

  constructor(owner: ConnectionOwner) {
    this.#owner = owner
  }

  get count(): number {
    return this.#open.size + this.#arrivals.size
  }

  /** Whether somebody who has come has asked for nothing yet. */
  get hasNewcomers(): boolean {
    return this.#newcomers.first !== undefined
  }

  /**
   * Admits a new connection. With a limit reached the connection that has been idle for longest makes room;
   * if none is idle the client is turned away with 503. A client is reset when its descriptor is one of the
   * reserve.
   *
   * @param client As a proxy has said at the beginning of the connection.
   * @param rest What has come behind that.
   */
  admit(transport: Transport, client?: Endpoint, rest = ''): Admission {
    if (transport.isOnReserve) return this.#reset(transport, 'descriptors')
    const { address } = client ?? transport.remote
    // Of a connection that many share none is the client.
    const isShared = client === undefined && this.#owner.site.proxies?.isShared(address) === true
    const network = isShared ? undefined : networkOf(address)
    const admission = this.#makeRoom(network)
    if (admission !== 'admitted' && this.#turnedAway.size >= TURNED_AWAY_AT_ONCE)
      return this.#reset(transport, admission, client)
    const connection = new Connection(transport, this.#owner, client)
    this.#open.add(connection)
    this.#sweepOn()
    if (admission === 'admitted') {
      this.#newcomers.join(connection)
      if (network !== undefined) this.#seat(connection, network)
    } else {
      this.#turnedAway.add(connection)
      connection.turnAway(REASONS[admission])
      this.#owner.turnedAway(admission, transport.remote)
    }
    // Its proxy may have come before the server was told to stop.
    if (this.#owner.serverState === 'stopping') connection.stop()
    connection.catchUp(rest)
    return admission
  }

  /** Waits for the PROXY header of a new connection, which until then has no address to count by. */
  expect(transport: Transport): void {
    if (transport.isOnReserve) return void this.#reset(transport, 'descriptors')
    if (this.#makeRoom(undefined) !== 'admitted') return void this.#reset(transport, 'full')
    const { least } = this.#owner.site.config.requestReadTimeout.head
    this.#arrivals.add(new Arrival(transport, this, this.#owner.now() + least))
    this.#sweepOn()
  }

  announced(arrival: Arrival, client: Endpoint, rest: string): void {
    this.#arrivals.delete(arrival)
    this.admit(arrival.transport, client, rest)
  }

  misbehaved({ transport }: Arrival, misconduct: Misconduct): void {
    this.#owner.misbehaved(misconduct, transport.remote)
  }

  left(arrival: Arrival): void {
    this.#arrivals.delete(arrival)
    this.#lookWhetherEmpty()
  }

  failed(_arrival: Arrival, error: unknown): void {
    this.#owner.reportProblem('Cannot read a PROXY header', error)
  }

  /** Resets a client for whom there is nothing else. */
  #reset(transport: Transport, why: Exclude<Admission, 'admitted'>, client = transport.remote): Admission {
    // Whatever becomes free, this client would keep its descriptor: the room is for the next one.
    if (why === 'descriptors') this.#evict(this.#longestIdle())
    transport.abort()
    this.#owner.turnedAway(why, client)
    return why
  }

  #sweepOn(): void {
    this.#sweep ??= setInterval(this.#lookAround, SWEEP_INTERVAL).unref()
  }

  /** A connection waits for its next request. */
  idle(connection: Connection): void {
    this.#idle.join(connection)
  }

  remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return
    connection.line?.remove(connection)
    if (!this.#turnedAway.delete(connection)) this.#unseat(connection)
    this.#lookWhetherEmpty()
  }

  #lookWhetherEmpty(): void {
    if (this.count > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
    this.#whenNone?.()
  }

  /** Ends all connections: those with a request after its response, and what is left after `deadline` milliseconds. */
  async stop(deadline: number): Promise<void> {
    for (const connection of this.#open) connection.stop()
    for (const arrival of this.#arrivals) arrival.stop(this.#owner.now())
    if (this.count === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#whenNone = resolve
    const cutOff = setTimeout(() => this.abort(), deadline)
    await promise
    clearTimeout(cutOff)
  }

  /** Resets all connections. */
  abort(): void {
    this.brokenOff += this.#open.size
    for (const connection of this.#open) connection.abort()
    for (const { transport } of this.#arrivals) transport.abort()
  }

  /** Acts on all deadlines that have passed. One look at all of them costs less than a timer for each. */
  expire(): void {
    renewReserve()
    const now = this.#owner.now()
    for (const connection of this.#open) if (now >= connection.deadline) connection.expire()
    for (const arrival of this.#arrivals) if (now >= arrival.deadline) arrival.expire()
  }

  /** After the events of this turn of the loop: what came while the server was held up is in time. */
  readonly #lookAround = (): void => {
    setImmediate(() => {
      try {
        this.expire()
      } catch (error) {
        this.#owner.reportProblem('Cannot look at the deadlines', error)
      }
    })
  }

  /** @param network Undefined for a connection that counts by no address. */
  #makeRoom(network: string | undefined): Exclude<Admission, 'descriptors'> {
    const { maxConnections, maxConnectionsPerAddress } = this.#owner.site.config
    const neighbours =
      network === undefined || network === UNIX_PEER ? undefined : this.#networks.get(network)
    if (neighbours !== undefined && neighbours.size >= maxConnectionsPerAddress) {
      return this.#evict(longestIdle(Array.from(neighbours, ({ connection }) => connection)))
        ? 'admitted'
        : 'perAddress'
    }
    if (this.count - this.#turnedAway.size >= maxConnections) {
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

/** The connection that has been idle for longest, if any is idle. */
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
