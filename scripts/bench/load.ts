import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Program } from '../measure/program.ts'
import type { Client, LoadResult } from './client.ts'

/** What the clients of `load.c` do. */
export interface LoadOptions {
  readonly port: number
  /** File of requests. */
  readonly requests: string
  /** File of their order, four bytes for each; without it one after the other. */
  readonly order?: string | undefined
  readonly connections: number
  readonly warmUp?: number | undefined
  /** To measure for; or until there are `count` answers. */
  readonly seconds: number
  readonly count?: number | undefined
  /** Requests sent at a time on each connection. */
  readonly depth?: number | undefined
  /** Requests a second, all connections together; without it each asks as soon as it is answered. */
  readonly rate?: number | undefined
  readonly status?: number | undefined
  /** A new connection for each request. */
  readonly closes?: boolean | undefined
  /** One request on each connection, then nothing: there is no result. */
  readonly idles?: boolean | undefined
}

/** The clients could not do their work: the server does not answer them. */
export class LoadError extends Error {}

/** The clients of `load.c`, until disposed of. */
export class Load implements Client, AsyncDisposable {
  readonly #program: Program
  readonly #lines: AsyncIterator<string>

  /** @param program What load.c was compiled to, and what that is run by. */
  constructor(program: readonly string[], options: LoadOptions) {
    const command = [...program, ...toArguments(options)]
    this.#program = new Program(command, { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#program.child
    if (stdout === null) throw new Error('Expected the output of the load')
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]()
  }

  /** Resolves when all connections are open and have warmed up. */
  async begun(): Promise<void> {
    const line = await this.#nextLine()
    if (line !== 'begin') throw new LoadError(`expected the clients to begin, got "${line}"`)
  }

  /** Resolves when they have measured; they keep their connections until disposed of. */
  async result(): Promise<LoadResult> {
    return JSON.parse(await this.#nextLine())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this.#program
    if (this.#program.code === undefined) {
      child.stdin?.end()
      await once(child, 'exit')
    }
    await this.#program[Symbol.asyncDispose]()
  }

  async #nextLine(): Promise<string> {
    const { done, value } = await this.#lines.next()
    if (done) throw new LoadError('answers none of its clients')
    return value
  }
}

function toArguments(options: LoadOptions): string[] {
  const values = [
    ['-p', options.port],
    ['-q', options.requests],
    ['-o', options.order],
    ['-c', options.connections],
    ['-w', options.warmUp],
    ['-t', options.seconds],
    ['-n', options.count],
    ['-d', options.depth],
    ['-r', options.rate],
    ['-e', options.status],
  ] as const
  const flags = [options.closes ? '-x' : '', options.idles ? '-i' : ''].filter(flag => flag !== '')
  return [...values.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)])), ...flags]
}
