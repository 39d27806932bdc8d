import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readBounded } from './bounded.ts'
import { codeOf, reasonOf } from './errors.ts'
import { printable } from './text/terminal.ts'

/** For the owner to write, and for the server, by its group, to read. */
const MODE = 0o640
/** For how long another process may hold a file, and the time between two looks whether it still does, in milliseconds. */
const PATIENCE = 2000
const BETWEEN_LOOKS = 20

/** Why a file cannot be read or changed, to be told in a line. */
export class EditFailure extends Error {}

/** A small file that nobody sees half written, and that one process changes at a time. Its text is a byte string. */
export class EditedFile {
  readonly path: string
  /** Where a link leads. */
  readonly #target: string

  /** @throws EditFailure for a link that leads nowhere. */
  constructor(path: string) {
    this.path = path
    this.#target = this.#doing('write', () => targetOf(path))
  }

  /** Undefined when there is no file. */
  read(): string | undefined {
    return this.#doing('read', () => {
      try {
        return readBounded(this.#target).text
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined
        throw error
      }
    })
  }

  /** Says what would keep it from being written, as far as that can be known before. */
  checkWritable(): void {
    this.#doing('write', () => accessSync(dirname(this.#target), constants.W_OK))
  }

  /**
   * Puts a new file in the place of the old one, for owner and group alone.
   *
   * @param edit Makes the new text of the old one, which is undefined when there is no file; what it throws leaves all as it was.
   */
  async change(edit: (text: string | undefined) => string): Promise<void> {
    const draft = `${this.#target}.new`
    const descriptor = await this.#openDraft(draft)
    try {
      const text = edit(this.read())
      this.#doing('write', () => this.#replace(draft, descriptor, text))
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    } finally {
      closeSync(descriptor)
    }
  }

  /** The draft is also what keeps others out: two that read the same text would lose what one of them wrote. */
  async #openDraft(draft: string): Promise<number> {
    const patience = AbortSignal.timeout(PATIENCE)
    for (;;) {
      const descriptor = this.#doing('write', () => openNew(draft))
      if (descriptor !== undefined) return descriptor
      if (patience.aborted)
        throw new EditFailure(
          `Cannot write "${printable(this.path)}": another process is writing it, or was ended while it did; if there is none, remove "${printable(draft)}"`,
        )
      await pause(BETWEEN_LOOKS)
    }
  }

  #replace(draft: string, descriptor: number, text: string): void {
    const before = statSync(this.#target, { throwIfNoEntry: false })
    writeFileSync(descriptor, text, 'latin1')
    if (process.getuid?.() === 0) chownSync(draft, before?.uid ?? 0, before?.gid ?? groupOfServer() ?? 0)
    chmodSync(draft, before === undefined ? MODE : before.mode & MODE)
    fsyncSync(descriptor)
    renameSync(draft, this.#target)
  }

  #doing<Result>(what: 'read' | 'write', step: () => Result): Result {
    try {
      return step()
    } catch (error) {
      throw new EditFailure(`Cannot ${what} "${printable(this.path)}": ${reasonOf(error as Error)}`)
    }
  }
}

function targetOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Error(`it is a link to "${printable(readlinkSync(path))}", where nothing is`)
  return path
}

/** Undefined when it is there already. */
function openNew(path: string): number | undefined {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  }
}

/** That of the server in an installation by a package; undefined where there is none. */
function groupOfServer(): number | undefined {
  const [, id] = /^webserver:[^:]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8')) ?? []
  return id === undefined ? undefined : Number(id)
}
