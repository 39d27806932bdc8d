import { readlinkSync } from 'node:fs'
import { type Outcome, Program, type ProgramOptions, run } from '../support/program.ts'
import { until } from '../support/wait.ts'

/** A network of its own, with nothing in it but what is put there; it is gone once disposed of, or with this process. */
export class Namespace implements AsyncDisposable {
  readonly #holder = new Program('/usr/bin/setpriv', [
    ...['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', '-c'],
    'ip link set lo up && exec sleep infinity',
  ])

  /** A process that is in it. */
  get pid(): number {
    return this.#holder.pid
  }

  /** Waits until it is there; fails for those who may not make any. */
  async made(): Promise<void> {
    await until(() => {
      if (this.#holder.code !== undefined)
        throw new Error(`Expected to be allowed to make networks, got ${this.#holder.stderr}`)
      return networkOf(this.pid) !== networkOf(process.pid)
    }, 'a network other than that of this machine')
  }

  /** Runs a program to its end that has no other network than this. */
  run(program: string, args: readonly string[], options?: ProgramOptions): Promise<Outcome> {
    return run(program, args, { ...options, network: this.pid })
  }

  /** Starts a program that has no other network than this. */
  start(program: string, args: readonly string[], options?: ProgramOptions): Program {
    return new Program(program, args, { ...options, network: this.pid })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]()
  }
}

/** Names the network that a process has. */
export function networkOf(pid: number): string {
  return readlinkSync(`/proc/${pid}/ns/net`)
}

/** Lets ip(8) do something in the network that a process has. */
export async function ip(pid: number, command: string): Promise<void> {
  const { code, stderr } = await run('/usr/sbin/ip', command.split(' '), { network: pid })
  if (code !== 0) throw new Error(`Expected ip ${command} to succeed, got ${code}: ${stderr}`)
}
