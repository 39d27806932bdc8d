import type { Checker } from './checker.ts'

/** How it turned out: `busy` when there was no time for it, `failed` when nothing could be found out. */
export type CheckOutcome = 'right' | 'wrong' | 'busy' | 'failed'

/** The most checks that wait, of all clients and of one of them. */
const MOST_WAITING = 256
const MOST_WAITING_OF_CLIENT = 8
/** The longest that a check waits to begin, in milliseconds. */
const LONGEST_WAIT = 10_000

interface Job {
  readonly client: string
  readonly password: Buffer
  readonly hash: string
  readonly resolve: (outcome: CheckOutcome) => void
  readonly timer: NodeJS.Timeout
}

/**
 * The checks of passwords that wait for their turn, one of each client after another: whoever guesses delays others by the
 * checks that these have waiting too, not by those that it has itself.
 */
export class CheckQueue implements Disposable {
  readonly #checker: Checker
  readonly #failed: (error: unknown) => void
  readonly #longestWait: number
  /** By client, the next one first. */
  readonly #waiting = new Map<string, Job[]>()
  #size = 0
  #isChecking = false

  /** @param failed Is told why nothing could be found out. */
  constructor(checker: Checker, failed: (error: unknown) => void, longestWait = LONGEST_WAIT) {
    this.#checker = checker
    this.#failed = failed
    this.#longestWait = longestWait
  }

  get waiting(): number {
    return this.#size
  }

  /** @param client By which clients are told apart. */
  check(client: string, password: Buffer, hash: string): Promise<CheckOutcome> {
    const { promise, resolve } = Promise.withResolvers<CheckOutcome>()
    if (!this.#makeRoom(client)) return Promise.resolve('busy')
    const timer = setTimeout(() => this.#giveUp(job), this.#longestWait).unref()
    const job: Job = { client, password, hash, resolve, timer }
    const jobs = this.#waiting.get(client) ?? []
    jobs.push(job)
    this.#waiting.set(client, jobs)
    this.#size++
    if (!this.#isChecking) this.#checkNext()
    return promise
  }

  [Symbol.dispose](): void {
    for (const job of [...this.#waiting.values()].flat()) this.#giveUp(job)
    this.#checker[Symbol.dispose]()
  }

  /** Whether one more of this client may wait; one of a client that has more of them may have to go for it. */
  #makeRoom(client: string): boolean {
    const own = this.#waiting.get(client)?.length ?? 0
    if (own >= MOST_WAITING_OF_CLIENT) return false
    if (this.#size < MOST_WAITING) return true
    const [most = []] = [...this.#waiting.values()].toSorted((one, other) => other.length - one.length)
    const last = most.at(-1)
    if (last === undefined || most.length <= own + 1) return false
    this.#giveUp(last)
    return true
  }

  #giveUp(job: Job): void {
    const jobs = this.#waiting.get(job.client) ?? []
    const index = jobs.indexOf(job)
    if (index < 0) return
    jobs.splice(index, 1)
    if (jobs.length === 0) this.#waiting.delete(job.client)
    this.#size--
    clearTimeout(job.timer)
    job.resolve('busy')
  }

  #checkNext(): void {
    const job = this.#take()
    if (job === undefined) return
    this.#isChecking = true
    this.#checker
      .ask(job.password, job.hash)
      .catch((error: unknown) => {
        this.#failed(error)
        return 'failed' as const
      })
      .then(outcome => {
        this.#isChecking = false
        job.resolve(outcome)
        this.#checkNext()
      })
  }

  /** The first of the client whose turn it is, which then comes last. */
  #take(): Job | undefined {
    const [next] = this.#waiting
    if (next === undefined) return undefined
    const [client, jobs] = next
    const job = jobs.shift()
    this.#waiting.delete(client)
    if (jobs.length > 0) this.#waiting.set(client, jobs)
    if (job === undefined) return undefined
    this.#size--
    clearTimeout(job.timer)
    return job
  }
}
