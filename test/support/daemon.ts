import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { DaemonStatus } from '../../src/control/daemon.ts'
import { callDaemon } from '../../src/ctl/control-client.ts'
import { Client } from './client.ts'
import { Folder } from './folder.ts'
import { type Outcome, Program, type ProgramOptions, run, WEBSERVER, WEBSERVERCTL } from './program.ts'
import type { Response } from './response.ts'
import { DEADLINE, eventually, until } from './wait.ts'

export interface DaemonOptions extends Omit<ProgramOptions, 'mounting'> {
  /** A shell command that mounts in its folder what it, and nobody else, is to see; only root can. */
  readonly mounting?: (folder: Folder) => string
  /** Lines of the configuration; without a Listen among them, it listens on a free port of this machine. */
  readonly config?: readonly string[]
  /** What it serves, by name below DocumentRoot. */
  readonly files?: Readonly<Record<string, string | Buffer>>
}

/** The real daemon in a folder of its own; process and folder are gone once it is disposed of. */
export class Daemon implements AsyncDisposable {
  readonly folder: Folder
  readonly program: Program
  /** Of the first address it listens on. */
  readonly port: number

  private constructor(folder: Folder, program: Program, port: number) {
    this.folder = folder
    this.program = program
    this.port = port
  }

  /** Resolves once it answers on its control socket. */
  static async start({ config = [], files = {}, mounting, ...options }: DaemonOptions = {}): Promise<Daemon> {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(new Folder(options.user))
    folder.configure(config)
    for (const [name, content] of Object.entries(files)) folder.publish(name, content)
    const program = stack.use(
      new Program(WEBSERVER, ['--config', folder.configFile], { ...options, mounting: mounting?.(folder) }),
    )
    const { listening } = await eventually(() => {
      if (program.code !== undefined) throw new Error(`The daemon has ended: ${program.stderr}`)
      return statusAt(folder.socket)
    }, 'an answer of the daemon')
    stack.move()
    return new Daemon(folder, program, portOf(listening[0]))
  }

  get pid(): number {
    return this.program.pid
  }

  /** Its status, asked for without the detour of a process. */
  async status(): Promise<DaemonStatus> {
    const status = await statusAt(this.folder.socket)
    if (status === undefined) throw new Error(`The daemon does not answer: ${this.program.stderr}`)
    return status
  }

  /** What `webserverctl` does with these arguments. */
  ctl(...args: readonly string[]): Promise<Outcome> {
    return run(WEBSERVERCTL, ['--config', this.folder.configFile, ...args])
  }

  /** Puts another configuration in force, without the detour of a process. */
  async reconfigure(...lines: readonly string[]): Promise<void> {
    this.folder.configure(lines)
    const outcome = await callDaemon(this.folder.socket, 'reload', undefined, DEADLINE)
    assert.partialDeepStrictEqual(outcome, { kind: 'reply', result: { kind: 'reloaded' } })
  }

  /** Lets it stop in good order, and gives its exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.program.signal('SIGTERM')
    return (await this.program.outcome()).code
  }

  /** A connection, to the first address it listens on. */
  connect(): Promise<Client> {
    return Client.connect(this.port)
  }

  /** The response to one request on a connection of its own. */
  async ask(request: string): Promise<Response> {
    using client = await this.connect()
    client.send(request)
    return await client.response(request.startsWith('HEAD ') ? 'HEAD' : 'GET')
  }

  /** Waits until its status is as it should be. */
  async untilStatus(isSo: (status: DaemonStatus) => boolean, what: string): Promise<void> {
    await until(async () => isSo(await this.status()), what)
  }

  /** The error log, with all that has come of what was answered before. */
  async errorLog(): Promise<string> {
    // It has written when it answers.
    await this.status()
    return this.folder.read('var/log/error.log')
  }

  /** The lines of the access log once there are so many, or more. */
  accessLog(count: number): Promise<string[]> {
    return this.logLines('var/log/access.log', count)
  }

  /** The first line of the access log that has this in it, once there is one. */
  logged(text: string): Promise<string> {
    const look = async () => (await this.accessLog(0)).find(line => line.includes(text))
    return eventually(look, `${JSON.stringify(text)} in the access log`)
  }

  /** The lines of a log once there are so many, or more; a last line without its end does not count. */
  logLines(name: string, count: number): Promise<string[]> {
    return eventually(() => {
      if (!existsSync(this.folder.resolve(name))) return undefined
      const lines = this.folder.read(name).split('\n').slice(0, -1)
      return lines.length < count ? undefined : lines
    }, `${count} lines in ${name}`)
  }

  /** What its descriptors stand for: paths, or names such as `socket:[4711]`. */
  openFiles(): string[] {
    const folder = `/proc/${this.pid}/fd`
    return readdirSync(folder).flatMap(descriptor => {
      try {
        return [readlinkSync(join(folder, descriptor))]
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
        throw error
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }
}

/** Undefined when nobody answers. */
async function statusAt(socket: string): Promise<DaemonStatus | undefined> {
  const outcome = await callDaemon(socket, 'status', undefined, DEADLINE)
  return outcome.kind === 'reply' ? (outcome.result as DaemonStatus) : undefined
}

/** The port of an address as in `127.0.0.1:8080`. */
export function portOf(address: string | undefined): number {
  return Number(address?.slice(address.lastIndexOf(':') + 1))
}
