import type { Daemon, DaemonStatus, ReloadOutcome } from './daemon.ts'
import { statusPage } from './status-page.ts'
import { formatNumberOf, printable } from './text.ts'

/** One row of the table: the method of the daemon, the command of webserverctl and its entry in the manual. */
export interface ControlCommand {
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** A paragraph, for the help of the command. */
  readonly description: string
  readonly options: readonly CommandOption[]
  /** Milliseconds to wait for the reply. */
  readonly deadline: number
  /** What the daemon does; the result crosses the socket as JSON. */
  answer(daemon: Daemon): unknown
  /** What webserverctl makes of the result. */
  report(result: unknown, options: ChosenOptions, terminal: Terminal): Report
}

/** As commander declares it: `flags` as in `--json` or `--lines <count>`. */
export interface CommandOption {
  readonly flags: string
  readonly summary: string
}

/** By the long name of each option, without its dashes. */
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
  readonly exitCode: 0 | 1
}

/** Ties what a command answers to what it reports, which JSON between them keeps as it is. */
function command<Result>(
  row: Omit<ControlCommand, 'answer' | 'report'> & {
    answer(daemon: Daemon): Result | Promise<Result>
    report(result: Result, options: ChosenOptions, terminal: Terminal): Report
  },
): ControlCommand {
  return { ...row, report: (result, options, terminal) => row.report(result as Result, options, terminal) }
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

/** JSON for a program that reads it, and safe on a terminal too. */
function asciiJson(value: object): string {
  const json = JSON.stringify(value, null, 2)
  return `${json.replace(/[\u007f-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
