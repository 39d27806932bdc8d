import { InvalidArgumentError } from 'commander'
import { JSONRPCErrorCode, JSONRPCErrorException } from 'json-rpc-2.0'
import { chromeTrace } from './chrome-trace.ts'
import type { Daemon, DaemonStatus, ReloadOutcome, TraceEnd, TraceRecord, TurnList } from './daemon.ts'
import { statusPage } from './status-page.ts'
import { formatDuration, formatNumberOf, printable } from './text.ts'
import { turnsPage } from './turns-page.ts'

/** Seconds. */
const LONGEST_TRACE = 300

/** One row of the table: the method of the daemon, the command of webserverctl and its entry in the manual. */
export interface ControlCommand {
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** A paragraph, for the help of the command. */
  readonly description: string
  readonly arguments?: readonly CommandArgument[]
  readonly options: readonly CommandOption[]
  /** Milliseconds to wait for the reply, or for the next notification. */
  readonly deadline: number
  /** What a person is told once a command has begun that takes its time and ends early with Ctrl-C. */
  readonly notice?: string
  /** What is sent along with the name of the command. */
  params?(options: ChosenOptions): object
  /** What the daemon does; the result crosses the socket as JSON. */
  answer(daemon: Daemon, asked: Asked): unknown
  /** What webserverctl makes of the result, and of what was notified before. */
  report(result: unknown, options: ChosenOptions, terminal: Terminal, heard: readonly unknown[]): Report
}

/** What the daemon is asked, besides the name of the command. */
export interface Asked {
  /** As the client sent it, whoever that is. */
  readonly params: unknown
  /** Tells the client something before the reply; false when it has left so much unread that it must be told no more. */
  notify(report: object): boolean
  /** Aborted when the client wants no more of it. */
  readonly signal: AbortSignal
}

/** As commander declares it: `name` as in `<count>`; `parse` throws what commander is to complain of. */
export interface CommandArgument {
  readonly name: string
  readonly summary: string
  parse(text: string): unknown
}

/**
 * As commander declares it: `flags` as in `--json` or `--lines <count>`. Two mean the same everywhere: with
 * `--follow` the report is renewed until Ctrl-C, with `--output <file>` it goes there.
 */
export interface CommandOption {
  readonly flags: string
  readonly summary: string
  readonly required?: true
}

/** By the name of each argument, and the long name of each option, without brackets and dashes. */
export type ChosenOptions = Readonly<Record<string, unknown>>

/** What a report may know of where it is shown. */
export interface Terminal {
  readonly columns: number
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The text in a style, or as it is where colours are unwelcome. */
  paint(style: Style, text: string): string
}

export type Style = 'bold' | 'green' | 'yellow' | 'red'

/** Whole lines, each with its LF, and the exit code of webserverctl. */
export interface Report {
  readonly output: string
  readonly problems: string
  readonly exitCode: number
}

/** Ties what a command answers to what it reports, which JSON between them keeps as it is. */
function command<Result, Heard = never>(
  row: Omit<ControlCommand, 'answer' | 'report'> & {
    answer(daemon: Daemon, asked: Asked): Result | Promise<Result>
    report(result: Result, options: ChosenOptions, terminal: Terminal, heard: readonly Heard[]): Report
  },
): ControlCommand {
  return {
    ...row,
    report: (result, options, terminal, heard) =>
      row.report(result as Result, options, terminal, heard as readonly Heard[]),
  }
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly ControlCommand[] = [
  command<DaemonStatus>({
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
    answer: daemon => daemon.status(),
    report: (status, options, terminal) =>
      success(options['json'] === true ? asciiJson(status) : statusPage(status, terminal)),
  }),
  command<TurnList>({
    name: 'turns',
    summary: 'show who has the turn, and who waits for it',
    description:
      'Shows the request in service, those that wait for their turn in the order they will have it, and the downloads set aside until their client has taken what it was sent: for how long each has been so, and how much of its response is sent.',
    options: [
      { flags: '-f, --follow', summary: 'show it again and again until Ctrl-C' },
      { flags: '--json', summary: 'print it as JSON; with --follow, one line each time' },
    ],
    deadline: 5000,
    answer: daemon => daemon.turns(),
    report(list, options, terminal) {
      if (options['json'] !== true) return success(turnsPage(list, terminal))
      return success(asciiJson(list, options['follow'] === true ? 0 : 2))
    },
  }),
  command<TraceEnd, readonly TraceRecord[]>({
    name: 'trace',
    summary: 'record the turn for some seconds, to look at as a timeline',
    description:
      'Records when each request enters the queue, is served, is set aside and ends, and writes a timeline for https://ui.perfetto.dev or chrome://tracing: one track for the turn, and one for each connection. It ends early on Ctrl-C, when it has recorded 100,000 events, and when 2 MiB of them have not been read.',
    arguments: [{ name: '<seconds>', summary: 'how long, from 1 to 300', parse: parseSeconds }],
    options: [{ flags: '-o, --output <file>', summary: 'file to write', required: true }],
    deadline: 5000,
    params: ({ seconds }) => ({ seconds }),
    notice: 'Recording; Ctrl-C ends it early',
    answer(daemon, { params, notify, signal }) {
      return daemon.trace(secondsOf(params) * 1000, notify, signal)
    },
    report: (end, options, _terminal, heard) => reportTrace(end, heard.flat(), String(options['output'])),
  }),
  command<ReloadOutcome>({
    name: 'reload',
    summary: 'read the configuration again',
    description:
      'Reads the whole configuration again and puts it in force between two requests. When anything is wrong with it, shows every mistake and leaves the old configuration in force.',
    options: [],
    deadline: 30_000,
    answer: daemon => daemon.reload(),
    report: reportReload,
  }),
  command<null>({
    name: 'reopen',
    summary: 'close the log files and open them again',
    description:
      'Closes the log files and opens them again by their names, for logrotate to call after it has moved them.',
    options: [],
    deadline: 5000,
    answer: daemon => {
      daemon.reopenLogs()
      return null
    },
    report: () => success('Reopened the logs\n'),
  }),
  command<null>({
    name: 'stop',
    summary: 'stop the server when it has served those who wait',
    description:
      'Accepts no more connections, finishes the requests that have arrived, and stops. Returns when the server has stopped.',
    options: [],
    deadline: 90_000,
    answer: async daemon => {
      await daemon.stop()
      return null
    },
    report: () => success('Stopped\n'),
  }),
]

function reportReload(outcome: ReloadOutcome): Report {
  switch (outcome.kind) {
    case 'reloaded':
      if (outcome.changes.length === 0) return success('Reloaded: nothing has changed\n')
      return success(
        `Reloaded: ${formatNumberOf(outcome.changes.length, 'change')}\n${lines(outcome.changes, '  ')}`,
      )
    case 'refused': {
      const count = formatNumberOf(outcome.problems.length, 'mistake')
      const problems = `${lines(outcome.problems)}Not reloaded, ${count}: the old configuration stays in force\n`
      return { output: '', problems, exitCode: 1 }
    }
    default:
      return outcome satisfies never
  }
}

function success(output: string): Report {
  return { output, problems: '', exitCode: 0 }
}

/** A text may have lines of its own: what it points at, with its tabs and with a caret below. */
function lines(texts: readonly string[], indent = ''): string {
  const all = texts.flatMap(text => text.split('\n'))
  return all.map(line => `${indent}${line.split('\t').map(printable).join('\t')}\n`).join('')
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (isTraceTime(seconds)) return seconds
  throw new InvalidArgumentError(`Expected a number of seconds from 1 to ${LONGEST_TRACE}`)
}

/** Whoever speaks to the socket without webserverctl has not been checked yet. */
function secondsOf(params: unknown): number {
  const { seconds } = (params ?? {}) as { readonly seconds?: unknown }
  if (typeof seconds === 'number' && isTraceTime(seconds)) return seconds
  const found = typeof seconds === 'number' ? String(seconds) : typeof seconds
  throw new JSONRPCErrorException(
    `Expected "seconds" from 1 to ${LONGEST_TRACE}, got ${found}`,
    JSONRPCErrorCode.InvalidParams,
  )
}

function isTraceTime(seconds: number): boolean {
  return seconds >= 1 && seconds <= LONGEST_TRACE
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

/** JSON for a program that reads it, and safe on a terminal too. */
function asciiJson(value: object, indent: 0 | 2 = 2): string {
  const json = JSON.stringify(value, null, indent)
  return `${json.replace(/[\u007f-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
