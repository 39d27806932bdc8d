import type { DrainOutcome, Remainder, StopOutcome } from '../control/daemon.ts'
import { formatDuration, formatNumberOf, formatTime } from '../text/quantities.ts'
import type { Report } from './report.ts'

const NOBODY_TOLD =
  'Warning: there is no HealthPath in the configuration, by which a balancer would be told\n'

/** @param seconds How long was waited; undefined where nobody wanted to. */
export function reportDrain(outcome: DrainOutcome, seconds: number | undefined): Report {
  const { since, isRepeated, isTold, end, left } = outcome
  const warning = isTold ? '' : NOBODY_TOLD
  const rest = remainder(left)
  switch (end) {
    case undefined: {
      const what = isRepeated ? `Draining already, since ${formatTime(since)}` : 'Draining'
      return { output: `${what}: ${rest}\n`, problems: warning, exitCode: 0 }
    }
    case 'drained':
      return { output: `Drained: ${rest}\n`, problems: warning, exitCode: 0 }
    case 'late':
      return failed(`Not drained within ${formatDuration((seconds ?? 0) * 1_000_000)}: ${rest}`, warning)
    case 'ended early':
      return failed(`Not drained yet: ${rest}; the server goes on draining`, warning)
    case 'taken back':
      return failed('Not drained: it was taken back by "webserverctl undrain"', warning)
    default:
      return end satisfies never
  }
}

export function reportUndrain(wasDraining: boolean): Report {
  const output = wasDraining ? 'Not draining any more\n' : 'It was not draining: nothing has changed\n'
  return { output, problems: '', exitCode: 0 }
}

export function reportStop({ finished, brokenOff }: StopOutcome): Report {
  const requests = finished === 0 ? '' : `, ${formatNumberOf(finished, 'request')} finished`
  const connections = brokenOff === 0 ? '' : `, ${formatNumberOf(brokenOff, 'connection')} broken off`
  return { output: `Stopped${requests}${connections}\n`, problems: '', exitCode: 0 }
}

function remainder({ requests, connections }: Remainder): string {
  return `${formatNumberOf(requests, 'request')} under way, ${formatNumberOf(connections, 'connection')} open`
}

function failed(problem: string, warning: string): Report {
  return { output: '', problems: `${warning}${problem}\n`, exitCode: 1 }
}
