import { once } from 'node:events'
import { createServer, type Server as NetServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { ListenAddress, Protocol } from '../../config/config.ts'
import { formatListenAddress } from '../../config/values/listen-address.ts'
import { codeOf } from '../../errors.ts'
import { Acceptor, type Reception } from './acceptor.ts'
import { countWaiting, hearNoMore, sharePort } from './listening-socket.ts'
import { processListeningOn } from './port-owner.ts'

/** Connections the kernel holds until they are accepted. */
const BACKLOG = 1024
/** As many as the kernel ever holds (`net.core.somaxconn`), as systemd's `Backlog=` has it by default. */
const LONGEST_BACKLOG = 2 ** 31 - 1
/** What the last handshakes may take, in milliseconds. */
const HANDSHAKE = 1000
/**
 * How long accepting the last clients may take, and the time between two looks at how many are left, in
 * milliseconds.
 */
const DRAINING = { deadline: 5000, interval: 5 } as const

/** Is told what goes wrong while accepting, which does not end the listening. */
type OnProblem = (error: Error) => void

/** Listeners that get no new clients, and still have the last ones to accept. */
const leaving = new Set<Listener>()

/** Listens on one address. */
export class Listener {
  readonly address: ListenAddress
  /** The address with its actual port, also where the kernel chose that. */
  readonly bound: ListenAddress
  readonly #server: NetServer
  readonly #isOurs: boolean

  private constructor(address: ListenAddress, bound: ListenAddress, server: NetServer, isOurs: boolean) {
    this.address = address
    this.bound = bound
    this.#server = server
    this.#isOurs = isOurs
  }

  /**
   * Binds and listens.
   *
   * @param isShared Listeners of ours that share their port have it already.
   * @throws An Error that says why the address cannot be listened on and what to do about it.
   */
  static async open(
    address: ListenAddress,
    reception: Reception,
    onProblem: OnProblem,
    isShared = false,
  ): Promise<Listener> {
    const { host, port, ipv6Only = false, protocol = 'http' } = address
    const reusePort = isShared || [...leaving].some(listener => listener.bound.port === port)
    const acceptor = new Acceptor(reception)
    const { server } = acceptor
    try {
      await acceptor.listen({ port, host, ipv6Only, backlog: BACKLOG, reusePort }, () => protocol)
    } catch (error) {
      throw new Error(listenFailure(error, address), { cause: error })
    }
    server.on('error', onProblem)
    const bound = boundAddress(server)
    return new Listener(address, { ...address, ...bound }, server, true)
  }

  /**
   * Takes over a socket that is listening already. Whoever opened it keeps it open when this closes it.
   *
   * @param protocolAt What is spoken at a port.
   * @throws An Error when it is of another kind.
   */
  static async adopt(
    descriptor: number,
    reception: Reception,
    onProblem: OnProblem,
    protocolAt: (port: number) => Protocol,
  ): Promise<Listener> {
    const acceptor = new Acceptor(reception)
    const { server } = acceptor
    await acceptor.listen({ fd: descriptor, backlog: LONGEST_BACKLOG }, protocolAt)
    const bound = boundAddress(server)
    if (bound === undefined) {
      server.close()
      throw new Error(
        'Expected a TCP socket named http from systemd, got another: give ListenStream= in its unit a port',
      )
    }
    server.on('error', onProblem)
    const address = protocolAt(bound.port) === 'https' ? ({ ...bound, protocol: 'https' } as const) : bound
    return new Listener(address, address, server, false)
  }

  /** Why nobody could listen on an address, whatever the port; undefined when it can be had. */
  static async obstacleTo(address: ListenAddress): Promise<string | undefined> {
    const server = createServer().listen({ host: address.host, port: 0 })
    try {
      await once(server, 'listening')
      server.close()
      return undefined
    } catch (error) {
      return listenFailure(error, address)
    }
  }

  /** Allows a new listener of this server an overlapping address of the same port. */
  sharePort(): void {
    sharePort(this.#server)
  }

  /**
   * Takes no new clients, and closes when the last are accepted; open connections stay. A socket of systemd
   * keeps the clients that wait for its next owner.
   *
   * @param isHandedOver Other listeners of this server have the port: the last handshakes are waited for.
   */
  async retire(isHandedOver: boolean): Promise<void> {
    if (this.#isOurs && hearNoMore(this.#server)) {
      sharePort(this.#server)
      leaving.add(this)
      if (isHandedOver) await pause(HANDSHAKE)
      await this.#drain()
      leaving.delete(this)
    }
    this.#server.close()
  }

  async #drain(): Promise<void> {
    const end = performance.now() + DRAINING.deadline
    while (countWaiting(this.#server) > 0 && performance.now() < end) await pause(DRAINING.interval)
  }
}

function boundAddress(server: NetServer): ListenAddress | undefined {
  const bound = server.address()
  return bound === null || typeof bound === 'string' ? undefined : { host: bound.address, port: bound.port }
}

function listenFailure(error: unknown, address: ListenAddress): string {
  const failed = `Cannot listen on ${formatListenAddress(address)}`
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `${failed}: the port is taken by ${ownerOf(address.port)}`
    case 'EACCES':
      return (
        `${failed}: ports below 1024 need the capability CAP_NET_BIND_SERVICE; ` +
        'start it with systemd, which grants it, or choose a port from 1024 on with "Listen"'
      )
    case 'EADDRNOTAVAIL':
      return `${failed}: this machine does not have that address; "ip address" shows those it has`
    default:
      return `${failed}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Who has a port, and what to do about that. */
function ownerOf(port: number): string {
  const owner = processListeningOn(port)
  if (owner?.pid === process.pid)
    return 'this server itself, on an address that overlaps; keep one of the two'
  const other =
    owner === undefined
      ? 'another process (root sees which with "ss -ltnp")'
      : `${owner.name} (pid ${owner.pid})`
  return `${other}; stop it, or choose another port with "Listen"`
}
