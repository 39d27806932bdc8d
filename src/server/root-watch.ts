import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { reasonOf } from '../errors.ts'

/** How often the folder is looked at, in milliseconds. */
const INTERVAL = 5000

/** Hears of what has become of a folder: why it cannot be served, or undefined when it can again. */
export type RootListener = (folder: string, problem: string | undefined) => void

/**
 * Sees when the folder that is served goes away, as with a disk that is no longer mounted, and when it is back. It is
 * looked at beside the event loop, which a disk that does not answer must not hold up.
 */
export class RootWatch implements Disposable {
  /** Why it cannot be served; undefined as long as it can. */
  problem: string | undefined
  readonly #folder: () => string
  readonly #onChange: RootListener
  readonly #timer: NodeJS.Timeout
  #looked: string
  #isLooking = false

  /** @param folder The folder in force. */
  constructor(folder: () => string, onChange: RootListener) {
    this.#folder = folder
    this.#onChange = onChange
    this.#looked = folder()
    this.#timer = setInterval(() => void this.#look(), INTERVAL).unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const folder = this.#folder()
    const problem = await problemOf(folder)
    this.#isLooking = false
    // A reload may have named another meanwhile.
    if (folder !== this.#folder()) return
    const before = folder === this.#looked ? this.problem : undefined
    this.#looked = folder
    this.problem = problem
    if (problem !== before) this.#onChange(folder, problem)
  }
}

async function problemOf(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'not a directory'
    await access(folder, constants.X_OK)
    return undefined
  } catch (error) {
    return reasonOf(error as NodeJS.ErrnoException)
  }
}
