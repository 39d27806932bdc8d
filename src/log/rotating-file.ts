import { MESSAGE } from 'triple-beam'
import winston from 'winston'
import DailyRotateFile from 'winston-daily-rotate-file'
import type { Config, LogRotate } from '../config/config.ts'
import { AppendFile, type LogFileStatus } from './append-file.ts'
import { Archive } from './archive.ts'
import { strftime } from './strftime.ts'

/** When a file is finished, and what becomes of it then. */
export type Rotation = Pick<Config, 'logRotate' | 'logKeep' | 'logCompress'>

/** The pattern that tells winston-daily-rotate-file when a new period begins, and how we write a period. */
const PERIODS = {
  daily: { pattern: 'YYYY-MM-DD', stamp: strftime('%Y-%m-%d') },
  hourly: { pattern: 'YYYY-MM-DD-HH', stamp: strftime('%Y-%m-%d-%H') },
  size: { pattern: '[never]', stamp: strftime('%Y-%m-%d') },
} as const satisfies Record<LogRotate['kind'], { pattern: string; stamp: (date: Date) => string }>

/** So many characters become bytes at a time: few enough to be in the processor's cache still. */
const PIECE = 4 * 1024
/** Bytes that are collected at the most, besides. */
const MOST_COLLECTED = 256 * 1024 - PIECE
/** How long lines are collected once some were written, in milliseconds. */
const COLLECTING_TIME = 10
const MINUTE = 60_000
/** What winston is given for lines. */
const MARK = '\n'

/**
 * A log whose current file always has the plain name. Finished files carry their date.
 *
 * winston carries the lines and winston-daily-rotate-file says when a period is over. What touches the disk
 * stands behind it: left to itself it loses lines on a full disk, on exit and when its file is moved, forgets
 * its old files when its audit file is damaged, and counts a file's size from zero after each start. And since
 * what passes through its streams is copied three times, the lines wait here and a mark goes for them.
 */
export class RotatingFile {
  readonly #path: string
  readonly #rotate: LogRotate
  readonly #onProblem: (message: string) => void
  readonly #piece: number
  readonly #file: AppendFile
  readonly #archive: Archive
  readonly #logger: winston.Logger
  /** Lines that wait to be written: to winston one message is as much work as a hundred lines. */
  readonly #bytes: Buffer
  #filled = 0
  /** The last of them, which are not bytes yet. */
  #lines = ''
  /** Whether what is collected will be handed over by and by. */
  #isCollecting = false
  #period: string
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** Throws when the file cannot be opened. Problems after that are told to `onProblem`, once each. */
  constructor(path: string, rotation: Rotation, onProblem: (message: string) => void) {
    this.#path = path
    this.#rotate = rotation.logRotate
    const most = this.#rotate.kind === 'size' ? Math.min(MOST_COLLECTED, this.#rotate.bytes) : MOST_COLLECTED
    this.#piece = Math.min(PIECE, most)
    this.#bytes = Buffer.allocUnsafeSlow(most)
    this.#onProblem = onProblem
    this.#file = new AppendFile(path, onProblem)
    this.#archive = new Archive(path, rotation.logKeep, rotation.logCompress, onProblem)
    this.#logger = this.#createLogger()

    this.#period = this.#stamp(this.#file.size > 0 ? this.#file.modified : Date.now())
    if (this.#rotate.kind !== 'size' && this.#period !== this.#stamp(Date.now())) this.#finish()
    this.#archive.tidy()
    this.#armTimer()
  }

  /**
   * Takes one line, without its line end. After a rest it is handed on in the next round of the event loop, otherwise
   * within 10 ms.
   */
  write(line: string): void {
    if (this.#isClosed) {
      this.#writeLate(line)
      return
    }
    if (this.#lines.length + line.length >= this.#piece) this.#encode()
    this.#lines += `${line}\n`
    if (!this.#isCollecting) setImmediate(this.#handOverCollected)
    this.#isCollecting = true
  }

  /** What was written before is with the kernel when this returns. */
  flush(): void {
    if (this.#isClosed) return
    this.#handOver()
    this.#writeOut()
  }

  /** Opens the plain name anew, after logrotate has moved the file. */
  reopen(): void {
    if (this.#isClosed) return
    this.flush()
    this.#file.reopen()
  }

  /** Flushes and lets go of the file. Lines that come later are still appended, each by itself. */
  close(): void {
    if (this.#isClosed) return
    this.flush()
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#archive.close()
    this.#logger.close()
    this.#file.close()
  }

  status(): LogFileStatus {
    return this.#file.status()
  }

  #createLogger(): winston.Logger {
    const transport = new DailyRotateFile({
      // The names it makes up are never used. This one passes its checks, and its folder exists.
      filename: '/log',
      datePattern: PERIODS[this.#rotate.kind].pattern,
      eol: '',
      options: { fs: this.#asFileSystem() },
    })
    const logger = winston.createLogger({ format: winston.format(info => info)(), transports: [transport] })
    const emitters: NodeJS.EventEmitter[] = [transport.logStream, transport, logger]
    for (const emitter of emitters) {
      emitter.on('error', error => this.#onProblem(`Cannot log to ${JSON.stringify(this.#path)}: ${error}`))
    }
    return logger
  }

  /** What winston's streams write to: it never fails, and opening the next file finishes the one before. */
  #asFileSystem() {
    let isFirst = true
    return {
      open: (
        _path: string,
        _flags: string,
        _mode: number,
        done: (error: null, descriptor: number) => void,
      ) => {
        if (!isFirst) this.#finish()
        isFirst = false
        done(null, 0)
      },
      write: (
        _descriptor: number,
        mark: Buffer,
        _offset: number,
        _length: number,
        _position: number | undefined,
        done: (error: null, written: number) => void,
      ) => {
        if (!this.#isClosed) this.#writeOut()
        done(null, mark.length)
      },
      close: (_descriptor: number, done: (error: null) => void) => done(null),
    }
  }

  readonly #handOverCollected = (): void => {
    this.#isCollecting = this.#lines !== '' && !this.#isClosed
    if (!this.#isCollecting) return
    this.#handOver()
    setTimeout(this.#handOverCollected, COLLECTING_TIME)
  }

  /** Lets winston look at the clock; when the mark comes out of it, what has been collected by then is written. */
  #handOver(): void {
    this.#logger.write({ level: 'info', message: MARK, [MESSAGE]: MARK })
  }

  #writeOut(): void {
    this.#encode()
    this.#append(this.#takeBytes())
  }

  #encode(): void {
    // What goes wrong while bytes are written may be told in this very log.
    const lines = this.#lines
    this.#lines = ''
    const size = Buffer.byteLength(lines)
    if (this.#filled + size > this.#bytes.length) this.#append(this.#takeBytes())
    // One long line may be more than there ever is room for.
    if (size > this.#bytes.length) this.#append(Buffer.from(lines))
    else this.#filled += this.#bytes.write(lines, this.#filled)
  }

  /** What is there of them; valid until more are collected. */
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

  /** Gives the current file its dated name, unless nothing is in it. Winston may ask for it a tick after close. */
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
   * A period that ends on an idle server ends on time too: handing over nothing makes winston look at the clock.
   * Every minute is armed anew, so a clock that was changed misleads it for a minute at most.
   */
  #armTimer(): void {
    this.#timer = setTimeout(
      () => {
        this.#handOver()
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
