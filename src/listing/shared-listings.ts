import type { OpenFolder } from '../files/open-folder.ts'
import type { ListingOutcome } from './listing.ts'
import { release } from './page-blocks.ts'
import { trimMemory } from './trim-memory.ts'

/** The most bytes of memory of all listings together; a small one is made all the same. */
const MOST_MEMORY = 128 * 1024 * 1024
const SMALL = 64 * 1024
/** After so many freed bytes the C library is asked to return them to the system. */
const MUCH = 16 * 1024 * 1024
/** How long a listing is shared with others who ask for it, in milliseconds. */
const FRESH_FOR = 1000
/** A folder whose last change is younger than this, in milliseconds, may change again without its times telling. */
const SETTLED_AFTER = 100

/** `no room` is for a listing too many, `failed` for one whose making threw. */
export type SharedOutcome = ListingOutcome | 'no room' | 'failed'

type Work = Generator<number | undefined, ListingOutcome>

/**
 * The listings that are being made or sent. Those who ask for the same one at the same time share it, so that
 * many who look at one large folder cost the work and the memory of one.
 */
export class SharedListings {
  readonly #latest = new Map<string, SharedListing>()
  readonly #memory: Memory

  /** @param maximum Bytes. */
  constructor(maximum = MOST_MEMORY) {
    this.#memory = { used: 0, given: 0, maximum }
  }

  /** Bytes that all of them take up, about. */
  get memoryUsed(): number {
    return this.#memory.used
  }

  /**
   * The listing to use; whoever is given it disposes of it, once.
   *
   * @param key Tells this listing of this folder from others.
   * @param folder Is closed here.
   * @param make Begins to make the listing when there is none to share.
   * @param now Milliseconds since the epoch.
   */
  join(key: string, folder: OpenFolder, make: () => Work, now: number): SharedListing {
    using held = new DisposableStack()
    held.use(folder)
    const latest = this.#latest.get(key)
    if (latest?.stillTells(folder, now) === true) return latest.join()
    const listing = new SharedListing(folder, make(), now, this.#memory, () => {
      if (this.#latest.get(key) === listing) this.#latest.delete(key)
    })
    held.move()
    this.#latest.set(key, listing)
    return listing.join()
  }
}

/** Bytes. */
interface Memory {
  used: number
  /** Bytes freed since the C library was last asked to return them. */
  given: number
  readonly maximum: number
}

/** One listing, for as long as anybody uses it. */
export class SharedListing implements Disposable {
  readonly #folder: OpenFolder
  readonly #work: Work
  readonly #begun: number
  readonly #memory: Memory
  readonly #unused: () => void
  #outcome: SharedOutcome | undefined
  /** Bytes of memory that belong to this listing. */
  #held = 0
  #users = 0

  /** @param unused Is called when the last has left. */
  constructor(folder: OpenFolder, work: Work, begun: number, memory: Memory, unused: () => void) {
    this.#folder = folder
    this.#work = work
    this.#begun = begun
    this.#memory = memory
    this.#unused = unused
  }

  /** Whether the listing still shows the folder, which was opened just now, as it is. */
  stillTells({ version }: OpenFolder, now: number): boolean {
    const { dev, ino, mtimeMs, ctimeMs } = this.#folder.version
    const isSame =
      dev === version.dev &&
      ino === version.ino &&
      mtimeMs === version.mtimeMs &&
      ctimeMs === version.ctimeMs &&
      this.#begun - Math.max(mtimeMs, ctimeMs) > SETTLED_AFTER
    if (!isSame || typeof this.#outcome === 'string') return false
    return this.#outcome === undefined || now - this.#begun < FRESH_FOR
  }

  join(): this {
    this.#users++
    return this
  }

  /** Makes the listing, pausing after each bit of work; others who share it may do some of the bits. */
  *make(): Generator<undefined, SharedOutcome> {
    while (this.#outcome === undefined) {
      this.#advance()
      yield
    }
    return this.#outcome
  }

  [Symbol.dispose](): void {
    this.#users--
    if (this.#users > 0) return
    if (this.#outcome === undefined) this.#finish('failed')
    if (typeof this.#outcome === 'object') release(this.#outcome)
    this.#hold(0)
    this.#unused()
  }

  #advance(): void {
    try {
      const step = this.#work.next()
      if (step.done === true) return this.#finish(step.value)
      this.#hold(this.#held + (step.value ?? 0))
      if (this.#held > SMALL && this.#memory.used > this.#memory.maximum) this.#finish('no room')
    } catch (error) {
      this.#finish('failed')
      throw error
    }
  }

  /** Keeps the listing itself, and nothing that was needed to make it. */
  #finish(outcome: SharedOutcome): void {
    this.#outcome = outcome
    this.#work[Symbol.dispose]()
    this.#folder[Symbol.dispose]()
    this.#hold(
      typeof outcome === 'string' ? 0 : outcome.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0),
    )
  }

  #hold(bytes: number): void {
    this.#memory.used += bytes - this.#held
    this.#memory.given += Math.max(0, this.#held - bytes)
    this.#held = bytes
    if (this.#memory.given < MUCH) return
    this.#memory.given = 0
    trimMemory()
  }
}
