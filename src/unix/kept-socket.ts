import { existsSync, lstatSync, renameSync, type Stats, unlinkSync } from 'node:fs'
import type { Server } from 'node:net'
import { checkFree, lockFile, lockPath, prepareFolder, temporaryPath } from './socket-path.ts'

/** A socket that is to be kept at a path. */
interface SocketToKeep {
  readonly path: string
  /** As in `control socket`. */
  readonly name: string
  /** What an administrator chooses the path by, such as `ControlSocket`. */
  readonly chosen: string
  /** Milliseconds between two looks at whether it is still there. */
  readonly interval: number
  /** Listens at a path that nobody knows yet; once that has resolved, whoever may not use the socket cannot. */
  listen(path: string): Promise<Server>
  /** Tells what has happened to the socket, and what came of it. */
  onProblem(message: string, error: unknown): void
}

/**
 * A Unix socket that listens at a path which no other daemon gets as long as this one lives, and that is made again there
 * when somebody has removed it.
 */
export class KeptSocket {
  readonly #socket: SocketToKeep
  #server: Server
  #entry: Stats
  #lock: Disposable
  readonly #watch: NodeJS.Timeout
  #restoring: Promise<void> | undefined
  #isMissed = false

  private constructor(socket: SocketToKeep, lock: Disposable, { server, entry }: NamedServer) {
    this.#socket = socket
    this.#lock = lock
    this.#server = server
    this.#entry = entry
    this.#watch = setInterval(() => void this.restore(), socket.interval).unref()
  }

  /**
   * Begins to listen, taking over the socket of a daemon that has died.
   *
   * Throws SocketPathError when the path cannot be had, above all because a live daemon has it.
   */
  static async make(socket: SocketToKeep): Promise<KeptSocket> {
    const { path, chosen } = socket
    temporaryPath(path, chosen)
    prepareFolder(path, chosen)
    // Whoever answers there is found at once, and would not give up the lock.
    await checkFree(path, chosen)
    using guard = new DisposableStack()
    const lock = guard.use(lockPath(path, chosen))
    await checkFree(path, chosen)
    const kept = new KeptSocket(socket, lock, await listenByName(socket))
    guard.move()
    return kept
  }

  /** What listens there now. */
  get server(): Server {
    return this.#server
  }

  /**
   * Whether the socket at this path is that of this server, by whatever name.
   *
   * @throws The system's error when that cannot be seen.
   */
  isAt(path: string): boolean {
    const found = lstatSync(path, { throwIfNoEntry: false })
    return found !== undefined && found.dev === this.#entry.dev && found.ino === this.#entry.ino
  }

  /** Makes the socket again if it is not there any more, and tells of that, or once of why it cannot. */
  restore(): Promise<void> {
    this.#restoring ??= this.#restore().finally(() => {
      this.#restoring = undefined
    })
    return this.#restoring
  }

  async #restore(): Promise<void> {
    const { path, name, chosen, onProblem } = this.#socket
    try {
      if (this.isAt(path)) {
        this.#isMissed = false
        return
      }
      prepareFolder(path, chosen)
      await checkFree(path, chosen)
      if (!existsSync(lockFile(path))) {
        const lost = this.#lock
        this.#lock = lockPath(path, chosen)
        lost[Symbol.dispose]()
      }
      const successor = await listenByName(this.#socket)
      this.#server.close()
      this.#server = successor.server
      this.#entry = successor.entry
      onProblem(`The ${name} was not at "${path}" any more`, 'it has been made again')
      this.#isMissed = false
    } catch (error) {
      if (!this.#isMissed)
        onProblem(`The ${name} is not at "${path}" any more, and cannot be made again`, error)
      this.#isMissed = true
    }
  }

  /** Removes the socket, unless another has taken its place. The server goes on listening until it is closed. */
  async release(): Promise<void> {
    clearInterval(this.#watch)
    await this.#restoring
    const { path } = this.#socket
    if (this.isAt(path)) unlinkSync(path)
    this.#lock[Symbol.dispose]()
  }
}

interface NamedServer {
  readonly server: Server
  /** The socket as a file. */
  readonly entry: Stats
}

/**
 * It listens before it bears its name, so that a socket by that name which refuses is surely a dead one. And Node,
 * which on closing unlinks the name it has bound, can never unlink another daemon's socket.
 */
async function listenByName({ path, chosen, listen }: SocketToKeep): Promise<NamedServer> {
  const temporary = temporaryPath(path, chosen)
  const server = await listen(temporary)
  try {
    renameSync(temporary, path)
    return { server, entry: lstatSync(path) }
  } catch (error) {
    server.close()
    throw error
  }
}
