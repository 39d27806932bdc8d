import { Arguments, Mistake, type PathArgument } from './arguments.ts'
import type { Config } from './config.ts'
import type { Directive } from './directive.ts'
import { DIRECTIVES } from './directives.ts'
import { type Draft, INITIAL } from './draft.ts'
import { foreignDirective } from './foreign-directives.ts'
import { formatLocation, type Place, type Problem } from './problem.ts'
import type { Statement } from './statement.ts'
import { parseSyntax } from './syntax.ts'
import { didYouMean } from './values/values.ts'

/** A path that the configuration points at, by a directive or by its default. */
export interface PathReference extends Pick<PathArgument, 'path' | 'use'> {
  readonly file: string
  /** Undefined for a default. */
  readonly place: Place | undefined
  /** The directive as a manual writes it. */
  readonly usage: string
}

/** What came of directives, besides what they have decided. */
export interface Findings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  readonly paths: readonly PathReference[]
}

/** Where directives stand: for the whole server, or in a section. */
export interface Scope {
  readonly level: Directive['level']
  /** The section; undefined for the server. */
  readonly section: Statement | undefined
}

/** All that stands outside of sections. */
export const SERVER: Scope = { level: 'server', section: undefined }

export const NOTHING: Findings = { problems: [], warnings: [], paths: [] }

/** Those of several, together. */
export function join(findings: readonly Findings[]): Findings {
  // Of ten thousand sections nearly all find nothing.
  const found = findings.filter(
    ({ problems, warnings, paths }) => problems.length + warnings.length + paths.length > 0,
  )
  if (found.length < 2) return found[0] ?? NOTHING
  return {
    problems: found.flatMap(each => each.problems),
    warnings: found.flatMap(each => each.warnings),
    paths: found.flatMap(each => each.paths),
  }
}

/**
 * Applies the table of directives to statements that stand together, row by row, to a draft that has what holds
 * around them; for the server also the defaults of those that are not given.
 *
 * @param statements Without sections.
 */
export function applyDirectives(statements: readonly Statement[], draft: Draft, scope: Scope): Findings {
  const unknown = statements.filter(isUnknown).map(unknownDirective)
  const given = grouped(statements)
  const leading = scope.level === 'server' ? LEADING : inOrder([...given.keys()])
  const found = leading.map(row => applyDirective(row, given.get(row) ?? [], draft, scope))
  return join([{ ...NOTHING, problems: unknown }, ...found])
}

const ALL: readonly Directive[] = DIRECTIVES
/** The rows that are applied by themselves. */
const LEADING = ALL.filter(({ along }) => along === undefined)
/** By each name the row that it is applied with. */
const LEADERS: ReadonlyMap<string, Directive> = new Map(
  ALL.map(row => [row.name.toLowerCase(), LEADING.find(({ name }) => name === row.along) ?? row]),
)

const PLACES: ReadonlyMap<Directive, number> = new Map(LEADING.map((row, place) => [row, place]))

/** Rows in the order of the table. */
function inOrder(rows: readonly Directive[]): readonly Directive[] {
  if (rows.length < 2) return rows
  return rows.toSorted((one, other) => (PLACES.get(one) ?? 0) - (PLACES.get(other) ?? 0))
}

/** Statements by the row that they are applied with. */
function grouped(statements: readonly Statement[]): ReadonlyMap<Directive, readonly Statement[]> {
  const groups = new Map<Directive, Statement[]>()
  for (const statement of statements) {
    const row = LEADERS.get(statement.name.text.toLowerCase())
    if (row === undefined) continue
    const group = groups.get(row)
    if (group === undefined) groups.set(row, [statement])
    else group.push(statement)
  }
  return groups
}

const ROWS: ReadonlyMap<string, Directive> = new Map(DIRECTIVES.map(row => [row.name.toLowerCase(), row]))

function applyDirective(
  directive: Directive,
  statements: readonly Statement[],
  draft: Draft,
  scope: Scope,
): Findings {
  const findings: Findings[] = []
  if (scope.level === 'server') {
    if (statements.length === 0 || directive.repeat.endsWith('beside the default')) {
      findings.push(applyDefault(directive, draft))
    }
  } else if (statements.length > 0 && directive.renews === true) {
    for (const field of directive.fields)
      Object.assign(draft, { [field]: INITIAL[field as keyof typeof INITIAL] })
  }
  const decided = new Map<string, Statement>()
  for (const statement of statements) {
    const row = ROWS.get(statement.name.text.toLowerCase()) ?? directive
    findings.push(misplaced(row, statement, scope) ?? applyStatement(row, statement, draft, decided))
  }
  return join(findings)
}

const LEVELS: readonly Directive['level'][] = ['server', 'host', 'folder']

/** The problem of a directive that has no meaning where it stands. */
function misplaced(
  directive: Directive,
  { file, name }: Statement,
  { level, section }: Scope,
): Findings | undefined {
  if (section === undefined || LEVELS.indexOf(level) <= LEVELS.indexOf(directive.level)) return undefined
  const tag = `<${section.name.text}>`
  const where = formatLocation(section.file, section.name.place)
  const better =
    directive.level === 'host'
      ? 'outside of it, for the server or a <VirtualHost>'
      : 'outside of all sections, for the whole server'
  const message = `${directive.name} does not belong in ${tag}, which begins at ${where}: write it ${better}`
  return { ...NOTHING, problems: [{ file, place: name.place, message }] }
}

function applyDefault(directive: Directive, draft: Draft): Findings {
  if (directive.default === undefined) return NOTHING

  const { statements } = parseSyntax(`${directive.name} ${directive.default}`, draft.file)
  const findings = statements.map(statement => applyStatement(directive, statement, draft, new Map()))
  // It stands in no file, so it has no place there.
  const withoutPlace = <Item>(item: Item) => ({ ...item, place: undefined })
  const { problems, paths } = join(findings)
  return { ...NOTHING, problems: problems.map(withoutPlace), paths: paths.map(withoutPlace) }
}

/** @param decided What the statements before it have decided, each with the statement that did. */
function applyStatement(
  directive: Directive,
  statement: Statement,
  draft: Draft,
  decided: Map<string, Statement>,
): Findings {
  const { file, name } = statement
  const problem = (place: Place, message: string): Findings => ({
    ...NOTHING,
    problems: [{ file, place, message }],
  })

  const usage = `${directive.name} ${directive.usage}`
  try {
    const args = new Arguments(statement, draft.serverRoot, draft.instance)
    const subjects = [directive.apply(args, draft)].flat()
    args.end()
    for (const subject of subjects) {
      const first = decided.get(subject)
      if (first !== undefined) return problem(name.place, givenTwice(directive, subject, first))
      decided.set(subject, statement)
    }
    return {
      problems: [],
      warnings: args.warnings.map(({ place, message }) => ({ file, place, message: `${message}: ${usage}` })),
      paths: args.paths.map(path => ({ ...path, file, usage })),
    }
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    return problem(error.place, `${error.message}: ${usage}`)
  }
}

function givenTwice(directive: Directive, subject: string, first: Statement): string {
  const what = subject === '' ? directive.name : `${directive.name} ${subject}`
  const where = formatLocation(first.file, first.name.place)
  return `${what} ${directive.clash ?? 'is given already'} at ${where}: keep one of the two`
}

const NAMES = DIRECTIVES.map(directive => directive.name)
const KNOWN: ReadonlySet<string> = new Set(NAMES.map(name => name.toLowerCase()))

function isUnknown(statement: Statement): boolean {
  return !KNOWN.has(statement.name.text.toLowerCase())
}

function unknownDirective({ file, name }: Statement): Problem {
  const foreign = foreignDirective(name.text)
  const advice =
    foreign === undefined ? didYouMean(name.text, NAMES) : ` of ${foreign.server}: ${foreign.advice}`
  return { file, place: name.place, message: `Unknown directive ${JSON.stringify(name.text)}${advice}` }
}

/** Where the directives stand, by their names. */
export function originsOf(statements: readonly Statement[]): Config['origins'] {
  return new Map([...grouped(statements)].map(([row, own]) => [row.name, own.map(originOf)]))
}

/** Those of a section, and then those around it. */
export function withOthers(own: Config['origins'], others: Config['origins']): Config['origins'] {
  const names = new Set([...own.keys(), ...others.keys()])
  return new Map([...names].map(name => [name, [...(own.get(name) ?? []), ...(others.get(name) ?? [])]]))
}

function originOf({ file, name }: Statement): string {
  return formatLocation(file, name.place)
}

/** What the tag of a section means; undefined when it cannot be meant. */
export function takeTag<Value>(
  tag: Statement,
  usage: string,
  serverRoot: string,
  take: (args: Arguments) => Value,
): { readonly value: Value | undefined; readonly found: Findings } {
  try {
    const args = new Arguments(tag, serverRoot)
    const value = take(args)
    args.end()
    return { value, found: NOTHING }
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    const problem = { file: tag.file, place: error.place, message: `${error.message}: <${usage}>` }
    return { value: undefined, found: { ...NOTHING, problems: [problem] } }
  }
}
