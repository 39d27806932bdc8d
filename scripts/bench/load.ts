import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Program } from '../measure/program.ts'

/** What `load.c` tells of a run. */
export interface LoadResult {
  readonly seconds: number
  readonly responses: number
  readonly bytes: number
  readonly opened: number
  /** What the clients took themselves. */
  readonly processorSeconds: number
  readonly failures: Readonly<Record<Failure, number>>
  /** Percentiles in microseconds, the last of which is the longest. */
  readonly latencies: readonly (readonly [percent: number, microseconds: number])[]
}
export type Failure = 'unexpected' | 'aborted' | 'malformed' | 'unanswered'

/** The clients could not do their work: the server does not answer them. */
export class LoadError extends Error {}

/** Clients at work, until disposed of. */
export class Load implements AsyncDisposable {
  readonly #program: Program
  readonly #lines: AsyncIterator<string>

  constructor(command: readonly string[]) {
    this.#program = new Program(command, { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#program.child
    if (stdout === null) throw new Error('Expected the output of the load')
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]()
  }

  /** Resolves when the clients have warmed up, and measuring begins. */
  async begun(): Promise<void> {
    const line = await this.#nextLine()
    if (line !== 'begin') throw new LoadError(`Expected the load to begin, got "${line}"`)
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
    if (done) throw new LoadError('the clients gave up')
    return value
  }
}
