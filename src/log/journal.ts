import { fstatSync } from 'node:fs'
import { LOG_LEVELS, type LogLevel } from '../config/config.ts'

const STDERR = 2

/** Whether stderr leads to systemd's journal: `JOURNAL_STREAM` in systemd.exec(5). */
export function isStderrJournal(environment: NodeJS.ProcessEnv): boolean {
  const { dev, ino } = fstatSync(STDERR)
  return environment['JOURNAL_STREAM'] === `${dev}:${ino}`
}

/** The prefix that tells the journal the level of a line: sd-daemon(3). */
export function journalMark(level: LogLevel): string {
  return `<${LOG_LEVELS.indexOf(level)}>`
}
