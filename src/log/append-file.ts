import fs from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, reasonOf } from '../errors.ts'
import { closeLog, openStandardStream, standardStream } from './standard-stream.ts'

/** How a log file fares; `linesLost` counts since the start, also when a reload has opened it anew. */
export interface LogFileStatus {
  readonly path: string
  readonly state: 'ok' | 'failing'
  readonly linesLost: number
  readonly lastError: string | null
}

interface OpenLog {
  readonly descriptor: number
  readonly device: number
  readonly inode: number
  readonly isRegular: boolean
  size: number
  /** When the file was last written, in milliseconds since the epoch. */
  readonly modified: number
  /** What must be written before the next line, so that a torn line is whole or at least ended. */
  unfinished: Buffer
}

type Fault = 'open' | 'write' | 'rename'

const NEWLINE = 0x0a
const NEWLINE_LENGTH = 1
const NOTHING = Buffer.alloc(0)
const MILLISECONDS_BETWEEN_CHECKS = 1000

/** Lines that each path has lost since the start, whichever of its files had it. */
const linesLost = new Map<string, number>()

/**
 * Appends whole lines to the file of one name and outlives whatever happens to it: lines that the disk does
 * not take are counted and dropped, and a file that was moved away or deleted is made again.
 *
 * Every call is synchronous: what was handed over is with the kernel when it returns.
 */
export class AppendFile {
  readonly #path: string
  readonly #onProblem: (message: string) => void
  #file: OpenLog
  #checkedAt = Date.now()
  #lastError: string | null = null
  readonly #faults = new Set<Fault>()

  /** Throws when the file or its folder cannot be made; after that nothing throws. */
  constructor(path: string, onProblem: (message: string) => void) {
    this.#path = path
    this.#onProblem = onProblem
    try {
      this.#file = openLog(path)
    } catch (error) {
      throw new Error(`Cannot open ${JSON.stringify(path)} for writing: ${failureOf(error)}`, {
        cause: error,
      })
    }
  }

  /** Bytes in the file; 0 for a device, a pipe or a standard stream, which cannot be renamed. */
  get size(): number {
    return this.#file.size
  }

  /** When the file had last been written at the time it was opened, in milliseconds since the epoch. */
  get modified(): number {
    return this.#file.modified
  }

  /** Writes lines with their line ends; without any it only checks that the name still leads to the file. */
  write(lines: Buffer): void {
    this.#follow()
    this.#append(lines)
  }

  /** Renames the file and goes on in a new one; leaves all as it was if it cannot. */
  rename(choose: () => string): void {
    if (!this.#isInPlace()) {
      this.reopen()
      return
    }
    try {
      const to = choose()
      fs.renameSync(this.#path, to)
      if (!this.reopen()) fs.renameSync(to, this.#path)
      this.#mend('rename')
    } catch (error) {
      this.#fail('rename', `Cannot rename ${JSON.stringify(this.#path)}: ${failureOf(error)}`)
    }
  }

  /** Opens the name again, whichever file has it now; keeps the old file if it cannot. */
  reopen(): boolean {
    try {
      // A line left torn is finished first, or the new descriptor would find the file without a line end.
      this.#append(NOTHING)
      const file = openLog(this.#path)
      if (file.inode === this.#file.inode && file.device === this.#file.device) {
        // It is still the same file, so the rest of the line follows as soon as there is room.
        file.unfinished = this.#file.unfinished
        this.#file.unfinished = NOTHING
      }
      this.close()
      this.#file = file
    } catch (error) {
      this.#fail('open', `Cannot open ${JSON.stringify(this.#path)} for writing: ${failureOf(error)}`)
      return false
    }
    this.#mend('open')
    return true
  }

  close(): void {
    this.#append(NOTHING)
    // Where only a line end is missing, the line itself is there, or was counted as lost.
    if (this.#file.unfinished.length > NEWLINE_LENGTH) this.#lose(1)
    try {
      closeLog(this.#file.descriptor)
    } catch (error) {
      this.#fail('write', `Cannot write ${JSON.stringify(this.#path)}: ${failureOf(error)}`)
    }
  }

  status(): LogFileStatus {
    return {
      path: this.#path,
      state: this.#faults.size === 0 ? 'ok' : 'failing',
      linesLost: this.#linesLost,
      lastError: this.#lastError,
    }
  }

  #append(lines: Buffer): void {
    const file = this.#file
    const bytes = file.unfinished.length === 0 ? lines : Buffer.concat([file.unfinished, lines])
    if (bytes.length === 0) return

    let written = 0
    try {
      while (written < bytes.length) written += fs.writeSync(file.descriptor, bytes, written)
      file.unfinished = NOTHING
      this.#mend('write')
    } catch (error) {
      this.#drop(bytes, written)
      this.#fail('write', `Cannot write ${JSON.stringify(this.#path)}, lines are lost: ${failureOf(error)}`)
    }
    if (file.isRegular) file.size += written
  }

  /** Gives up all but the rest of a line that is already partly in the file. */
  #drop(bytes: Buffer, written: number): void {
    const torn = written === 0 ? this.#file.unfinished.length > 0 : bytes[written - 1] !== NEWLINE
    const end = torn ? bytes.indexOf(NEWLINE, written) + 1 : written
    this.#file.unfinished = Buffer.from(bytes.subarray(written, end))
    let lost = 0
    for (let at = bytes.indexOf(NEWLINE, end); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lost++
    this.#lose(lost)
  }

  get #linesLost(): number {
    return linesLost.get(this.#path) ?? 0
  }

  #lose(lines: number): void {
    if (lines > 0) linesLost.set(this.#path, this.#linesLost + lines)
  }

  /** Looks whether the name still leads to our file, at most once a second. */
  #follow(): void {
    const now = Date.now()
    if (Math.abs(now - this.#checkedAt) < MILLISECONDS_BETWEEN_CHECKS) return
    this.#checkedAt = now
    if (this.#faults.has('open') || !this.#isInPlace()) this.reopen()
  }

  #isInPlace(): boolean {
    try {
      const named = fs.statSync(this.#path, { throwIfNoEntry: false })
      return named?.ino === this.#file.inode && named.dev === this.#file.device
    } catch (error) {
      // Opening it will fail alike and report; any other error is rethrown.
      failureOf(error)
      return false
    }
  }

  #fail(fault: Fault, message: string): void {
    this.#lastError = message
    if (this.#faults.has(fault)) return
    this.#faults.add(fault)
    this.#onProblem(message)
  }

  #mend(fault: Fault): void {
    if (!this.#faults.delete(fault) || this.#faults.size > 0) return
    this.#onProblem(`Writing ${JSON.stringify(this.#path)} again, ${this.#linesLost} lines lost so far`)
  }
}

function openLog(path: string): OpenLog {
  const stream = standardStream(path)
  const descriptor = stream === undefined ? openDescriptor(path) : openStandardStream(stream)
  try {
    const state = fs.fstatSync(descriptor)
    const { dev: device, ino: inode, mtimeMs: modified } = state
    // What a standard stream leads to belongs to whoever has started the server.
    if (stream !== undefined)
      return { descriptor, device, inode, isRegular: false, size: 0, modified, unfinished: NOTHING }
    const { size } = state
    const last = Buffer.alloc(1, NEWLINE)
    if (size > 0) fs.readSync(descriptor, last, 0, 1, size - 1)
    const unfinished = last[0] === NEWLINE ? NOTHING : Buffer.of(NEWLINE)
    return { descriptor, device, inode, isRegular: state.isFile(), size, modified, unfinished }
  } catch (error) {
    closeLog(descriptor)
    throw error
  }
}

function openDescriptor(path: string): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK } = fs.constants
  // Readable too, and not blocking, so that a pipe without a reader holds up nobody.
  const open = () => fs.openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK, 0o640)
  try {
    return open()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
    return open()
  }
}

/** The system's message for a call that failed; any other error is rethrown. */
function failureOf(error: unknown): string {
  if (error instanceof Error && codeOf(error) !== '') return reasonOf(error)
  throw error
}
