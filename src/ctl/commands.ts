import { InvalidArgumentError } from 'commander'
import type { ReloadOutcome } from '../control/daemon.ts'
import {
  isTraceTime,
  isWaitTime,
  LONGEST_TRACE,
  LONGEST_WAIT,
  type MethodName,
  type Result,
} from '../control/methods.ts'
import { asciiJson } from '../text/escape.ts'
import { formatDuration, formatNumberOf } from '../text/quantities.ts'
import { printable } from '../text/terminal.ts'
import type { TraceEnd, TraceRecord } from '../turn/turn-trace.ts'
import { chromeTrace } from './chrome-trace.ts'
import { reportDrain, reportStop, reportUndrain } from './drain-report.ts'
import type { Report, Terminal } from './report.ts'
import { statusPage } from './status-page.ts'
import { turnsPage } from './turns-page.ts'

/** One row of the table: the command of webserverctl and its entry in the manual. */
export interface ControlCommand {
  readonly name: MethodName
  /** One line, for the list of commands. */
  readonly summary: string
  /** A paragraph, for the help of the command. */
  readonly description: string
  readonly arguments?: readonly CommandArgument[]
  readonly options: readonly CommandOption[]
  /** Milliseconds to wait for the reply, or for the next notification. */
  readonly deadline: number
  /** The notice that a long command has begun, and that Ctrl-C ends it early. */
  readonly notice?: string
  /** The parameters that are sent with the name of the command. */
  params?(options: ChosenOptions): object
  /** Reports the result, and the notifications that came before it. */
  report(result: unknown, options: ChosenOptions, terminal: Terminal, heard: readonly unknown[]): Report
}

/**
 * An argument as commander declares it: `name` as in `<count>`; `parse` throws the InvalidArgumentError that
 * commander shows.
 */
export interface CommandArgument {
  readonly name: string
  readonly summary: string
  parse(text: string): unknown
}

/**
 * An option as commander declares it: `flags` as in `--json` or `--lines <count>`. Two mean the same in every
 * command: with `--follow` the report is renewed until Ctrl-C, with `--output <file>` it goes there.
 */
export interface CommandOption {
  readonly flags: string
  readonly summary: string
  readonly required?: true
  /** Throws the InvalidArgumentError that commander shows. */
  parse?(text: string): unknown
  /** The long name, without dashes, of an option that it does not go with. */
  readonly conflicts?: string
}

/** By the name of each argument, and the long name of each option, without brackets and dashes. */
export type ChosenOptions = Readonly<Record<string, unknown>>

/** Types the result of a method for its report, since JSON between them keeps it as it is. */
function command<Name extends MethodName, Heard = never>(
  row: Omit<ControlCommand, 'name' | 'report'> & {
    readonly name: Name
    report(result: Result<Name>, options: ChosenOptions, terminal: Terminal, heard: readonly Heard[]): Report
  },
): ControlCommand {
  return {
    ...row,
    report: (result, options, terminal, heard) =>
      row.report(result as Result<Name>, options, terminal, heard as readonly Heard[]),
  }
}

/** How long a drain is waited for if nothing else is said, in seconds. */
const USUAL_WAIT = 60

/** Every command, in the order of the help. */
export const COMMANDS: readonly ControlCommand[] = [
  command<'status'>({
    name: 'status',
    summary: 'show what the server is doing',
    description:
      'Shows what the server is, what it is serving now and what it has served since its start. It answers at once, also while a long download is in service.',
    options: [
      {
        flags: '--json',
        summary: 'print it as JSON: times in ms since 1970, durations in µs, sizes in bytes',
      },
    ],
    deadline: 5000,
    report: (status, options, terminal) =>
      success(options['json'] === true ? `${asciiJson(status, 2)}\n` : statusPage(status, terminal)),
  }),
  command<'turns'>({
    name: 'turns',
    summary: 'show who has the turn, and who waits for it',
    description:
      'Shows the request in service, those that wait for their turn in the order they will have it, and the downloads set aside until their client has taken what it was sent: for how long each has been so, and how much of its response is sent.',
    options: [
      { flags: '-f, --follow', summary: 'show it again and again until Ctrl-C' },
      { flags: '--json', summary: 'print it as JSON; with --follow, one line each time' },
    ],
    deadline: 5000,
    report(list, options, terminal) {
      if (options['json'] !== true) return success(turnsPage(list, terminal))
      return success(`${asciiJson(list, options['follow'] === true ? 0 : 2)}\n`)
    },
  }),
  command<'trace', readonly TraceRecord[]>({
    name: 'trace',
    summary: 'record the turn for some seconds, to look at as a timeline',
    description:
      'Records when each request enters the queue, is served, is set aside and ends, and writes a timeline for https://ui.perfetto.dev or chrome://tracing: one track for the turn, and one for each connection. It ends early on Ctrl-C, when it has recorded 100,000 events, and when 2 MiB of them have not been read.',
    arguments: [{ name: '<seconds>', summary: 'how long, from 1 to 300', parse: parseSeconds }],
    options: [{ flags: '-o, --output <file>', summary: 'file to write', required: true }],
    deadline: 5000,
    params: ({ seconds }) => ({ seconds }),
    notice: 'Recording; Ctrl-C ends it early',
    report: (end, options, _terminal, heard) => reportTrace(end, heard.flat(), String(options['output'])),
  }),
  command<'reload'>({
    name: 'reload',
    summary: 'read the configuration again',
    description:
      'Reads the whole configuration again and puts it in force between two requests. When anything is wrong with it, shows every mistake and leaves the old configuration in force.',
    options: [],
    deadline: 30_000,
    report: reportReload,
  }),
  command<'reopen'>({
    name: 'reopen',
    summary: 'close the log files and open them again',
    description:
      'Closes the log files and opens them again by their names, for logrotate to call after it has moved them.',
    options: [],
    deadline: 5000,
    report: reportReopen,
  }),
  command<'drain'>({
    name: 'drain',
    summary: 'have a balancer send nothing more, and go on serving',
    description:
      'Has HealthPath answer 503 at once, so that a balancer sends nothing more. The server goes on listening and serving, also through a reload, until it is stopped or undrain takes it back; each connection ends with its next response. Asked for once more it changes nothing.',
    options: [
      {
        flags: '--wait [seconds]',
        summary: `return when no request is under way and no connection is open, or fail after so long: 0 to ${LONGEST_WAIT}, by default ${USUAL_WAIT}`,
        parse: parseWait,
      },
    ],
    deadline: 5000,
    params: options => ({ wait: waitIn(options) }),
    notice: 'Draining; Ctrl-C ends the waiting, and not the draining',
    report: (outcome, options) => reportDrain(outcome, waitIn(options)),
  }),
  command<'undrain'>({
    name: 'undrain',
    summary: 'take back what drain has asked for',
    description:
      'Has HealthPath answer 200 again, and connections go on after a response. Where nothing is to be taken back it changes nothing.',
    options: [],
    deadline: 5000,
    report: reportUndrain,
  }),
  command<'stop'>({
    name: 'stop',
    summary: 'stop the server when it has served those who wait',
    description:
      'Accepts no more connections, finishes the requests that have arrived, and stops. Returns when the server has stopped, and tells how many requests were finished and how many connections broken off meanwhile.',
    options: [],
    deadline: 90_000,
    report: reportStop,
  }),
]

function reportReload(outcome: ReloadOutcome): Report {
  switch (outcome.kind) {
    case 'reloaded':
      return {
        output: reloaded(outcome.changes),
        problems: lines(outcome.warnings.map(warning => `Warning: ${warning}`)),
        exitCode: 0,
      }
    case 'refused': {
      const count = formatNumberOf(outcome.problems.length, 'mistake')
      const problems = `${lines(outcome.problems)}Not reloaded, ${count}: the old configuration stays in force\n`
      return { output: '', problems, exitCode: 1 }
    }
    default:
      return outcome satisfies never
  }
}

function reportReopen(problems: readonly string[]): Report {
  if (problems.length === 0) return success('Reopened the logs\n')
  const what =
    problems.length === 1
      ? '1 log, which goes on in the file that is'
      : `${problems.length} logs, which go on in the files that are`
  const goOn = `Not reopened: ${what} open\n`
  return { output: '', problems: `${lines(problems)}${goOn}`, exitCode: 1 }
}

function reloaded(changes: readonly string[]): string {
  if (changes.length === 0) return 'Reloaded: nothing has changed\n'
  return `Reloaded: ${formatNumberOf(changes.length, 'change')}\n${lines(changes, '  ')}`
}

function success(output: string): Report {
  return { output, problems: '', exitCode: 0 }
}

/** Whole lines of texts that may have several: a message, the line it points at with its tabs, and a caret below. */
function lines(texts: readonly string[], indent = ''): string {
  const all = texts.flatMap(text => text.split('\n'))
  return all.map(line => `${indent}${line.split('\t').map(printable).join('\t')}\n`).join('')
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (isTraceTime(seconds)) return seconds
  throw new InvalidArgumentError(`Expected a number of seconds from 1 to ${LONGEST_TRACE}`)
}

function parseWait(text: string): number {
  const seconds = Number(text)
  if (/^\d/.test(text) && isWaitTime(seconds)) return seconds
  throw new InvalidArgumentError(`Expected a number of seconds from 0 to ${LONGEST_WAIT}`)
}

/** Seconds; undefined where nobody is to wait. */
function waitIn({ wait }: ChosenOptions): number | undefined {
  return wait === true ? USUAL_WAIT : typeof wait === 'number' ? wait : undefined
}

const TRACE_ENDINGS: Readonly<Record<TraceEnd['reason'], string>> = {
  over: '',
  'ended early': '',
  full: ', and then it was full',
  unread: ', and then too much of it was unread: record it where there is more time',
}

function reportTrace(end: TraceEnd, records: readonly TraceRecord[], file: string): Report {
  const requests = formatNumberOf(records.filter(({ kind }) => kind === 'request').length, 'request')
  const time = formatDuration(end.duration)
  const ending = TRACE_ENDINGS[end.reason]
  return {
    output: `${chromeTrace(records, end.duration)}\n`,
    problems: `Recorded ${requests} in ${time} to "${printable(file)}"${ending}\n`,
    exitCode: 0,
  }
}
