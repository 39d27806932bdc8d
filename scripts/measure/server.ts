import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'node:tls'
import type { Folder } from '../../test/support/folder.ts'
import { Program } from './program.ts'

/** Where a server finds what it serves, and may put what it needs: configuration, logs in var/log. */
export interface Place {
  readonly folder: Folder
  readonly documentRoot: string
  /** Of 127.0.0.1. */
  readonly port: number
}

/** A server to measure. */
export interface Server {
  /** The command that tells its version. */
  readonly version: readonly string[]
  /** Writes its configuration, and gives the command that serves the place, to be run in its DocumentRoot. */
  command(place: Place): readonly string[]
}

/** What a server says of its version; undefined when it is not installed. */
export function versionOf({ version: [program = '', ...args] }: Server): string | undefined {
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return error === undefined ? /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] : undefined
}

/** Milliseconds that a server has to begin to answer. */
const PATIENCE = 15_000

/** A server that answers. */
export class RunningServer implements AsyncDisposable {
  readonly port: number
  readonly #program: Program

  private constructor(program: Program, port: number) {
    this.#program = program
    this.port = port
  }

  /**
   * Starts it on any free port, and waits until it answers. What it says on its standard output is logged beside
   * its other logs.
   *
   * @param path What it is asked for.
   * @param prefix What the command is run by, such as `taskset -c 0`.
   * @param isReady Whether it answers.
   */
  static async start(
    server: Server,
    { folder, documentRoot }: Omit<Place, 'port'>,
    path: string,
    prefix: readonly string[] = [],
    isReady = answers,
  ): Promise<RunningServer> {
    await using stack = new AsyncDisposableStack()
    const port = await freePort()
    const command = [...prefix, ...server.command({ folder, documentRoot, port })]
    const log = openSync(folder.resolve('var/log/output.log'), 'a')
    const program = stack.use(new Program(command, { cwd: documentRoot, stdio: ['ignore', log, log] }))
    closeSync(log)
    const end = performance.now() + PATIENCE
    while (!(await isReady(port, path))) {
      if (performance.now() > end || program.code !== undefined) {
        const said = folder.read('var/log/output.log')
        throw new Error(`Expected an answer on port ${port}, there is none: ${command.join(' ')}\n${said}`)
      }
      await pause(20)
    }
    stack.move()
    return new RunningServer(program, port)
  }

  /** The process that it was started as. */
  get pid(): number {
    return this.#program.pid
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]()
  }
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(PATIENCE) })
    await response.body?.cancel()
    return response.ok
  } catch (error) {
    // So fetch tells that there was no connection, or no answer.
    if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return false
    throw error
  }
}

/** Whether it shakes hands, whatever its certificate says. */
export async function shakesHands(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, timeout: PATIENCE })
  try {
    await once(socket, 'secureConnect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
  })
  return await promise
}
