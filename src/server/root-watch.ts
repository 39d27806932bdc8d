import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { reasonOf } from '../errors.ts'

/** How often folders are looked at, in milliseconds, and how many each time: of a thousand each has its turn within a minute. */
const INTERVAL = 5000
const MOST_AT_ONCE = 100

/** Hears of what has become of a folder: why it cannot be served, or undefined when it can again. */
export type RootListener = (folder: string, problem: string | undefined) => void

/**
 * Sees when a folder that is served goes away, as with a disk that is no longer mounted, and when it is back. It is
 * looked at beside the event loop, which a disk that does not answer must not hold up.
 */
export class RootWatch implements Disposable {
  readonly #folders: () => readonly string[]
  readonly #onChange: RootListener
  readonly #timer: NodeJS.Timeout
  /** Why folders cannot be served. */
  #problems: ReadonlyMap<string, string> = new Map()
  #next = 0
  #isLooking = false

  /** @param folders Those in force, each once. */
  constructor(folders: () => readonly string[], onChange: RootListener) {
    this.#folders = folders
    this.#onChange = onChange
    this.#timer = setInterval(() => void this.#look(), INTERVAL).unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  /** Why a folder cannot be served; undefined as long as it can, and for one that is not in force. */
  problemOf(folder: string): string | undefined {
    return this.#problems.get(folder)
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const folders = this.#folders()
    for (let count = Math.min(MOST_AT_ONCE, folders.length); count > 0; count--) {
      this.#next = (this.#next + 1) % folders.length
      const folder = folders[this.#next]
      if (folder !== undefined) this.#learn(folder, await obstacleTo(folder))
    }
    this.#isLooking = false
  }

  #learn(folder: string, problem: string | undefined): void {
    // A reload may have named others meanwhile.
    const inForce = this.#folders()
    if (!inForce.includes(folder)) return
    const before = this.#problems.get(folder)
    if (problem === before) return
    const known = [...this.#problems].filter(([each]) => each !== folder && inForce.includes(each))
    this.#problems = new Map(problem === undefined ? known : [...known, [folder, problem]])
    this.#onChange(folder, problem)
  }
}

async function obstacleTo(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'not a directory'
    await access(folder, constants.X_OK)
    return undefined
  } catch (error) {
    return reasonOf(error as NodeJS.ErrnoException)
  }
}
