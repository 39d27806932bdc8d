import { once } from 'node:events'
import { existsSync, lstatSync, renameSync, type Stats, unlinkSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { JSONRPCErrorException, JSONRPCServer } from 'json-rpc-2.0'
import { type Caller, ControlConnection } from './control-connection.ts'
import type { Daemon } from './daemon.ts'
import { METHODS } from './methods.ts'
import { BUSY_CODE, CONTROL_LIMITS, type ControlLimits } from './protocol.ts'
import { checkFree, lockFile, lockPath, prepareFolder, temporaryPath, withUmask } from './socket-path.ts'

/** Hears of failures that no client can be told of: what failed, and the error behind it. */
export type ProblemListener = (message: string, error: unknown) => void

/** Offers a daemon's commands on a Unix socket, to its owner and group. */
export class ControlServer {
  readonly #path: string
  readonly #limits: ControlLimits
  readonly #onProblem: ProblemListener
  #server: Server
  readonly #methods: JSONRPCServer<Caller>
  /** In the order in which they came. */
  readonly #connections = new Set<ControlConnection>()
  #entry: Stats | undefined
  /** Held for as long as it listens at its path. */
  #lock: Disposable | undefined
  #watch: NodeJS.Timeout | undefined
  #restoring: Promise<void> | undefined
  #isMissed = false

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
    this.#server = this.#makeServer()
  }

  /**
   * Starts to answer, taking over the socket of a daemon that has died.
   *
   * Throws ControlSocketError when the path cannot be had, above all because a live daemon has it.
   */
  async listen(): Promise<void> {
    temporaryPath(this.#path)
    prepareFolder(this.#path)
    // Whoever answers there is found at once, and would not give up the lock.
    await checkFree(this.#path)
    using guard = new DisposableStack()
    const lock = guard.use(lockPath(this.#path))
    await checkFree(this.#path)
    await this.#bind(this.#server)
    this.#lock = lock
    guard.move()
    this.#watch = setInterval(() => void this.restore(), this.#limits.restore).unref()
  }

  /**
   * Whether the socket at this path is that of this server, by whatever name.
   *
   * @throws The system's error when that cannot be seen.
   */
  isAt(path: string): boolean {
    const found = lstatSync(path, { throwIfNoEntry: false })
    return found !== undefined && found.dev === this.#entry?.dev && found.ino === this.#entry.ino
  }

  /** Makes the socket again if it is not there any more, and tells of that, or once of why it cannot. */
  restore(): Promise<void> {
    this.#restoring ??= this.#restore().finally(() => {
      this.#restoring = undefined
    })
    return this.#restoring
  }

  async #restore(): Promise<void> {
    // A socket of systemd is not ours to make.
    if (this.#lock === undefined) return
    try {
      if (this.isAt(this.#path)) {
        this.#isMissed = false
        return
      }
      prepareFolder(this.#path)
      await checkFree(this.#path)
      if (!existsSync(lockFile(this.#path))) {
        const lost = this.#lock
        this.#lock = lockPath(this.#path)
        lost[Symbol.dispose]()
      }
      const successor = this.#makeServer()
      await this.#bind(successor)
      this.#server.close()
      this.#server = successor
      this.#onProblem(`The control socket was not at "${this.#path}" any more`, 'it has been made again')
      this.#isMissed = false
    } catch (error) {
      if (!this.#isMissed)
        this.#onProblem(
          `The control socket is not at "${this.#path}" any more, and cannot be made again`,
          error,
        )
      this.#isMissed = true
    }
  }

  /**
   * It listens before it bears its name, so that a socket by that name which refuses is surely a dead one. And Node,
   * which on closing unlinks the name it has bound, can never unlink another daemon's socket.
   */
  async #bind(server: Server): Promise<void> {
    const temporary = temporaryPath(this.#path)
    withUmask(0o117, () => server.listen(temporary))
    await once(server, 'listening')
    try {
      renameSync(temporary, this.#path)
    } catch (error) {
      server.close()
      throw error
    }
    this.#entry = lstatSync(this.#path)
    server.on('error', error => this.#onProblem('Cannot accept a control connection', error))
  }

  /**
   * Starts to answer on a Unix socket that is listening already; whoever has opened it keeps it, and its path.
   *
   * Throws an Error when it is of another kind.
   */
  async adopt(descriptor: number): Promise<void> {
    this.#server.listen({ fd: descriptor })
    await once(this.#server, 'listening')
    // Node knows no address of a Unix socket that it has not bound.
    if (this.#server.address() !== null) {
      this.#server.close()
      throw new Error(
        'Expected a Unix socket named control from systemd, got another: give ListenStream= in its unit a path',
      )
    }
    if (lstatSync(this.#path, { throwIfNoEntry: false })?.isSocket() !== true) {
      const advice = new Error('name the path of its ListenStream= in ControlSocket')
      this.#onProblem(`webserverctl will not find the socket of systemd at "${this.#path}"`, advice)
    }
    this.#server.on('error', error => this.#onProblem('Cannot accept a control connection', error))
  }

  /**
   * Removes the socket, unless another has taken its place, and resolves when the last client has its reply or
   * its deadline is over. A command of the daemon must not wait for it, as it waits for the reply to the command.
   */
  async close(): Promise<void> {
    clearInterval(this.#watch)
    await this.#restoring
    if (!this.#server.listening) return
    this.#unlink()
    this.#lock?.[Symbol.dispose]()
    this.#lock = undefined
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const connection of this.#connections) connection.dismiss()
    await closed
  }

  #unlink(): void {
    if (this.isAt(this.#path)) unlinkSync(this.#path)
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
