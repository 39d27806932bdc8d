import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Milliseconds that a program has to end in good order. */
const PATIENCE = 500

/** A program that runs until it is disposed of, at the latest when this process ends. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor(command: readonly string[], options: SpawnOptions = {}) {
    const [program = '', ...args] = command
    this.child = spawn(program, args, { stdio: 'ignore', ...options })
    running.add(this.child)
    this.#ended = once(this.child, 'close')
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Undefined while it runs. */
  get code(): number | NodeJS.Signals | undefined {
    return this.child.exitCode ?? this.child.signalCode ?? undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM')
    const insist = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE)
    await this.#ended
    clearTimeout(insist)
    running.delete(this.child)
  }
}
