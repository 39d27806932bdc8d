import { type Stats, statSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { defaultConfigFile, loadConfig } from '../config/load.ts'
import { ConfigError, formatProblemWithSource } from '../config/problem.ts'
import { codeOf } from '../errors.ts'
import { AUTO, MediaTypes } from '../files/media-types.ts'
import { INSIDE, RootFolder } from '../files/root-folder.ts'
import { precompress } from './precompress.ts'
import { ProgressReport } from './progress-report.ts'

const DONE = 0
const FAILED = 1
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * `webserverctl precompress`, from its arguments to its exit code: 128 and the number of the signal when one has
 * ended it.
 *
 * @param folder When not given, it is the DocumentRoot of the configuration.
 * @param configFile When not given, it is read only for want of a folder.
 */
export async function precompressFolder(
  folder: string | undefined,
  configFile: string | undefined,
): Promise<number> {
  const config =
    folder === undefined || configFile !== undefined ? load(configFile ?? defaultConfigFile()) : undefined
  if (typeof config === 'string') return fail(config)
  const path = resolve(folder ?? config?.documentRoot ?? '')
  if (statOf(path)?.isDirectory() !== true) return fail(`Expected a folder, got "${path}": name another`)

  // A server on the same machine goes first.
  setPriority(constants.priority.PRIORITY_LOW)
  const interruption = new AbortController()
  for (const signal of SIGNALS) process.once(signal, () => interruption.abort(signal))
  const report = new ProgressReport(process.stdout, process.stderr, () => performance.now())
  using root = new RootFolder(path, config?.followSymLinks === false ? 'none' : INSIDE)
  await precompress(root, mediaTypesOf(config), report, interruption.signal)
  report.summarize(interruption.signal.aborted)
  if (interruption.signal.aborted) return 128 + signalNumber(interruption.signal.reason)
  return report.hasFailures ? FAILED : DONE
}

/** Loads a configuration, or returns what is wrong with it. */
function load(file: string): Config | string {
  try {
    return loadConfig(file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const problems = error.problems.map(formatProblemWithSource)
    return [...problems, 'Mend the configuration, or name the folder to precompress'].join('\n')
  }
}

function mediaTypesOf(config: Config | undefined): MediaTypes {
  if (config === undefined) {
    return new MediaTypes({ types: new Map(), charsets: new Map(), defaultType: AUTO, textCharset: AUTO })
  }
  const { addType, addCharset, defaultType, addDefaultCharset } = config
  return new MediaTypes({ types: addType, charsets: addCharset, defaultType, textCharset: addDefaultCharset })
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EACCES' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG')
      return undefined
    throw error
  }
}

function signalNumber(signal: (typeof SIGNALS)[number]): number {
  return constants.signals[signal]
}

function fail(problem: string): number {
  process.stderr.write(`${problem}\n`)
  return FAILED
}
