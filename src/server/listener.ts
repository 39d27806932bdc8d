import { once } from 'node:events'
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import type { ListenAddress } from '../config/config.ts'
import { acceptWaiting } from './accept-waiting.ts'
import { processListeningOn } from './port-owner.ts'
import { limitUnsent } from './send-limit.ts'

/** Connections the kernel holds until they are accepted. */
const BACKLOG = 1024
/** As many as the kernel ever holds (`net.core.somaxconn`), as systemd's `Backlog=` has it by default. */
const LONGEST_BACKLOG = 2 ** 31 - 1
/** What the kernel takes ahead of what a client has room for: about what is handed to it at a time, in bytes. */
const SENT_AHEAD = 256 * 1024

const OPTIONS = { allowHalfOpen: true, noDelay: true } as const
/** Clients that are accepted together at the most. */
const ACCEPTED_TOGETHER = 128

/** What becomes of those who connect. */
export interface Reception {
  /** Is given every connection, with what goes wrong on it not yet listened for. */
  connected(socket: Socket): void
  /** Whether turns of the event loop are so long that clients should not be accepted one in each. */
  readonly isBehind: boolean
}

/** One address that is listened on. */
export class Listener {
  readonly address: ListenAddress
  /** Unlike the address it has a port also when the kernel chose that. */
  #bound: ListenAddress
  readonly #server: NetServer

  private constructor(address: ListenAddress, server: NetServer) {
    this.address = address
    this.#bound = address
    this.#server = server
  }

  /**
   * Binds and listens.
   *
   * @param onProblem Is told what goes wrong while accepting, which does not end the listening.
   * @throws An Error that says why the address cannot be listened on and what to do about it.
   */
  static async open(
    address: ListenAddress,
    reception: Reception,
    onProblem: (error: Error) => void,
  ): Promise<Listener> {
    const server = createServerFor(reception)
    const listener = new Listener(address, server)
    await listener.reopen()
    server.on('error', onProblem)
    return listener
  }

  /**
   * Takes over a socket that is listening already; whoever has opened it keeps it open also when this closes it.
   *
   * @throws An Error when it is of another kind.
   */
  static async adopt(
    descriptor: number,
    reception: Reception,
    onProblem: (error: Error) => void,
  ): Promise<Listener> {
    const server = createServerFor(reception)
    server.listen({ fd: descriptor, backlog: LONGEST_BACKLOG })
    await once(server, 'listening')
    const bound = server.address()
    if (bound === null || typeof bound === 'string') {
      server.close()
      throw new Error(
        'Expected a TCP socket named http from systemd, got another: give ListenStream= in its unit a port',
      )
    }
    const listener = new Listener({ host: bound.address, port: bound.port }, server)
    limitUnsent(server, SENT_AHEAD)
    server.on('error', onProblem)
    return listener
  }

  /**
   * Listens again after {@link close}.
   *
   * @throws As {@link open}.
   */
  async reopen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen({ port: this.#bound.port, host: this.address.host, backlog: BACKLOG }, resolve)
    try {
      await promise
    } catch (error) {
      throw new Error(explain(error, this.address), { cause: error })
    } finally {
      this.#server.off('error', reject)
      this.#server.off('listening', resolve)
    }
    const bound = this.#server.address()
    if (bound !== null && typeof bound !== 'string') this.#bound = { host: bound.address, port: bound.port }
    limitUnsent(this.#server, SENT_AHEAD)
  }

  /** As it was bound: with port 0, the port the kernel chose. */
  get bound(): ListenAddress {
    return this.#bound
  }

  /** Accepts no more; connections that are open stay. */
  close(): void {
    this.#server.close()
  }
}

function createServerFor(reception: Reception): NetServer {
  const server = createServer(OPTIONS, socket => {
    reception.connected(socket)
    if (!reception.isBehind) return
    for (const waiting of acceptWaiting(server, ACCEPTED_TOGETHER, OPTIONS)) reception.connected(waiting)
  })
  return server
}

/** As in `0.0.0.0:8080` or `[::]:8080`. */
export function formatAddress({ host, port }: ListenAddress): string {
  if (host === undefined) return `*:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function explain(error: unknown, address: ListenAddress): string {
  const failed = `Cannot listen on ${formatAddress(address)}`
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE': {
      const owner = processListeningOn(address.port)
      const by =
        owner === undefined
          ? 'another process (root sees which with "ss -ltnp")'
          : `${owner.name} (pid ${owner.pid})`
      return `${failed}: the port is taken by ${by}; stop it, or choose another port with "Listen"`
    }
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
