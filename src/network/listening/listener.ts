import { once } from 'node:events'
import { createServer, type Server as NetServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { TcpAddress } from '../../config/config.ts'
import { formatListenAddress } from '../../config/values/listen-address.ts'
import { codeOf } from '../../errors.ts'
import { Acceptor, type Reception } from './acceptor.ts'
import { countWaiting, hearNoMore, sharePort, tcpAddressOf } from './listening-socket.ts'
import type { OnProblem, OpenListener } from './open-listener.ts'
import { processListeningOn } from './port-owner.ts'

/** Connections the kernel holds until they are accepted. */
const BACKLOG = 1024
/** What the last handshakes may take, in milliseconds: less than the second after which clients try again. */
const HANDSHAKE = 900
/**
 * How long accepting the last clients may take, and the time between two looks at how many are left, in
 * milliseconds.
 */
const DRAINING = { deadline: 5000, interval: 5 } as const

/** Listeners that get no new clients, and still have the last ones to accept. */
const leaving = new Set<Listener>()

/** Listens on one address of TCP. */
export class Listener implements OpenListener {
  readonly address: TcpAddress
  readonly bound: TcpAddress
  readonly #server: NetServer

  private constructor(address: TcpAddress, bound: TcpAddress, server: NetServer) {
    this.address = address
    this.bound = bound
    this.#server = server
  }

  /**
   * Binds and listens.
   *
   * @param isShared Listeners of ours, or of other servers of this user, that share their port have it or may have it.
   * @throws An Error that says why the address cannot be listened on and what to do about it.
   */
  static async open(
    address: TcpAddress,
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
    return new Listener(address, { ...address, ...tcpAddressOf(server) }, server)
  }

  /** Why nobody could listen on an address, whatever the port; undefined when it can be had. */
  static async obstacleTo(address: TcpAddress): Promise<string | undefined> {
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
   * Takes no new clients, and closes when the last are accepted; open connections stay.
   *
   * @param isHandedOver Other listeners may have the port: the last handshakes are waited for. Where they have shared it
   * since they began to listen, the kernel still chooses this one for some new clients, and has no answer for them: they try
   * again after a second, when it is closed.
   */
  async retire(isHandedOver: boolean): Promise<void> {
    if (hearNoMore(this.#server)) {
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

function listenFailure(error: unknown, address: TcpAddress): string {
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
