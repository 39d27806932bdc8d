import type { ExchangeRecord } from '../exchange/exchange-record.ts'
import type { ErrorLog } from '../log/error-log.ts'
import type { Reason } from '../site/reason.ts'
import { wordsFor } from '../site/reason-words.ts'
import { decodeUtf8 } from '../text/readable-text.ts'
import { accessLine } from './access-report.ts'
import { WarningThrottle } from './warning-throttle.ts'

type Level = 'error' | 'warn' | 'info' | 'debug'

/**
 * How grave a reason is: what the administrator may have to mend is a warning, what is wrong with a request information.
 * These are told at most once a minute of each kind.
 */
const LEVELS: Readonly<Record<Reason['kind'], Level | undefined>> = {
  refused: 'info',
  directive: 'debug',
  host: 'debug',
  method: 'debug',
  // It is no traffic, and comes every few seconds.
  health: undefined,
  'no path': 'debug',
  hidden: 'debug',
  found: undefined,
  'no slash': undefined,
  listed: undefined,
  'no index': 'warn',
  missing: 'debug',
  forbidden: 'warn',
  condition: 'debug',
  range: 'debug',
  listing: 'warn',
  denied: 'error',
  'no credentials': 'debug',
  'another scheme': 'error',
  'wrong password': 'error',
  'unknown user': 'error',
  unauthorized: 'error',
  'passwords busy': 'warn',
  unjudged: 'error',
  // A fault is logged when it happens.
  fault: undefined,
}

/** Tells the error log why requests are answered with errors. */
export class AnswerReport {
  readonly #throttle: WarningThrottle<string>

  /** @param now Milliseconds on a clock that never goes back. */
  constructor(now: () => number) {
    this.#throttle = new WarningThrottle(now)
  }

  report(record: ExchangeRecord, errorLog: ErrorLog): void {
    const { because, status } = record
    if (because === undefined || status < 400) return
    const level = LEVELS[because.kind]
    if (level === undefined || !errorLog.shows(level)) return
    const line = accessLine(because, record)
    // Each of them, for whoever counts them to keep somebody out.
    if (line !== undefined)
      return errorLog.log(level, line.module, line.message, { client: record.remoteAddress })
    const tell = (addition: string) => {
      const words = `${status} for "${decodeUtf8(record.requestLine)}": ${wordsFor(because, record.requestedFilename)}`
      errorLog.log(level, 'core', words + addition, { client: record.remoteAddress })
    }
    if (level === 'debug') tell('')
    else this.#throttle.tell(`${status} ${subjectOf(because)}`, tell)
  }
}

function subjectOf(reason: Reason): string {
  return reason.kind === 'forbidden' ? reason.why : reason.kind
}
