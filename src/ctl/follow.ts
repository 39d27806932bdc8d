import { setInterval } from 'node:timers/promises'
import { reasonOf } from '../errors.ts'
import type { Report } from './report.ts'
import { Screen, type ScreenTerminal } from './screen.ts'

/** How often a new report is made, in milliseconds. */
const INTERVAL = 500

/** The part of process.stdout that is needed here. */
export interface Output extends ScreenTerminal {
  readonly isTTY: boolean
  once(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
}

/**
 * Shows one report after another: on a terminal in the place of the one before, otherwise below it.
 *
 * @returns The first report of a failure, which is not shown, or of why no more can be shown; undefined when it was
 * ended by `signal`, or nobody reads any more.
 */
export async function follow(
  look: () => Promise<Report>,
  output: Output,
  signal: AbortSignal,
): Promise<Report | undefined> {
  const unread = new AbortController()
  let failure: Report | undefined
  output.once('error', error => {
    if (error.code !== 'EPIPE')
      failure = { output: '', problems: `Cannot write to standard output: ${reasonOf(error)}\n`, exitCode: 1 }
    unread.abort()
  })
  const ended = AbortSignal.any([signal, unread.signal])
  using screen = output.isTTY ? new Screen(output) : undefined
  try {
    for await (const _ of startingNow(setInterval(INTERVAL, undefined, { signal: ended }))) {
      const report = await look()
      if (report.exitCode !== 0) return report
      if (screen === undefined) output.write(report.output)
      else screen.draw(report.output)
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
  }
  return failure
}

/** An interval that begins at once. */
async function* startingNow(interval: AsyncIterable<void>): AsyncGenerator<void> {
  yield
  yield* interval
}
