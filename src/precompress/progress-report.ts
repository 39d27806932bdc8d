import { CONTENT_CODINGS, type ContentCoding } from '../http/encoding.ts'
import { formatCount, formatNumberOf, formatSize } from '../text/quantities.ts'
import { decodeUtf8 } from '../text/readable-text.ts'
import { printable, tableLines } from '../text/terminal.ts'
import type { PrecompressObserver, PrecompressOutcome } from './precompress.ts'

/** A stream for text; on a terminal a line can be drawn again. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** How often the bar is drawn, at the most, in milliseconds. */
const REDRAW_INTERVAL = 100
const BAR_WIDTH = 24
/** Returns to the first column and clears the line. */
const CLEAR_LINE = '\r\x1b[K'

interface Tally {
  files: number
  before: number
  after: number
}

/**
 * Shows how precompressing goes: with a bar if `problems` is a terminal, else with a line for each file that
 * gets sidecars; then with a summary.
 */
export class ProgressReport implements PrecompressObserver {
  readonly #output: ProgressStream
  readonly #problems: ProgressStream
  readonly #now: () => number
  readonly #counts: Record<PrecompressOutcome['kind'], number> = {
    written: 0,
    'up to date': 0,
    'gains nothing': 0,
    skipped: 0,
    failed: 0,
  }
  readonly #tallies = new Map<ContentCoding, Tally>()
  #files = 0
  #bytes = 0
  #advanced = 0
  #drawnAt = Number.NEGATIVE_INFINITY

  /** @param now Milliseconds on a clock that never goes back. */
  constructor(output: ProgressStream, problems: ProgressStream, now: () => number) {
    this.#output = output
    this.#problems = problems
    this.#now = now
  }

  get hasFailures(): boolean {
    return this.#counts.failed > 0
  }

  planned(files: number, bytes: number): void {
    this.#files = files
    this.#bytes = bytes
  }

  advanced(bytes: number): void {
    this.#advanced += bytes
    if (this.#problems.isTTY !== true || this.#now() - this.#drawnAt < REDRAW_INTERVAL) return
    this.#drawnAt = this.#now()
    this.#problems.write(CLEAR_LINE + this.#bar())
  }

  finished(path: string, size: number, outcome: PrecompressOutcome): void {
    this.#counts[outcome.kind]++
    switch (outcome.kind) {
      case 'written':
        return this.#count(path, size, outcome.sidecars)
      case 'failed':
        this.#clearBar()
        this.#problems.write(`Cannot precompress "${readable(path)}": ${printable(outcome.reason)}\n`)
        return
      default:
        return
    }
  }

  /** @param interrupted Whether the work was ended before its end. */
  summarize(interrupted: boolean): void {
    this.#clearBar()
    const rows = [...this.#tallies].map(([coding, { files, before, after }]) => {
      const share = Math.round((after / before) * 100)
      const sizes = `${formatSize(before)} became ${formatSize(after)} (${share} %)`
      return [coding, `${formatNumberOf(files, 'file')}: ${sizes}`]
    })
    for (const line of tableLines(rows)) this.#output.write(`${line}\n`)
    const { written, skipped, failed } = this.#counts
    const parts = [
      `${formatNumberOf(written, 'file')} precompressed`,
      `${formatCount(this.#counts['up to date'])} up to date`,
      `${formatCount(this.#counts['gains nothing'])} without gain`,
      ...(skipped > 0 ? [`${formatCount(skipped)} skipped (unreadable, or a link to the outside)`] : []),
      ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ]
    this.#output.write(`${parts.join(', ')}${interrupted ? '; interrupted' : ''}\n`)
  }

  #count(path: string, size: number, sidecars: Partial<Record<ContentCoding, number>>): void {
    const sizes: string[] = []
    for (const coding of CONTENT_CODINGS) {
      const encoded = sidecars[coding]
      if (encoded === undefined) continue
      sizes.push(`${coding} ${formatSize(encoded)}`)
      const tally = this.#tallies.get(coding) ?? { files: 0, before: 0, after: 0 }
      tally.files++
      tally.before += size
      tally.after += encoded
      this.#tallies.set(coding, tally)
    }
    if (this.#problems.isTTY === true) return
    this.#output.write(`${readable(path)}: ${formatSize(size)}, ${sizes.join(', ')}\n`)
  }

  #bar(): string {
    const part = this.#bytes === 0 ? 1 : Math.min(1, this.#advanced / this.#bytes)
    const full = Math.floor(part * BAR_WIDTH)
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
    const done = Object.values(this.#counts).reduce((sum, count) => sum + count, 0)
    const files = `${formatCount(done)} of ${formatNumberOf(this.#files, 'file')}`
    const line = `${bar} ${Math.floor(part * 100)} %, ${files}, ${formatSize(this.#advanced)}`
    return line.slice(0, (this.#problems.columns || 80) - 1)
  }

  #clearBar(): void {
    if (this.#problems.isTTY === true) this.#problems.write(CLEAR_LINE)
  }
}

/** A path below the folder as a person reads it. */
function readable(path: string): string {
  return printable(decodeUtf8(path.slice(1)))
}
