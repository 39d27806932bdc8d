import { visible } from '../text/readable-text.ts'

/** Where something stands in a configuration file; line and column count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
  /** The text of that line, to show it. */
  readonly source: string
}

/** One mistake of the administrator. Without a place it concerns the file, or a default that cannot be used. */
export interface Problem {
  /** As it was named by whoever asked for it, so that a relative name stays relative. */
  readonly file: string
  readonly place: Place | undefined
  readonly message: string
}

/** Thrown with every mistake of a configuration, in the order of its files and lines. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** One line without its end, as in `etc/webserver.conf:2:9: Expected On or Off, got "Onn": KeepAlive On|Off`. */
export function formatProblem(problem: Problem): string {
  return `${formatLocation(problem.file, problem.place)}: ${problem.message}`
}

/** The line of {@link formatProblem}, and below it the line of the file with a caret under the column. */
export function formatProblemWithSource(problem: Problem): string {
  if (problem.place === undefined) return formatProblem(problem)

  const { source, column } = problem.place
  // A tab stays a tab and a surrogate pair counts once, so that the caret stands where the eye expects it.
  const indent = source.slice(0, column - 1).replaceAll(/[^\t]/gu, ' ')
  return `${formatProblem(problem)}\n  ${source.split('\t').map(visible).join('\t')}\n  ${indent}^`
}

/** As in `etc/webserver.conf:2:9`. */
export function formatLocation(file: string, place: Place | undefined): string {
  return place === undefined ? file : `${file}:${place.line}:${place.column}`
}
