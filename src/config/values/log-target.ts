import type { Arguments } from '../arguments.ts'
import type { ErrorLogTarget, LogKeep, LogRotate } from '../config.ts'
import { standardStreamPath } from './log-file.ts'
import { type LogFormat, parseLogFormat } from './log-format.ts'
import { didYouMean, enumerate, integer, oneOf, size, text } from './values.ts'

export function takeErrorLog(args: Arguments): ErrorLogTarget {
  if (args.takeIf(/^journal$/i)) return { kind: 'journal' }
  if (args.takeIf(/^syslog(?::|$)/i)) throw args.mistake('Expected a file or journal, got syslog')
  if (args.takeIf(/^(?:off|none)$/i))
    throw args.mistake(
      'Expected a file, journal, stderr or stdout, got off: write "LogLevel emerg" for the least',
    )
  const path = takeLogFile(args)
  return path === '/dev/stderr' ? { kind: 'stderr' } : { kind: 'file', path }
}

/** A file, or a standard stream by any of its names; its path. */
export function takeLogFile(args: Arguments): string {
  const stream = args.takeMeaning(standardStreamPath)
  return stream ?? args.takePath('file to write')
}

export function takeLogFormat(args: Arguments, formats: ReadonlyMap<string, LogFormat>): LogFormat {
  const names = [...formats.keys()]
  const expected = `a format or a name such as ${enumerate(names)}`
  const word = args.take(text(expected))
  const named = formats.get(word)
  if (named !== undefined) return named
  if (word.includes('%')) return readLogFormat(args, word)
  throw args.mistake(`Expected ${expected}, got ${JSON.stringify(word)}${didYouMean(word, names)}`)
}

export function readLogFormat(args: Arguments, format: string): LogFormat {
  const read = parseLogFormat(format)
  if (read.kind === 'mistake') throw args.mistake(read.message, read.offset)
  return read
}

export function takeLogRotate(args: Arguments): LogRotate {
  const kind = args.take(oneOf(['daily', 'hourly', 'size']))
  return kind === 'size' ? { kind, bytes: args.take(size('4K', '1T')) } : { kind }
}

export function takeLogKeep(args: Arguments): LogKeep {
  const count = args.take(integer(1, 100_000))
  return { kind: args.take(oneOf(['files', 'days'])), count }
}
