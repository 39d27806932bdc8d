import { chmodSync, chownSync } from 'node:fs'
import type { Server } from 'node:net'
import type { UnixAddress } from '../../config/config.ts'
import { formatListenAddress } from '../../config/values/listen-address.ts'
import { codeOf } from '../../errors.ts'
import { groupId } from '../../unix/group.ts'
import { KeptSocket } from '../../unix/kept-socket.ts'
import { withUmask } from '../../unix/socket-path.ts'
import { Acceptor, type Reception } from './acceptor.ts'
import { LONGEST_BACKLOG, type OnProblem, type OpenListener } from './open-listener.ts'

/** How often it is looked whether the socket is still at its path, in milliseconds. */
const LOOKED_AT_EVERY = 10_000

/** Listens on a Unix socket at a path, which is there for as long as this listens. */
export class UnixListener implements OpenListener {
  #address: UnixAddress
  readonly #reception: Reception
  readonly #onProblem: OnProblem
  readonly #tell: (message: string) => void
  #acceptor: Acceptor | undefined
  #kept: KeptSocket | undefined

  private constructor(
    address: UnixAddress,
    reception: Reception,
    onProblem: OnProblem,
    tell: (message: string) => void,
  ) {
    this.#address = address
    this.#reception = reception
    this.#onProblem = onProblem
    this.#tell = tell
  }

  /**
   * Makes the socket, and listens.
   *
   * @param tell Is told when the socket was not there any more, and what came of that.
   * @throws An Error that says why there can be no such socket and what to do about it.
   */
  static async open(
    address: UnixAddress,
    reception: Reception,
    onProblem: OnProblem,
    tell: (message: string) => void,
  ): Promise<UnixListener> {
    const listener = new UnixListener(address, reception, onProblem, tell)
    try {
      await listener.#make()
    } catch (error) {
      throw failure(address, error)
    }
    return listener
  }

  /** Why the socket could not be given to its group; undefined when it can, or has none. */
  static obstacleTo(address: UnixAddress): string | undefined {
    const problem = address.group === undefined ? undefined : problemOfGroup(address.group)
    return problem && failure(address, problem).message
  }

  get address(): UnixAddress {
    return this.#address
  }

  get bound(): UnixAddress {
    return this.#address
  }

  /**
   * Gives the socket, which stays open, the mode and the group of another address of the same path.
   *
   * @throws An Error that says why it cannot have them and what to do about it.
   */
  permit(address: UnixAddress): void {
    // What is not given any more is again that of the server.
    const own = this.#address.group === undefined ? undefined : `${process.getegid?.()}`
    const group = address.group ?? own
    try {
      permit(address.path, { ...address, ...(group === undefined ? {} : { group }) })
    } catch (error) {
      throw failure(address, error)
    }
    this.#address = address
  }

  /** Makes the socket again if it is not there any more. */
  async restore(): Promise<void> {
    await this.#kept?.restore()
  }

  async retire(): Promise<void> {
    await this.#kept?.release()
    // Nobody finds it any more, and closing it would turn those away who wait.
    this.#acceptor?.acceptLast()
    this.#acceptor?.server.close()
  }

  async #make(): Promise<void> {
    this.#kept = await KeptSocket.make({
      path: this.#address.path,
      name: 'socket of Listen',
      chosen: 'path for Listen',
      interval: LOOKED_AT_EVERY,
      listen: path => this.#listenAt(path),
      onProblem: (message, error) =>
        this.#tell(`${message}: ${error instanceof Error ? error.message : String(error)}`),
    })
  }

  async #listenAt(path: string): Promise<Server> {
    const acceptor = new Acceptor(this.#reception)
    const { server } = acceptor
    // Binding is done when this returns, and listening soon after.
    await withUmask(0o177, () =>
      acceptor.listen({ path, backlog: LONGEST_BACKLOG }, undefined, this.#address.path),
    )
    try {
      permit(path, this.#address)
    } catch (error) {
      server.close()
      throw error
    }
    server.on('error', this.#onProblem)
    this.#acceptor = acceptor
    return server
  }
}

function failure(address: UnixAddress, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new Error(`Cannot listen on ${formatListenAddress(address)}: ${reason}`, { cause })
}

function permit(path: string, { mode, group }: UnixAddress): void {
  if (group !== undefined) giveTo(group, path)
  if (mode !== undefined) chmodSync(path, mode)
}

function giveTo(group: string, path: string): void {
  const id = groupId(group)
  if (id === undefined) throw new Error(noSuchGroup(group))
  try {
    chownSync(path, -1, id)
  } catch (error) {
    if (codeOf(error) === 'EPERM') throw new Error(noMember(group), { cause: error })
    throw error
  }
}

/** Why this process could not give a file to a group, as far as that is known before. */
function problemOfGroup(group: string): string | undefined {
  const id = groupId(group)
  if (id === undefined) return noSuchGroup(group)
  const isMember = id === process.getegid?.() || process.getgroups?.().includes(id) === true
  return isMember || process.geteuid?.() === 0 ? undefined : noMember(group)
}

function noSuchGroup(group: string): string {
  return `there is no group ${JSON.stringify(group)} in /etc/group; write the name of one, or its number`
}

function noMember(group: string): string {
  return `the server may not give it to the group ${JSON.stringify(group)}, of which it is no member, or since its service forbids that: write "[Service]", "SupplementaryGroups=${group}" and "SystemCallFilter=@chown" with "systemctl edit webserver", or leave group= out`
}
