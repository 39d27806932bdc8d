import { MESSAGE } from 'triple-beam'
import winston from 'winston'
import DailyRotateFile from 'winston-daily-rotate-file'

/** A file system that discards what winston writes. */
const NOWHERE = {
  open: (_path: string, _flags: string, _mode: number, done: (error: null, descriptor: number) => void) =>
    done(null, 0),
  write: (
    _descriptor: number,
    bytes: Buffer,
    _offset: number,
    _length: number,
    _position: number | undefined,
    done: (error: null, written: number) => void,
  ) => done(null, bytes.length),
  close: (_descriptor: number, done: (error: null) => void) => done(null),
}
/** The record that winston is given to write. */
const NOTHING = { level: 'info', message: '', [MESSAGE]: '' }

/**
 * Tells when a period of a log is over. winston-daily-rotate-file knows, whenever winston hands something on to it; the
 * log itself is written by somebody else: what passes through their streams is copied three times, is lost when the
 * process ends or the disk is full, and stays in a file that was moved away.
 */
export class Period implements Disposable {
  readonly #logger: winston.Logger

  /**
   * @param pattern As Moment.js has it, which the rotator takes.
   * @param over Called by {@link look} when a period is over that was not at the look before.
   * @param onProblem Is told what goes wrong in winston.
   */
  constructor(pattern: string, over: () => void, onProblem: (error: unknown) => void) {
    const rotator = new DailyRotateFile({
      // The names it makes up are never used. This one passes its checks, and its folder exists.
      filename: '/log',
      datePattern: pattern,
      eol: '',
      options: { fs: NOWHERE },
    })
    rotator.on('rotate', over)
    this.#logger = winston.createLogger({ format: winston.format(info => info)(), transports: [rotator] })
    const emitters: NodeJS.EventEmitter[] = [rotator.logStream, rotator, this.#logger]
    for (const emitter of emitters) emitter.on('error', onProblem)
  }

  /** Looks at the clock. */
  look(): void {
    this.#logger.write(NOTHING)
  }

  [Symbol.dispose](): void {
    this.#logger.close()
  }
}
