import { chownSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { DaemonStatus } from '../../src/control/daemon.ts'
import { type CallOutcome, callDaemon, type Listening } from '../../src/ctl/control-client.ts'
import { Folder } from '../../test/support/folder.ts'
import { OTHER_USER, Program, SKIP_OTHER_USER, WEBSERVER } from '../../test/support/program.ts'
import { eventually, until } from '../../test/support/wait.ts'
import { residentBytes } from '../measure/memory.ts'

/** Milliseconds that the daemon has for an answer on its control socket, however busy it and the machine are. */
const DEADLINE = 20_000
const BETWEEN_ATTEMPTS = 50

/** Another user than root, if possible, since root may do everything and no fault of a permission would be one. */
export const USER = SKIP_OTHER_USER === false ? OTHER_USER : undefined

/** The daemon that faults are made for, through all its lives, in a folder of its own. */
export class Subject implements AsyncDisposable {
  readonly folder = new Folder(USER)
  /** Of 127.0.0.1, in all its lives. */
  readonly port: number
  /** How many there have been. */
  lives = 0
  /** The most that any of them is known to have had in memory, in bytes. */
  peak = 0
  /** How often somebody had to ask again. */
  repeated = 0
  #program: Program | undefined
  /** Whether its end is wanted. */
  #mayEnd = true
  #onDeath: (why: string) => void

  private constructor(port: number, onDeath: (why: string) => void) {
    this.port = port
    this.#onDeath = onDeath
  }

  /** @param onDeath Is told when it ends though nobody has asked for it. */
  static async create(onDeath: (why: string) => void): Promise<Subject> {
    return new Subject(await freePort(), onDeath)
  }

  /** Makes a folder in its own that it may write to. */
  makeFolder(name: string): string {
    const path = this.folder.resolve(name)
    mkdirSync(path, { recursive: true })
    if (USER !== undefined) chownSync(path, USER, USER)
    return path
  }

  get pid(): number {
    return this.#program?.pid ?? 0
  }

  /** Whether it is to be there, and to answer. */
  get isUp(): boolean {
    return !this.#mayEnd
  }

  /** Resolves once it answers; it may have so many descriptors open. */
  async start(descriptors: number): Promise<void> {
    const command = [process.execPath, WEBSERVER, '--config', this.folder.configFile]
    // However this process ends, the daemon ends with it.
    const prefix = ['--pdeathsig', 'KILL', 'prlimit', `--nofile=${descriptors}`]
    const program = new Program('setpriv', [...prefix, ...command], { user: USER })
    this.#program = program
    this.lives++
    void program.ended.then(code => {
      if (!this.#mayEnd) this.#onDeath(`The daemon has ended by itself, with ${code}: ${program.stderr}`)
    })
    await until(async () => {
      if (program.code !== undefined) throw new Error(`The daemon does not start: ${program.stderr}`)
      return (await this.call('status')).kind === 'reply'
    }, 'an answer of the daemon')
    this.#mayEnd = false
  }

  signal(signal: NodeJS.Signals): void {
    this.#program?.signal(signal)
  }

  /** Without a warning. */
  async kill(): Promise<void> {
    this.#beforeEnd()
    await this.#program?.[Symbol.asyncDispose]()
  }

  /** In good order; gives its exit code. */
  async stop(): Promise<number | NodeJS.Signals | undefined> {
    this.#beforeEnd()
    this.signal('SIGTERM')
    return (await this.#program?.outcome())?.code
  }

  /** Asks once; in a crowd of other clients it may be told to come again. */
  async call(method: string, params?: object, listening?: Listening): Promise<CallOutcome> {
    return await callDaemon(this.folder.socket, method, params, DEADLINE, listening)
  }

  /** Asks, as an administrator does who knows that it must be answered: if need be, again. */
  async ask(method: string): Promise<CallOutcome> {
    const end = performance.now() + DEADLINE
    for (;;) {
      const outcome = await this.call(method)
      const mayComeAgain = outcome.kind === 'busy' || outcome.kind === 'closed'
      if (!mayComeAgain || !this.isUp || performance.now() > end) return outcome
      this.repeated++
      await pause(BETWEEN_ATTEMPTS)
    }
  }

  async status(): Promise<DaemonStatus> {
    const outcome = await this.ask('status')
    if (outcome.kind !== 'reply') throw new Error(`Expected a status, got ${JSON.stringify(outcome)}`)
    return outcome.result as DaemonStatus
  }

  async untilStatus(isSo: (status: DaemonStatus) => boolean, what: string): Promise<DaemonStatus> {
    return await eventually(async () => {
      const status = await this.status()
      return isSo(status) ? status : undefined
    }, what)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#mayEnd = true
    await this.#program?.[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }

  /** Looks how much memory it has had, while it is there. */
  measure(): void {
    if (this.isUp) this.peak = Math.max(this.peak, residentBytes(this.pid).peak)
  }

  #beforeEnd(): void {
    this.measure()
    this.#mayEnd = true
  }
}

/** A port of this machine that nobody has. */
export async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
  })
  return await promise
}
