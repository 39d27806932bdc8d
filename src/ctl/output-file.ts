import { closeSync, openSync, realpathSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { codeOf, reasonOf } from '../errors.ts'

/** Why a file cannot be written, in one line. */
export class OutputFileError extends Error {
  override readonly name = 'OutputFileError'
}

/**
 * A file that is written at the end of something long. Whether it can be written is known at the beginning,
 * and until it is whole a file of that name stays as it was.
 */
export class OutputFile implements Disposable {
  readonly #path: string
  /** Undefined for something that is no file, such as a pipe, and cannot be replaced. */
  readonly #temporary: string | undefined

  /** @throws OutputFileError when nothing can be written there. */
  constructor(path: string) {
    const { real, isReplaceable } = orCannotWrite(path, () => examine(path))
    this.#path = real
    this.#temporary = isReplaceable ? `${real}.${process.pid}.tmp` : undefined
    orCannotWrite(path, () => closeSync(openSync(this.#temporary ?? real, isReplaceable ? 'wx' : 'a')))
  }

  /** @throws OutputFileError */
  write(text: string): void {
    orCannotWrite(this.#path, () => {
      writeFileSync(this.#temporary ?? this.#path, text)
      if (this.#temporary !== undefined) renameSync(this.#temporary, this.#path)
    })
  }

  /** Removes what was not written to the end. */
  [Symbol.dispose](): void {
    if (this.#temporary === undefined) return
    try {
      unlinkSync(this.#temporary)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }
}

/** What a path leads to: nothing, a file, or something that a file cannot replace. */
function examine(path: string): { readonly real: string; readonly isReplaceable: boolean } {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return { real: path, isReplaceable: true }
  return { real: stats.isFile() ? realpathSync(path) : path, isReplaceable: stats.isFile() }
}

function orCannotWrite<Result>(path: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    const reason = reasonOf(error as NodeJS.ErrnoException)
    throw new OutputFileError(`Cannot write "${path}": ${reason}; name another file`, { cause: error })
  }
}
