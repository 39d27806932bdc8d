import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { CHECKER_NAME, READY } from './checker-name.ts'
import type { Question } from './checker-process.ts'
import type { Finding } from './verify-password.ts'

type Comparison = Exclude<Finding, 'unsupported'>

/** Compares one password at a time with its hash, away from the event loop. */
export interface Checker extends Disposable {
  /** Rejects with an Error when nothing could be found out; the next question may fare better. */
  ask(password: Buffer, hash: string): Promise<Comparison>
}

/** Undefined in the binary of the packages, whose modules are no files. */
const SCRIPT: string | undefined = import.meta.dirname && join(import.meta.dirname, 'checker-process.ts')
/** The longest that a check may take, in milliseconds; a hash can be of such a kind that it takes days. */
const LONGEST_CHECK = 10_000
/** The longest that the process may take to start, in milliseconds: longer than a check, since the whole machine may be busy. */
const LONGEST_START = 30_000
/** How long the process stays for the next question, in milliseconds. */
const IDLE_TIME = 60_000
const UNSUPPORTED =
  'hashes that begin with $5$, $6$ or $y$ need the libcrypt of the system (libcrypt.so.1 or .2), and there is none'

interface Pending {
  readonly question: Question
  readonly resolve: (comparison: Comparison) => void
  readonly reject: (error: Error) => void
}

/**
 * A process of a lower priority, started with the first question and ended when there was none for a minute. A thread could
 * not be ended in the middle of a check, and would share the locks of this process at its lower priority.
 */
export class CheckerProcess implements Checker {
  readonly #longestCheck: number
  readonly #idleTime: number
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined
  #isReady = false
  #pending: Pending | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param longestCheck Milliseconds, as is `idleTime`. */
  constructor(longestCheck = LONGEST_CHECK, idleTime = IDLE_TIME) {
    this.#longestCheck = longestCheck
    this.#idleTime = idleTime
  }

  /** Of the process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  ask(password: Buffer, hash: string): Promise<Comparison> {
    const { promise, resolve, reject } = Promise.withResolvers<Comparison>()
    this.#pending = { question: { password: password.toString('base64'), hash }, resolve, reject }
    this.#child ??= this.#start()
    this.#limit()
    if (this.#isReady) this.#tell(this.#pending)
    return promise
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#giveUp('the server has ended')
  }

  #start(): ChildProcessByStdio<Writable, Readable, null> {
    const [file, ...args] =
      SCRIPT === undefined ? [process.execPath] : [process.execPath, ...process.execArgv, SCRIPT]
    // It needs nothing of the environment, which tells it of sockets and of a supervisor that are not its own.
    const child = spawn(file, args, { argv0: CHECKER_NAME, env: {}, stdio: ['pipe', 'pipe', 'ignore'] })
    child.on('error', error => this.#ended(child, error.message))
    child.on('exit', (code, signal) => this.#ended(child, `its process has ended (${signal ?? code})`))
    // That its process has ended is told by the event above.
    child.stdin.on('error', () => {})
    // An answer is shorter than what a pipe carries at once.
    child.stdout.on('data', (bytes: Buffer) => {
      for (const word of bytes.toString('latin1').trim().split('\n')) this.#heard(word)
    })
    // Whether somebody waits for it or not, it is no reason for the server to go on.
    child.unref()
    return child
  }

  #heard(finding: string): void {
    if (finding === READY) {
      this.#isReady = true
      this.#limit()
      // Before it is ready it would outlive a server that ends now.
      if (this.#pending !== undefined) this.#tell(this.#pending)
      return
    }
    this.#after(this.#idleTime, () => this.#dismiss())
    if (finding !== 'right' && finding !== 'wrong') return this.#fail(UNSUPPORTED)
    const pending = this.#pending
    this.#pending = undefined
    pending?.resolve(finding)
  }

  #tell({ question }: Pending): void {
    this.#child?.stdin.write(`${JSON.stringify(question)}\n`)
  }

  /** The next question goes to another process, for this one may be about to end when it comes. */
  #dismiss(): void {
    this.#child?.stdin.end()
    this.#forget()
  }

  #ended(child: object, why: string): void {
    if (this.#child !== child) return
    this.#forget()
    clearTimeout(this.#timer)
    this.#fail(why)
  }

  #giveUp(why: string): void {
    const child = this.#child
    this.#forget()
    child?.kill('SIGKILL')
    this.#fail(why)
  }

  #forget(): void {
    this.#child = undefined
    this.#isReady = false
  }

  /** Limits what goes on now: the start of the process, or the check after it. */
  #limit(): void {
    const limit = this.#isReady ? this.#longestCheck : LONGEST_START
    this.#after(limit, () => this.#giveUp(`it took longer than ${limit} ms`))
  }

  #fail(why: string): void {
    const pending = this.#pending
    this.#pending = undefined
    pending?.reject(new Error(`Cannot check a password: ${why}`))
  }

  #after(milliseconds: number, action: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(action, milliseconds).unref()
  }
}
