import type { ExchangeRecord } from '../exchange/exchange-record.ts'
import type { ErrorLog } from '../log/error-log.ts'
import type { Reason } from '../site/reason.ts'
import { wordsFor } from '../site/reason-words.ts'
import { WarningThrottle } from './warning-throttle.ts'

/** The level at which a reason is logged: a warning, at most once a minute, where the server's side may be at fault. */
const LEVELS: Readonly<Record<Reason['kind'], 'warn' | 'debug' | undefined>> = {
  refused: 'debug',
  directive: 'debug',
  method: 'debug',
  'no path': 'debug',
  hidden: 'debug',
  found: undefined,
  'no slash': undefined,
  listed: undefined,
  'no index': 'debug',
  missing: 'debug',
  forbidden: 'warn',
  condition: 'debug',
  range: 'debug',
  listing: 'warn',
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
    if (level === 'warn' && !this.#throttle.isDue(subjectOf(because))) return
    const words = wordsFor(because, record.filename)
    const client = record.remoteAddress
    errorLog.log(level, 'core', `${status} for "${record.requestLine}": ${words}`, { client })
  }
}

function subjectOf(reason: Reason): string {
  return reason.kind === 'forbidden' ? reason.why : reason.kind
}
