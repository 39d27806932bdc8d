import { readlinkSync } from 'node:fs'
import { type Outcome, Program, type ProgramOptions, run } from '../support/program.ts'
import { until } from '../support/wait.ts'

/** Of the server, and of whoever asks it: addresses that no network has (RFC 5737, RFC 3849). */
export const SERVER_ADDRESS = '192.0.2.1'
export const SERVER_ADDRESS_6 = '2001:db8::1'
const CLIENT_ADDRESS = '192.0.2.2'
const CLIENT_ADDRESS_6 = '2001:db8::2'

/** A network with nothing in it but a machine and its clients; it is gone once disposed of. */
export class Lan implements AsyncDisposable {
  /** Keeps the namespace. */
  readonly #holder = new Program('/usr/bin/setpriv', [
    ...['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', '-c'],
    'ip link set lo up && exec sleep infinity',
  ])

  /** Lays a cable to the network of another process. */
  async connect(pid: number): Promise<void> {
    const namespaces = () =>
      [this.#holder.pid, pid, process.pid].map(each => readlinkSync(`/proc/${each}/ns/net`))
    await until(() => new Set(namespaces()).size === 3, 'networks other than that of this machine')
    const cable = `link add client netns ${this.#holder.pid} type veth peer name server netns ${pid}`
    await this.#ip(cable.split(' '))
    await plugIn(this.#holder.pid, 'client', [CLIENT_ADDRESS, CLIENT_ADDRESS_6])
    await plugIn(pid, 'server', [SERVER_ADDRESS, SERVER_ADDRESS_6])
  }

  /** Runs a program to its end that has no other network than this. */
  run(program: string, args: readonly string[], options?: ProgramOptions): Promise<Outcome> {
    return run('/usr/bin/nsenter', [...this.#entering, program, ...args], options)
  }

  /** Starts a program that has no other network than this. */
  start(program: string, args: readonly string[], options?: ProgramOptions): Program {
    return new Program('/usr/bin/nsenter', [...this.#entering, program, ...args], options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]()
  }

  get #entering(): readonly string[] {
    return ['--target', `${this.#holder.pid}`, '--net', '--']
  }

  async #ip(args: readonly string[]): Promise<void> {
    await succeed('/usr/sbin/ip', args)
  }
}

async function plugIn(
  pid: number,
  link: string,
  [address = '', address6 = '']: readonly string[],
): Promise<void> {
  const commands = [
    `address add ${address}/24 dev ${link}`,
    // It is nobody else's, which need not be asked.
    `-6 address add ${address6}/64 dev ${link} nodad`,
    `link set ${link} up`,
  ]
  for (const command of commands)
    await succeed('/usr/bin/nsenter', ['--target', `${pid}`, '--net', 'ip', ...command.split(' ')])
}

async function succeed(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(program, args)
  if (code !== 0) throw new Error(`Expected ${program} ${args.join(' ')} to succeed, got ${code}: ${stderr}`)
}
