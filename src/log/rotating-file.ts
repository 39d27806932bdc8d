import type { Config, LogRotate } from '../config/config.ts'
import { AppendFile, type LogFileStatus } from './append-file.ts'
import { Archive } from './archive.ts'
import { Period } from './period.ts'
import { strftime } from './strftime.ts'

/** When a file is finished, and what becomes of it then. */
export type Rotation = Pick<Config, 'logRotate' | 'logKeep' | 'logCompress'>

/** When lines go to the kernel: once the event loop has handled the events that came together, or within 10 ms. */
export type Buffering = 'none' | 'short'

/** For each kind of rotation the pattern of its {@link Period}, and the stamp of a finished file. */
const PERIODS = {
  daily: { pattern: 'YYYY-MM-DD', stamp: strftime('%Y-%m-%d') },
  hourly: { pattern: 'YYYY-MM-DD-HH', stamp: strftime('%Y-%m-%d-%H') },
  size: { pattern: '[never]', stamp: strftime('%Y-%m-%d') },
} as const satisfies Record<LogRotate['kind'], { pattern: string; stamp: (date: Date) => string }>

/** Characters that are encoded at a time: few enough to be still in the processor's cache. */
const PIECE = 4 * 1024
/** The most encoded bytes that are collected. */
const MOST_COLLECTED = 256 * 1024 - PIECE
/** How long lines are collected with `short` buffering, in milliseconds. */
const COLLECTING_TIME = 10
const MINUTE = 60_000

/**
 * A log whose current file always has the plain name. Finished files carry their date, or a number too.
 *
 * Lines are collected, and written by one system call for many.
 */
export class RotatingFile {
  readonly #path: string
  readonly #rotate: LogRotate
  readonly #onProblem: (message: string) => void
  readonly #piece: number
  readonly #file: AppendFile
  readonly #archive: Archive
  readonly #isBuffered: boolean
  readonly #periods: Period
  /** The minute of the epoch in which the period was last checked. */
  #minute = Number.NaN
  /** Encoded lines that wait to be written. */
  readonly #bytes: Buffer
  #filled = 0
  /** The latest lines, which are not encoded yet. */
  #lines = ''
  /** Whether a write is scheduled. */
  #isCollecting = false
  /** The period of the lines in the current file. */
  #period: string
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** Throws when the file cannot be opened. Problems after that are told to `onProblem`, once each. */
  constructor(
    path: string,
    rotation: Rotation,
    onProblem: (message: string) => void,
    buffering: Buffering = 'none',
  ) {
    this.#path = path
    this.#rotate = rotation.logRotate
    const most = this.#rotate.kind === 'size' ? Math.min(MOST_COLLECTED, this.#rotate.bytes) : MOST_COLLECTED
    this.#piece = Math.min(PIECE, most)
    this.#bytes = Buffer.allocUnsafeSlow(most)
    this.#onProblem = onProblem
    this.#file = new AppendFile(path, onProblem)
    this.#archive = new Archive(path, rotation.logKeep, rotation.logCompress, onProblem)
    this.#isBuffered = buffering === 'short'
    this.#periods = new Period(
      PERIODS[this.#rotate.kind].pattern,
      () => this.#finish(),
      error => onProblem(`Cannot tell when to rotate ${JSON.stringify(path)}: ${error}`),
    )

    this.#period = this.#stamp(this.#file.size > 0 ? this.#file.modified : Date.now())
    if (this.#rotate.kind !== 'size' && this.#period !== this.#stamp(Date.now())) this.#finish()
    this.#archive.tidy()
    this.#armTimer()
  }

  /**
   * Writes one line, given without its line end. It is with the kernel when the present callback of the event
   * loop has returned, or within 10 ms where lines are buffered.
   */
  write(line: string): void {
    if (this.#isClosed) {
      this.#writeLate(line)
      return
    }
    if (this.#lines.length + line.length >= this.#piece) this.#encode()
    this.#lines += `${line}\n`
    if (this.#isCollecting) return
    this.#isCollecting = true
    if (this.#isBuffered) setTimeout(this.#writeCollected, COLLECTING_TIME)
    else process.nextTick(this.#writeCollected)
  }

  /** Hands all lines to the kernel before it returns. */
  flush(): void {
    if (!this.#isClosed) this.#writeOut()
  }

  /** Opens the plain name anew, after logrotate has moved the file; gives the reason when it cannot be opened. */
  reopen(): string | undefined {
    if (this.#isClosed) return undefined
    this.flush()
    return this.#file.reopen() ? undefined : (this.#file.status().lastError ?? undefined)
  }

  /** Flushes and closes the file. Later lines are still appended, each by itself. */
  close(): void {
    if (this.#isClosed) return
    this.flush()
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#archive.close()
    this.#periods[Symbol.dispose]()
    this.#file.close()
  }

  status(): LogFileStatus {
    return this.#file.status()
  }

  readonly #writeCollected = (): void => {
    this.#isCollecting = false
    this.flush()
  }

  #writeOut(): void {
    this.#look()
    this.#encode()
    this.#append(this.#takeBytes())
  }

  /** Checks the period once a minute: every period begins with one. */
  #look(): void {
    const minute = Math.floor(Date.now() / MINUTE)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#periods.look()
  }

  #encode(): void {
    // A problem with the write may be reported in this very log.
    const lines = this.#lines
    this.#lines = ''
    const size = Buffer.byteLength(lines)
    if (this.#filled + size > this.#bytes.length) this.#append(this.#takeBytes())
    // A single line may be longer than the whole buffer.
    if (size > this.#bytes.length) this.#append(Buffer.from(lines))
    else this.#filled += this.#bytes.write(lines, this.#filled)
  }

  /** Empties the buffer; the bytes are valid until more are collected. */
  #takeBytes(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#filled)
    this.#filled = 0
    return bytes
  }

  #append(bytes: Buffer): void {
    const { size } = this.#file
    if (this.#rotate.kind === 'size' && size > 0 && size + bytes.length > this.#rotate.bytes) this.#finish()
    this.#file.write(bytes)
  }

  /** Gives the current file its dated name, unless it is empty. Period may call this a tick after close. */
  #finish(): void {
    if (this.#isClosed) return
    const now = this.#stamp(Date.now())
    const finished = this.#rotate.kind === 'size' ? now : this.#period
    this.#period = now
    if (this.#file.size === 0) return
    this.#file.rename(() => this.#archive.nextPath(finished))
    this.#archive.tidy()
  }

  #stamp(time: number): string {
    return PERIODS[this.#rotate.kind].stamp(new Date(time))
  }

  /**
   * Ends a period on time also while nothing is logged. The timer is armed anew each minute, so a changed
   * clock misleads it for a minute at most.
   */
  #armTimer(): void {
    this.#timer = setTimeout(
      () => {
        this.#look()
        this.#armTimer()
      },
      MINUTE - (Date.now() % MINUTE),
    ).unref()
  }

  /** A request may end after the reload that closed its log. */
  #writeLate(line: string): void {
    const file = new AppendFile(this.#path, this.#onProblem)
    file.write(Buffer.from(`${line}\n`))
    file.close()
  }
}
