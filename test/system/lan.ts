import type { Outcome, Program, ProgramOptions } from '../support/program.ts'
import { until } from '../support/wait.ts'
import { ip, Namespace, networkOf } from './namespace.ts'

/** Of the server, and of whoever asks it: addresses that no network has (RFC 5737, RFC 3849). */
export const SERVER_ADDRESS = '192.0.2.1'
export const SERVER_ADDRESS_6 = '2001:db8::1'
const CLIENT_ADDRESS = '192.0.2.2'
const CLIENT_ADDRESS_6 = '2001:db8::2'

/** A network with nothing in it but a machine and its clients; it is gone once disposed of. */
export class Lan implements AsyncDisposable {
  readonly #clients = new Namespace()

  /** Lays a cable to the network of another process. */
  async connect(pid: number): Promise<void> {
    await this.#clients.made()
    await until(() => networkOf(pid) !== networkOf(process.pid), 'a network of the other process')
    const { pid: clients } = this.#clients
    await ip(clients, `link add client type veth peer name server netns ${pid}`)
    await plugIn(clients, 'client', [CLIENT_ADDRESS, CLIENT_ADDRESS_6])
    await plugIn(pid, 'server', [SERVER_ADDRESS, SERVER_ADDRESS_6])
  }

  /** Runs a program to its end that has no other network than this. */
  run(program: string, args: readonly string[], options?: ProgramOptions): Promise<Outcome> {
    return this.#clients.run(program, args, options)
  }

  /** Starts a program that has no other network than this. */
  start(program: string, args: readonly string[], options?: ProgramOptions): Program {
    return this.#clients.start(program, args, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clients[Symbol.asyncDispose]()
  }
}

async function plugIn(
  pid: number,
  link: string,
  [address = '', address6 = '']: readonly string[],
): Promise<void> {
  await ip(pid, `address add ${address}/24 dev ${link}`)
  // It is nobody else's, which need not be asked.
  await ip(pid, `-6 address add ${address6}/64 dev ${link} nodad`)
  await ip(pid, `link set ${link} up`)
}
