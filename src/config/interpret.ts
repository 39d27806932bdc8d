import { Arguments, Mistake, type PathArgument } from './arguments.ts'
import type { Config } from './config.ts'
import { DIRECTIVES, type Directive, type Draft } from './directives.ts'
import { foreignDirective } from './foreign-directives.ts'
import { formatLocation, type Place, type Problem } from './problem.ts'
import { parseSyntax, type Statement } from './syntax.ts'
import { BUILT_IN_LOG_FORMATS } from './values/log-format.ts'
import { didYouMean } from './values/values.ts'

/** What holds before any directive. */
export type Surroundings = Pick<Config, 'file' | 'serverRoot' | 'serverName'>

/** A path that the configuration points at, by a directive or by its default. */
export interface PathReference extends Pick<PathArgument, 'path' | 'use'> {
  readonly file: string
  /** Undefined for a default. */
  readonly place: Place | undefined
  /** The directive as a manual writes it. */
  readonly usage: string
}

export interface Interpretation {
  /** Complete only when there is no problem. */
  readonly config: Config
  readonly problems: readonly Problem[]
  readonly paths: readonly PathReference[]
}

/** Applies the table of directives to the statements, and the defaults of those that are not given. */
export function interpret(statements: readonly Statement[], surroundings: Surroundings): Interpretation {
  const draft: Draft = {
    ...surroundings,
    listen: [],
    errorDocument: new Map(),
    addType: new Map(),
    addCharset: new Map(),
    header: [],
    expiresByType: new Map(),
    redirect: [],
    logFormat: BUILT_IN_LOG_FORMATS,
    customLog: [],
  }
  const given = Map.groupBy(statements, statement => statement.name.text.toLowerCase())
  const origins = new Map<string, readonly string[]>()
  const problems = statements.filter(isUnknown).map(unknownDirective)
  const warnings: Problem[] = []
  const paths: PathReference[] = []
  for (const directive of DIRECTIVES) {
    const statementsOf = given.get(directive.name.toLowerCase()) ?? []
    const found = applyDirective(directive, statementsOf, draft)
    problems.push(...found.problems)
    warnings.push(...found.warnings)
    paths.push(...found.paths)
    origins.set(directive.name, statementsOf.map(originOf))
  }
  // Each field of a Config has a row, and each row has filled its field or reported a problem.
  return { config: { ...(draft as Config), origins, warnings }, problems, paths }
}

function originOf({ file, name }: Statement): string {
  return formatLocation(file, name.place)
}

type Findings = Pick<Interpretation, 'problems' | 'paths'> & Pick<Config, 'warnings'>

const NOTHING: Findings = { problems: [], warnings: [], paths: [] }

function applyDirective(directive: Directive, statements: readonly Statement[], draft: Draft): Findings {
  const findings: Findings[] = []
  if (statements.length === 0 || directive.repeat.endsWith('beside the default')) {
    findings.push(applyDefault(directive, draft))
  }
  const decided = new Map<string, Statement>()
  for (const statement of statements) findings.push(applyStatement(directive, statement, draft, decided))
  return {
    problems: findings.flatMap(found => found.problems),
    warnings: findings.flatMap(found => found.warnings),
    paths: findings.flatMap(found => found.paths),
  }
}

function applyDefault(directive: Directive, draft: Draft): Findings {
  if (directive.default === undefined) return NOTHING

  const { statements } = parseSyntax(`${directive.name} ${directive.default}`, draft.file)
  const findings = statements.map(statement => applyStatement(directive, statement, draft, new Map()))
  // It stands in no file, so it has no place there.
  const withoutPlace = <Item>(item: Item) => ({ ...item, place: undefined })
  return {
    ...NOTHING,
    problems: findings.flatMap(found => found.problems).map(withoutPlace),
    paths: findings.flatMap(found => found.paths).map(withoutPlace),
  }
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
    const args = new Arguments(statement, draft.serverRoot)
    const subject = directive.apply(args, draft)
    args.end()
    const first = decided.get(subject)
    if (first !== undefined) return problem(name.place, givenTwice(directive, subject, first))

    decided.set(subject, statement)
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
