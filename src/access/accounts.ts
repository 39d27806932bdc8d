import { createHmac, randomBytes } from 'node:crypto'
import type { CheckQueue } from './check-queue.ts'
import type { PasswordFile } from './password-file.ts'
import { hashKind } from './password-hash.ts'
import type { WatchedFile } from './watched-file.ts'

/** Who somebody says to be, as byte strings. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** What became of credentials: `busy` where there was no time to look, `fault` where the file or the check failed. */
export type Verdict = 'right' | 'wrong password' | 'unknown user' | 'busy' | 'fault'

/** A hash that a password is compared with. */
interface Comparison {
  readonly hash: string
  /** Whether it is that of the user: in place of one who has none another is compared, for as long. */
  readonly isTrue: boolean
  /** The verdict where the password is not the one of the hash. */
  readonly otherwise: 'wrong password' | 'unknown user'
  /** By which the same entry, user and password are known again. */
  readonly digest: string
}

/** That credentials are right by what was found of a file. */
interface Sight {
  readonly found: object
  readonly until: number
}

/** How long right credentials are known without another check, in milliseconds. */
const REMEMBERED_FOR = 5 * 60_000
/** The most that are remembered. */
const MOST_REMEMBERED = 10_000
/** Longer than this no password can be: crypt(3) takes no more. */
const LONGEST_PASSWORD = 511

/**
 * Judges credentials by password files. What was found right is remembered for some minutes by a hash whose key this process
 * alone has, made of the entry as well: with another entry it is forgotten.
 *
 * Who is not known is told so after as long a time as who is: another entry of the file is compared in place of its own.
 */
export class Accounts implements Disposable {
  readonly #queue: CheckQueue
  readonly #key = randomBytes(32)
  /** Until when, by the hash of entry, user and password; the oldest first. */
  readonly #right = new Map<string, number>()
  /** Those that were found right, by the very object: hashing them takes longer than all else of a request that is known. */
  readonly #seen = new WeakMap<Credentials, Sight>()
  /** Checks that have begun, by the same. */
  readonly #pending = new Map<string, Promise<Verdict>>()

  constructor(queue: CheckQueue) {
    this.#queue = queue
  }

  /** Ends what checks passwords. */
  [Symbol.dispose](): void {
    this.#queue[Symbol.dispose]()
  }

  /** The verdict, if it is known at once; undefined where a check is needed. */
  recall(file: WatchedFile<PasswordFile>, credentials: Credentials, now: number): Verdict | undefined {
    const sight = this.#seen.get(credentials)
    const found = file.at(now)
    if (sight !== undefined && sight.found === found && now < sight.until) return 'right'
    const comparison = this.#comparisonFor(file, credentials, now)
    if (typeof comparison === 'string') return comparison
    const until = this.#right.get(comparison.digest) ?? Number.NEGATIVE_INFINITY
    if (now >= until) return undefined
    this.#seen.set(credentials, { found, until })
    return 'right'
  }

  /**
   * @param client By which clients are told apart.
   * @param now Milliseconds since the epoch.
   */
  async check(
    file: WatchedFile<PasswordFile>,
    credentials: Credentials,
    client: string,
    now: number,
  ): Promise<Verdict> {
    const comparison = this.#comparisonFor(file, credentials, now)
    if (typeof comparison === 'string') return comparison
    const { digest } = comparison
    if (this.#remembers(digest, now)) return 'right'
    const shared = this.#pending.get(digest)
    if (shared !== undefined) return shared
    const verdict = this.#compare(comparison, credentials, client, now)
    this.#pending.set(digest, verdict)
    try {
      return await verdict
    } finally {
      this.#pending.delete(digest)
    }
  }

  async #compare(
    { hash, isTrue, otherwise, digest }: Comparison,
    { password }: Credentials,
    client: string,
    now: number,
  ): Promise<Verdict> {
    const outcome = await this.#queue.check(client, Buffer.from(password, 'latin1'), hash)
    if (outcome === 'busy') return 'busy'
    if (outcome === 'failed') return 'fault'
    if (outcome === 'wrong' || !isTrue) return otherwise
    this.#remember(digest, now + REMEMBERED_FOR)
    return 'right'
  }

  #remembers(digest: string, now: number): boolean {
    return now < (this.#right.get(digest) ?? Number.NEGATIVE_INFINITY)
  }

  #remember(digest: string, until: number): void {
    this.#right.delete(digest)
    this.#right.set(digest, until)
    if (this.#right.size <= MOST_REMEMBERED) return
    for (const oldest of this.#right.keys()) {
      this.#right.delete(oldest)
      return
    }
  }

  /** What has to be compared, or the verdict where there is nothing to compare. */
  #comparisonFor(
    file: WatchedFile<PasswordFile>,
    credentials: Credentials,
    now: number,
  ): Comparison | Verdict {
    const found = file.at(now)
    if (found.kind === 'fault') return 'fault'
    const { hashes, usable } = found.contents
    const { user, password } = credentials
    const otherwise = hashes.has(user) ? 'wrong password' : 'unknown user'
    if (isImpossible(credentials)) return otherwise
    const own = hashes.get(user)
    const isTrue = own !== undefined && hashKind(own) !== undefined
    // Always the same one for a name: else names that are not known would be those whose time changes.
    const hash = isTrue ? own : usable[this.#hash(user).readUInt32BE(0) % usable.length]
    // A file without any has nothing to hide.
    if (hash === undefined) return otherwise
    // Nothing of it holds a zero byte. A hash that stood for the user is not the same when it is compared in place of one.
    const digest = this.#hash(`${isTrue}\0${hash}\0${user}\0${password}`).toString('latin1')
    return { hash, isTrue, otherwise, digest }
  }

  #hash(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text, 'latin1').digest()
  }
}

/** Nothing that could be in a file, or that crypt(3) could compare. */
function isImpossible({ user, password }: Credentials): boolean {
  return user.includes('\0') || password.includes('\0') || password.length > LONGEST_PASSWORD
}
