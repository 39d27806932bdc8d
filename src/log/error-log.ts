import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { type Config, LOG_LEVELS, type LogLevel } from '../config/config.ts'
import { escapeLogLine } from '../text/escape.ts'
import type { LogFileStatus } from './append-file.ts'
import { isStderrJournal, journalMark } from './journal.ts'
import { RotatingFile, type Rotation } from './rotating-file.ts'
import { standardStream } from './standard-stream.ts'
import { strftime } from './strftime.ts'

/** The client that a message is about: its address and port. */
interface ErrorLogContext {
  readonly client?: string
}

const COLOURS = {
  emerg: 'red',
  alert: 'red',
  crit: 'red',
  error: 'red',
  warn: 'yellow',
  notice: 'cyan',
  info: 'reset',
  debug: 'gray',
} as const satisfies Record<LogLevel, Parameters<typeof styleText>[0]>

/**
 * Ignores that stderr is closed, as a terminal may be: the file still has everything, and the stream is no
 * longer writable.
 */
const readerHasGone = (): void => {}

const dayAndTime = strftime('%a %b %d %H:%M:%S')

/**
 * The server's messages to its administrator: in a file, in the form of Apache's error log, and in short on
 * stderr, with the priority that systemd's journal reads; with `ErrorLog journal` or `stderr` on stderr alone, and with
 * `stdout` there alone, for both may lead to the same place.
 */
export class ErrorLog {
  readonly #file: RotatingFile | undefined
  readonly #isOnStderr: boolean
  readonly #inJournal: boolean
  readonly #lowest: number
  readonly #stderr: Writable

  /** Throws when the file cannot be opened. */
  constructor(
    { errorLog, logLevel, ...rotation }: Pick<Config, 'errorLog' | 'logLevel'> & Rotation,
    stderr: Writable = process.stderr,
  ) {
    this.#inJournal =
      errorLog.kind === 'journal' || (stderr === process.stderr && isStderrJournal(process.env))
    this.#isOnStderr = errorLog.kind !== 'file' || standardStream(errorLog.path) === undefined
    this.#lowest = LOG_LEVELS.indexOf(logLevel)
    this.#stderr = stderr
    if (!stderr.listeners('error').includes(readerHasGone)) stderr.on('error', readerHasGone)
    if (errorLog.kind === 'file') {
      this.#file = new RotatingFile(errorLog.path, rotation, problem =>
        this.#tell('error', 'log', problem, {}),
      )
    }
  }

  error(module: string, message: string, context: ErrorLogContext = {}): void {
    this.log('error', module, message, context)
  }

  warn(module: string, message: string, context: ErrorLogContext = {}): void {
    this.log('warn', module, message, context)
  }

  notice(module: string, message: string, context: ErrorLogContext = {}): void {
    this.log('notice', module, message, context)
  }

  /** Whether messages of this level are logged. */
  shows(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) <= this.#lowest
  }

  /** Writes one line, whatever the message contains; it is with the kernel when this returns. */
  log(level: LogLevel, module: string, message: string, context: ErrorLogContext = {}): void {
    if (!this.shows(level)) return
    this.#file?.write(fileLine(level, module, message, context))
    // The process may be about to die of what it reports.
    this.#file?.flush()
    if (this.#isOnStderr) this.#tell(level, module, message, context)
  }

  /** Opens the file anew, after logrotate has moved it; gives the reason when it cannot be opened. */
  reopen(): string | undefined {
    return this.#file?.reopen()
  }

  /** Flushes and closes the file. Later messages are still written. */
  close(): void {
    this.#file?.close()
  }

  /** The status of the file; empty where there is none. */
  status(): LogFileStatus[] {
    return this.#file === undefined ? [] : [this.#file.status()]
  }

  #tell(level: LogLevel, module: string, message: string, { client }: ErrorLogContext): void {
    if (!this.#stderr.writable) return
    const about = client === undefined ? '' : ` (client ${client})`
    const text = escapeLogLine(`${module}: ${message}${about}`)
    const mark = this.#inJournal
      ? journalMark(level)
      : `${styleText(COLOURS[level], level, { stream: this.#stderr })}: `
    this.#stderr.write(`${mark}${text}\n`)
  }
}

function fileLine(level: LogLevel, module: string, message: string, { client }: ErrorLogContext): string {
  const now = new Date()
  const microseconds = String(now.getMilliseconds() * 1000).padStart(6, '0')
  const time = `[${dayAndTime(now)}.${microseconds} ${now.getFullYear()}]`
  const about = client === undefined ? '' : `[client ${client}] `
  return escapeLogLine(`${time} [${module}:${level}] [pid ${process.pid}] ${about}${message}`)
}
