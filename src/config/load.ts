import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Config } from './config.ts'
import { checkPaths, stateOf } from './disk.ts'
import { checkIdentities } from './identities.ts'
import { interpret, type Surroundings } from './interpret.ts'
import { ConfigError, type Problem } from './problem.ts'
import type { Statement, Syntax } from './statement.ts'
import { parseSyntax } from './syntax.ts'

/** Undefined in the binary of the packages, whose modules are no files. */
const CHECKOUT_FILE: string | undefined =
  import.meta.dirname && join(import.meta.dirname, '../../etc/webserver.conf')
const SYSTEM_FILE = '/etc/webserver/webserver.conf'

/**
 * The configuration file when none is named: that of the checkout this runs from, else the system's; relative
 * to the working folder when it is below that.
 */
export function defaultConfigFile(): string {
  if (CHECKOUT_FILE === undefined || !existsSync(CHECKOUT_FILE)) return SYSTEM_FILE
  const fromHere = relative(process.cwd(), CHECKOUT_FILE)
  return fromHere.startsWith('..') ? CHECKOUT_FILE : fromHere
}

/**
 * Reads a configuration file with all that it includes, and checks that the disk has what it names; it
 * changes nothing there.
 *
 * @param instance One of several servers with this file: its logs and sockets bear its name.
 * @throws ConfigError with every mistake, in the order of files and lines.
 */
export function loadConfig(file: string, instance?: string): Config {
  const which = instance === undefined ? {} : { instance }
  const surroundings = { file, ...which, serverRoot: defaultServerRoot(file), serverName: hostname() }
  const sources = readSources(surroundings)
  const { config, problems, paths } = interpret(sources.statements, surroundings)

  const mistakes = [...sources.problems, ...problems]
  // A default may be unusable only because of a mistake elsewhere, as in ServerRoot.
  const usable = mistakes.length === 0 ? paths : paths.filter(path => path.place !== undefined)
  const onDisk = checkPaths(usable, sources.files)
  mistakes.push(...onDisk.mistakes)
  const proof = mistakes.length > 0 ? undefined : checkIdentities(config, paths)
  mistakes.push(...(proof?.mistakes ?? []))
  if (mistakes.length > 0) throw new ConfigError(sorted(mistakes, sources.files))
  const warnings = sorted([...config.warnings, ...onDisk.warnings, ...(proof?.warnings ?? [])], sources.files)
  return { ...config, file: resolve(file), warnings }
}

/** Where relative paths begin unless ServerRoot is given: the folder above etc/, or that of the file. */
export function defaultServerRoot(file: string): string {
  const folder = dirname(resolve(file))
  return basename(folder) === 'etc' ? dirname(folder) : folder
}

function sorted(problems: readonly Problem[], files: readonly string[]): Problem[] {
  const rank = ({ file, place }: Problem) => [
    files.indexOf(file),
    place?.line ?? Infinity,
    place?.column ?? 0,
  ]
  return problems.toSorted((a, b) => {
    const [ofA, ofB] = [rank(a), rank(b)]
    const differing = ofA.findIndex((value, index) => value !== ofB[index])
    return differing < 0 ? 0 : (ofA[differing] ?? 0) - (ofB[differing] ?? 0)
  })
}

interface Sources extends Syntax {
  /** In the order they are read. */
  readonly files: readonly string[]
}

function readSources(surroundings: Surroundings): Sources {
  const { file } = surroundings
  const syntax = readSyntax(file)
  if (typeof syntax === 'string') throw new ConfigError([{ file, place: undefined, message: syntax }])

  // Include needs the ServerRoot, wherever that stands.
  const { serverRoot } = interpret(syntax.statements.filter(isServerRoot), surroundings).config
  return expandIncludes(file, syntax, serverRoot, [identityOf(file)])
}

/** @param open The identities of this file and of those that include it. */
function expandIncludes(file: string, syntax: Syntax, serverRoot: string, open: readonly string[]): Sources {
  const statements: Statement[] = []
  const problems = [...syntax.problems]
  const files = [file]
  for (const statement of syntax.statements) {
    if (open.length > 1 && isServerRoot(statement)) {
      const message = 'ServerRoot belongs in the file that includes the others: they are found relative to it'
      problems.push({ file, place: statement.name.place, message })
      continue
    }
    if (statement.block !== undefined && includes(statement.block.statements)) {
      const inner = expandIncludes(
        file,
        { statements: statement.block.statements, problems: [] },
        serverRoot,
        open,
      )
      statements.push({ ...statement, block: { ...statement.block, statements: inner.statements } })
      problems.push(...inner.problems)
      files.push(...inner.files.slice(1))
      continue
    }
    statements.push(statement)
    if (!isInclude(statement)) continue

    for (const included of findIncluded(statement, serverRoot)) {
      const sources = readIncluded(included, statement, serverRoot, open)
      statements.push(...sources.statements)
      problems.push(...sources.problems)
      files.push(...sources.files)
    }
  }
  return { statements, problems, files }
}

function readIncluded(included: string, by: Statement, serverRoot: string, open: readonly string[]): Sources {
  const refuse = (message: string): Sources => {
    const place = by.args[0]?.place ?? by.name.place
    return { statements: [], problems: [{ file: by.file, place, message }], files: [] }
  }
  const syntax = readSyntax(included)
  if (typeof syntax === 'string') return refuse(syntax)

  const identity = identityOf(included)
  if (open.includes(identity)) {
    return refuse(`Cannot include ${JSON.stringify(included)}: it would include itself`)
  }
  return expandIncludes(included, syntax, serverRoot, [...open, identity])
}

/** The same for every name of a file, also for one that has none, such as a pipe. */
function identityOf(file: string): string {
  const { dev, ino } = statSync(file)
  return `${dev}:${ino}`
}

/** A pattern may match nothing; a name that is no pattern must exist. */
function findIncluded(statement: Statement, serverRoot: string): string[] {
  const pattern = statement.args[0]?.text
  // Arguments that cannot be meant are for the table to refuse.
  if (pattern === undefined || pattern === '' || statement.args.length > 1) return []
  if (!/[*?[{]/.test(pattern)) return [resolve(serverRoot, pattern)]
  return globSync(pattern, { cwd: serverRoot })
    .map(name => resolve(serverRoot, name))
    .sort()
}

const isServerRoot = isNamed('ServerRoot')
const isInclude = isNamed('Include')

/** Whether other files are included somewhere among statements. */
function includes(statements: readonly Statement[]): boolean {
  return statements.some(statement => isInclude(statement) || includes(statement.block?.statements ?? []))
}

function isNamed(name: string): (statement: Statement) => boolean {
  const lowerCase = name.toLowerCase()
  return statement => statement.name.text.toLowerCase() === lowerCase
}

/** The statements of one file, without those it includes; or why it cannot be read, for the administrator to mend. */
export function readSyntax(file: string): Syntax | string {
  try {
    return parseSyntax(readFileSync(file, 'utf8'), file)
  } catch (error) {
    return `Cannot read ${JSON.stringify(file)}: ${stateOf(error)}`
  }
}
