import { lstatSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { instanceAt } from '../config/instance.ts'
import { codeOf } from '../errors.ts'
import type { UsableSocket } from './find-socket.ts'
import type { Report, Terminal } from './report.ts'

/** A server that shares its configuration with others. */
export interface Instance {
  /** Undefined for one without a name. */
  readonly name: string | undefined
  readonly socket: UsableSocket
}

/** A report and whose it is. */
export interface InstanceReport {
  readonly instance: Instance
  readonly report: Report
}

const byNumber = new Intl.Collator('en', { numeric: true })

/**
 * The servers whose control sockets stand beside that of the configuration, and the one without a name first; also
 * those that have died, whose sockets are still there.
 *
 * @param plain The socket of a server without a name.
 */
export function findInstances(plain: UsableSocket): readonly Instance[] {
  const folder = dirname(plain.path)
  const named = namesIn(folder)
    .toSorted(byNumber.compare)
    .flatMap((file): Instance[] => {
      const path = join(folder, file)
      const name = instanceAt(path, plain.path)
      return name === undefined || !isSocket(path) ? [] : [{ name, socket: { ...plain, path } }]
    })
  return isSocket(plain.path) ? [{ name: undefined, socket: plain }, ...named] : named
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error))) return []
    throw error
  }
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true
  } catch (error) {
    if (['ENOTDIR', 'EACCES'].includes(codeOf(error))) return false
    throw error
  }
}

/**
 * The reports of several servers as one: outputs below each other, each under the name of its server or, where they are for
 * programs, as they are; problems with that name before them. The exit code is that of the first that has failed.
 */
export function joinReports(
  reports: readonly InstanceReport[],
  isForPrograms: boolean,
  terminal: Terminal,
): Report {
  const outputs = reports.flatMap(({ instance, report: { output } }) =>
    output === '' || isForPrograms ? output : `${terminal.paint('bold', unitOf(instance))}\n${output}`,
  )
  const problems = reports.flatMap(({ instance, report }) =>
    linesOf(report.problems).map(line => `${unitOf(instance)}: ${line}`),
  )
  return {
    output: outputs.filter(output => output !== '').join(isForPrograms ? '' : '\n'),
    problems: problems.join(''),
    exitCode: reports.find(({ report }) => report.exitCode !== 0)?.report.exitCode ?? 0,
  }
}

/** Whole lines, each with its LF. */
function linesOf(text: string): readonly string[] {
  return text.split(/(?<=\n)/).filter(line => line !== '')
}

/** As systemd calls it. */
function unitOf({ name }: Instance): string {
  return name === undefined ? 'webserver' : `webserver@${name}`
}
