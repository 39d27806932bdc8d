import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Folder } from './folder.ts'
import { eventually } from './wait.ts'

/** A part of the configuration that is written while a daemon waits for it. */
export class Part implements Disposable {
  readonly #path: string

  constructor(folder: Folder) {
    this.#path = folder.resolve('etc/part.conf')
    execFileSync('mkfifo', [this.#path])
  }

  /** Lets the daemon read it to its end, after what is done meanwhile. */
  async written(action: () => void): Promise<void> {
    const descriptor = await eventually(() => this.#open(), 'the daemon to read its configuration')
    action()
    // Whoever reads it again is to find a file.
    writeFileSync(`${this.#path}.next`, '')
    renameSync(`${this.#path}.next`, this.#path)
    closeSync(descriptor)
  }

  /** Nobody waits for it for ever. */
  [Symbol.dispose](): void {
    rmSync(this.#path, { force: true })
  }

  /** Undefined as long as nobody reads. */
  #open(): number | undefined {
    try {
      return openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENXIO') return undefined
      throw error
    }
  }
}
