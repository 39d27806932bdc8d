import { ConfigError, formatProblemWithSource } from './config/problem.ts'
import { isStderrJournal, journalMark } from './log/journal.ts'

/** Mistakes of the configuration with their lines, anything else in one line. */
export function startFailure(error: Error): string {
  if (!(error instanceof ConfigError)) return `webserver: ${error.message}`
  return error.problems.map(formatProblemWithSource).join('\n')
}

/** Whole lines for stderr, where the journal shows each as the error it is. */
export function stderrLines(text: string): string {
  const mark = isStderrJournal(process.env) ? journalMark('error') : ''
  return text
    .split('\n')
    .map(line => `${mark}${line}\n`)
    .join('')
}
