import type { Findings } from './apply.ts'
import { formatLocation, type Problem } from './problem.ts'
import type { Statement } from './statement.ts'
import { asRequire, joinsRequirements } from './values/require.ts'
import { didYouMean } from './values/values.ts'

/** One row of the table of sections. */
export interface Section {
  readonly name: string
  /** What its tag takes, as a manual writes it. */
  readonly usage: string
  readonly help: string
  /** What it may stand in: the file itself, which is `server`, or other sections. */
  readonly within: readonly string[]
}

const JOINS = {
  RequireAny: 'Requirements of which any suffices',
  RequireAll: 'Requirements that must all be met',
  RequireNone: 'Requirements of which none may be met, within a RequireAll',
} as const
const PLACES_OF_REQUIRE = [
  ...['server', 'VirtualHost', 'Directory', 'DirectoryMatch', 'Files', 'FilesMatch', 'Location'],
  'LocationMatch',
]

/** Every section there is. */
export const SECTIONS = [
  {
    name: 'VirtualHost',
    usage: 'address[:port]...',
    help: 'What holds for one host, which is found by the address that a client comes to and the name it asks for',
    within: ['server'],
  },
  {
    name: 'Directory',
    usage: 'folder',
    help: 'What holds for a folder on the disk and all below it; with *, ? and [...] for several',
    within: ['server', 'VirtualHost'],
  },
  {
    name: 'Files',
    usage: 'name',
    help: 'What holds for files of a name wherever they lie, or within a <Directory>; with *, ? and [...]',
    within: ['server', 'VirtualHost', 'Directory', 'DirectoryMatch'],
  },
  {
    name: 'Location',
    usage: 'path',
    help: 'What holds for a path that clients ask for and all below it; with *, ? and [...] for whole paths alone',
    within: ['server', 'VirtualHost'],
  },
  {
    name: 'DirectoryMatch',
    usage: 'expression',
    help: 'The same for whatever path on the disk a regular expression is found in',
    within: ['server', 'VirtualHost'],
  },
  {
    name: 'FilesMatch',
    usage: 'expression',
    help: 'The same for file names in which a regular expression is found',
    within: ['server', 'VirtualHost', 'Directory', 'DirectoryMatch'],
  },
  {
    name: 'LocationMatch',
    usage: 'expression',
    help: 'The same for paths of clients in which a regular expression is found',
    within: ['server', 'VirtualHost'],
  },
  ...(['RequireAny', 'RequireAll', 'RequireNone'] as const).map(name => ({
    name,
    usage: '',
    help: JOINS[name],
    within: [...PLACES_OF_REQUIRE, 'RequireAny', 'RequireAll', 'RequireNone'],
  })),
] as const satisfies readonly Section[]

export type SectionName = (typeof SECTIONS)[number]['name']

const ROWS: ReadonlyMap<string, Section> = new Map(SECTIONS.map(row => [row.name.toLowerCase(), row]))

/** The row of a section; undefined for what is none. */
export function sectionRow({ name }: Statement): Section | undefined {
  return ROWS.get(name.text.toLowerCase())
}

/** Those of Apache whose content may stand without them. */
const WRAPPERS: Readonly<Record<string, string>> = {
  ifmodule: 'all there is is built in',
  ifdefine: 'nothing can be defined',
  ifversion: 'it has versions of its own',
}

const REPLACEMENTS: Readonly<Record<string, string>> = {
  if: 'expressions are not known: write a section for the path, or Redirect',
  elseif: 'expressions are not known: write a section for the path, or Redirect',
  else: 'expressions are not known: write a section for the path, or Redirect',
  limit: 'GET, HEAD and OPTIONS are all the methods there are: leave its tags out',
  limitexcept: 'GET, HEAD and OPTIONS are all the methods there are: leave its tags out',
  proxy: 'requests are passed on to nobody: leave it out',
  proxymatch: 'requests are passed on to nobody: leave it out',
  macro: 'there are no macros: Include reads a file wherever it stands',
}

/** The directives among statements. */
export function withoutSections(statements: readonly Statement[]): readonly Statement[] {
  return statements.filter(({ block }) => block === undefined)
}

/** The sections of a name among statements. */
export function sectionsNamed(name: SectionName, statements: readonly Statement[]): readonly Statement[] {
  return statements.filter(statement => statement.block !== undefined && isNamed(statement, name))
}

/**
 * The statements as they are without {@link WRAPPERS}, which are told of by {@link checkSections}, and with a Require in place of
 * each section that joins requirements.
 */
export function unwrap(statements: readonly Statement[]): readonly Statement[] {
  if (statements.every(({ block }) => block === undefined)) return statements
  return statements.flatMap(statement => {
    if (statement.block === undefined) return [statement]
    if (joinsRequirements(statement)) return [asRequire(statement)]
    const inner = unwrap(statement.block.statements)
    if (wrapperAdvice(statement) !== undefined) return inner
    if (inner === statement.block.statements) return [statement]
    return [{ ...statement, block: { ...statement.block, statements: inner } }]
  })
}

/** What is wrong with the sections themselves: unknown ones, those that stand where they must not, and empty ones. */
export function checkSections(statements: readonly Statement[], outer?: Statement): Findings {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  for (const statement of statements) {
    const { file, name, block } = statement
    if (block === undefined) continue
    const wrapper = wrapperAdvice(statement)
    const inner = checkSections(block.statements, wrapper === undefined ? statement : outer)
    const message = objectionTo(statement, outer)
    if (message !== undefined) problems.push({ file, place: name.place, message })
    else if (block.statements.length === 0)
      warnings.push({ file, place: name.place, message: emptiness(statement) })
    problems.push(...inner.problems)
    warnings.push(...inner.warnings)
  }
  return { problems, warnings, paths: [] }
}

/** All that a section says, to tell it from another. */
export function wordsOf({ name, args, block }: Statement): string {
  // No word has the end of a line in it.
  const words = [name, ...args].map(({ text }) => text).join('\n')
  return block === undefined ? words : `${words}\n{\n\n${block.statements.map(wordsOf).join('\n\n')}\n\n}`
}

function objectionTo(section: Statement, outer: Statement | undefined): string | undefined {
  const row = sectionRow(section)
  if (row === undefined) return strangeness(section)
  const around = outer === undefined ? 'server' : sectionRow(outer)?.name
  if (around !== undefined && row.within.includes(around)) return undefined
  const tag = `<${section.name.text}>`
  const place =
    outer === undefined
      ? 'outside of all sections'
      : `in <${outer.name.text}>, which begins at ${formatLocation(outer.file, outer.name.place)}`
  return `${tag} does not belong ${place}: write it ${placesOf(row)}`
}

/** What is wrong with a section that is none of ours. */
function strangeness(section: Statement): string {
  const { text } = section.name
  const end = formatLocation(section.file, section.block?.end)
  const wrapper = wrapperAdvice(section)
  if (wrapper !== undefined)
    return `Cannot ask <${text}>, which ends at ${end}: ${wrapper}, so leave both tags out`
  const replacement = REPLACEMENTS[text.toLowerCase()]
  if (replacement !== undefined)
    return `Unknown section <${text}> of Apache, which ends at ${end}: ${replacement}`
  const advice = didYouMean(
    text,
    SECTIONS.map(({ name }) => name),
  )
  return `Unknown section ${JSON.stringify(text)}${advice}, which ends at ${end}`
}

function placesOf({ within }: Section): string {
  return within.map(name => (name === 'server' ? 'outside of all sections' : `in <${name}>`)).join(' or ')
}

function emptiness(section: Statement): string {
  const end = formatLocation(section.file, section.block?.end)
  return `<${section.name.text}> has nothing in it up to ${end}: leave it out, or write what holds there`
}

function wrapperAdvice(section: Statement): string | undefined {
  return WRAPPERS[section.name.text.toLowerCase()]
}

function isNamed({ name }: Statement, sought: string): boolean {
  return name.text.toLowerCase() === sought.toLowerCase()
}
