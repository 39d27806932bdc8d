import type { Server } from 'node:net'
import type { ListenAddress, Protocol } from '../../config/config.ts'
import { Acceptor, type Reception } from './acceptor.ts'
import { tcpAddressOf } from './listening-socket.ts'
import { LONGEST_BACKLOG, type OnProblem, type OpenListener } from './open-listener.ts'
import { pathOf } from './socket-address.ts'

/** Listens on a socket, of TCP or a Unix socket, that systemd has opened and keeps open. */
export class PassedListener implements OpenListener {
  readonly address: ListenAddress
  readonly #server: Server

  private constructor(address: ListenAddress, server: Server) {
    this.address = address
    this.#server = server
  }

  /**
   * Takes over a socket that is listening already.
   *
   * @param protocolAt What is spoken at a port.
   * @throws The system's error when it is of another kind.
   */
  static async adopt(
    descriptor: number,
    reception: Reception,
    onProblem: OnProblem,
    protocolAt: (port: number) => Protocol,
  ): Promise<PassedListener> {
    const acceptor = new Acceptor(reception)
    await acceptor.listen({ fd: descriptor, backlog: LONGEST_BACKLOG }, protocolAt)
    const { server } = acceptor
    server.on('error', onProblem)
    const bound = tcpAddressOf(server)
    if (bound === undefined) return new PassedListener({ path: pathOf(descriptor) }, server)
    const isSecure = protocolAt(bound.port) === 'https'
    return new PassedListener(isSecure ? { ...bound, protocol: 'https' } : bound, server)
  }

  get bound(): ListenAddress {
    return this.address
  }

  /** Closes it; the clients that wait are kept for its next owner. */
  async retire(): Promise<void> {
    this.#server.close()
  }
}
