import { once } from 'node:events'
import { lstatSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { JSONRPCErrorException, JSONRPCServer } from 'json-rpc-2.0'
import { KeptSocket } from '../unix/kept-socket.ts'
import { withUmask } from '../unix/socket-path.ts'
import { type Caller, ControlConnection } from './control-connection.ts'
import type { Daemon } from './daemon.ts'
import { METHODS } from './methods.ts'
import { BUSY_CODE, CONTROL_LIMITS, type ControlLimits } from './protocol.ts'

/** Hears of failures that no client can be told of: what failed, and the error behind it. */
export type ProblemListener = (message: string, error: unknown) => void

/** Offers a daemon's commands on a Unix socket, to its owner and group. */
export class ControlServer {
  readonly #path: string
  readonly #limits: ControlLimits
  readonly #onProblem: ProblemListener
  readonly #methods: JSONRPCServer<Caller>
  /** In the order in which they came. */
  readonly #connections = new Set<ControlConnection>()
  #kept: KeptSocket | undefined
  /** What listens on a socket of systemd. */
  #adopted: Server | undefined

  constructor(path: string, daemon: Daemon, onProblem: ProblemListener, limits = CONTROL_LIMITS) {
    this.#path = path
    this.#limits = limits
    this.#onProblem = onProblem
    this.#methods = new JSONRPCServer<Caller>({
      errorListener(message, error) {
        // This exception is the answer to a mistake of the client.
        if (!(error instanceof JSONRPCErrorException)) onProblem(message, error)
      },
    })
    for (const [name, answer] of Object.entries(METHODS)) {
      this.#methods.addMethod(name, (params: unknown, { notify, signal }) => {
        this.#checkPlacesOf(name)
        return answer(daemon, { params, notify: report => notify(name, report), signal })
      })
    }
  }

  /**
   * Starts to answer, taking over the socket of a daemon that has died.
   *
   * Throws SocketPathError when the path cannot be had, above all because a live daemon has it.
   */
  async listen(): Promise<void> {
    this.#kept = await KeptSocket.make({
      path: this.#path,
      name: 'control socket',
      chosen: 'ControlSocket',
      interval: this.#limits.restore,
      listen: path => this.#listenAt(path),
      onProblem: this.#onProblem,
    })
  }

  async #listenAt(path: string): Promise<Server> {
    const server = this.#makeServer()
    withUmask(0o117, () => server.listen(path))
    await once(server, 'listening')
    server.on('error', error => this.#onProblem('Cannot accept a control connection', error))
    return server
  }

  /**
   * Whether the socket at this path is that of this server, by whatever name.
   *
   * @throws The system's error when that cannot be seen.
   */
  isAt(path: string): boolean {
    return this.#kept?.isAt(path) === true
  }

  /** Makes the socket again if it is not there any more; one of systemd is not ours to make. */
  async restore(): Promise<void> {
    await this.#kept?.restore()
  }

  /**
   * Starts to answer on a Unix socket that is listening already; whoever has opened it keeps it, and its path.
   *
   * Throws an Error when it is of another kind.
   */
  async adopt(descriptor: number): Promise<void> {
    const server = this.#makeServer()
    server.listen({ fd: descriptor })
    await once(server, 'listening')
    // Node knows no address of a Unix socket that it has not bound.
    if (server.address() !== null) {
      server.close()
      throw new Error(
        'Expected a Unix socket named control from systemd, got another: give ListenStream= in its unit a path',
      )
    }
    if (lstatSync(this.#path, { throwIfNoEntry: false })?.isSocket() !== true) {
      const advice = new Error('name the path of its ListenStream= in ControlSocket')
      this.#onProblem(`webserverctl will not find the socket of systemd at "${this.#path}"`, advice)
    }
    server.on('error', error => this.#onProblem('Cannot accept a control connection', error))
    this.#adopted = server
  }

  /**
   * Removes the socket, unless another has taken its place, and resolves when the last client has its reply or
   * its deadline is over. A command of the daemon must not wait for it, as it waits for the reply to the command.
   */
  async close(): Promise<void> {
    await this.#kept?.release()
    const server = this.#adopted ?? this.#kept?.server
    if (server?.listening !== true) return
    const closed = once(server, 'close')
    server.close()
    for (const connection of this.#connections) connection.dismiss()
    await closed
  }

  #makeServer(): Server {
    return createServer({ allowHalfOpen: true }, socket => {
      try {
        this.#accept(socket)
      } catch (error) {
        this.#onProblem('Cannot take a control connection in', error)
        socket.destroy()
      }
    })
  }

  #accept(socket: Socket): void {
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A client that has gone needs no reply, and 'close' follows.
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') return
      this.#onProblem('Cannot serve a control connection', error)
    })
    const connection = new ControlConnection(socket, this.#limits, async (request, caller) =>
      this.#methods.receive(request, caller),
    )
    if (this.#connections.size >= this.#limits.connections) this.#makeRoomFor(connection)
    this.#connections.add(connection)
    socket.once('close', () => this.#connections.delete(connection))
  }

  /**
   * Makes room among clients. Since each command has its limit there is always one without a command, and if
   * all should have one the newcomer goes.
   */
  #makeRoomFor(newcomer: ControlConnection): void {
    const [silent, unread] = (['reading', 'closing'] as const).map(state =>
      this.#connections.values().find(connection => connection.state === state),
    )
    const evicted = silent ?? unread ?? newcomer
    evicted.evict()
    this.#connections.delete(evicted)
  }

  /** Refuses a command of which too many run already, by throwing the answer. */
  #checkPlacesOf(command: string): void {
    const most = this.#limits.ofOneCommand
    const taken = this.#connections.values().filter(connection => connection.command === command)
    // The asking client is among them.
    if ([...taken].length <= most) return
    throw new JSONRPCErrorException(`${most} clients have asked for it already`, BUSY_CODE)
  }
}
