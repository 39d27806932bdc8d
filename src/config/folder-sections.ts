import { resolve } from 'node:path'
import { isWildcard } from '../text/wildcard.ts'
import { checkAccess, outweighed, statementsIn } from './access.ts'
import { applyDirectives, type Findings, join, originsOf, takeTag, withOthers } from './apply.ts'
import type { Arguments } from './arguments.ts'
import type { Config, FolderSection, Host } from './config.ts'
import type { Draft } from './draft.ts'
import { formatLocation, type Problem } from './problem.ts'
import { sectionRow, withoutSections } from './sections.ts'
import type { Statement, Word } from './statement.ts'
import { takeExpressionText } from './values/expression.ts'
import { isNormal, namePattern, text } from './values/values.ts'

type Kind = FolderSection['kind']

const KINDS: ReadonlyMap<string, Kind> = new Map(
  (['Directory', 'Files', 'Location'] as const).flatMap(kind => [
    [kind.toLowerCase(), kind],
    [`${kind.toLowerCase()}match`, kind],
  ]),
)

/** What a section looks at; undefined for what is no section of this kind. */
function kindOf({ name, block }: Statement): Kind | undefined {
  return block === undefined ? undefined : KINDS.get(name.text.toLowerCase())
}

/**
 * Checks the sections for folders, files and paths among statements, and gives them, in their order.
 *
 * @param settings What holds around them.
 */
export function interpretSections(
  statements: readonly Statement[],
  settings: Config,
): { readonly sections: readonly FolderSection[]; readonly found: Findings } {
  const findings: Findings[] = [{ problems: [], warnings: outweighed(statements), paths: [] }]
  const others = () => [...statementsIn(statements), ...settings.sections.flatMap(statementsOf)]
  const interpretOne = (section: Statement, kind: Kind): FolderSection => {
    const inner = section.block?.statements ?? []
    const directives = withoutSections(inner)
    const row = sectionRow(section)
    const isExpression = row?.name.endsWith('Match') === true
    const tag = takeTag(section, `${row?.name} ${row?.usage}`, settings.serverRoot, args =>
      isExpression || args.takeIf(/^~$/)
        ? takeExpression(args)
        : takePattern(kind, args, settings.serverRoot),
    )
    // Only to see what is wrong: what it decides is forgotten.
    const draft: Draft = Object.create(settings)
    findings.push(tag.found, applyDirectives(directives, draft, { level: 'folder', section }))
    findings.push({ ...checkAccess(directives, draft, settings.listen, others), paths: [] })
    if (kind !== 'Directory') findings.push(linksElsewhere(directives, kind))
    const files = kind === 'Directory' ? inner.filter(statement => kindOf(statement) === 'Files') : []
    return {
      kind,
      ...(tag.value ?? NO_PATTERN),
      origin: formatLocation(section.file, section.name.place),
      statements: directives.map(compact),
      files: files.map(file => interpretOne(file, 'Files')),
    }
  }
  const sections = statements.flatMap(statement => {
    const kind = kindOf(statement)
    return kind === undefined ? [] : [interpretOne(statement, kind)]
  })
  return { sections, found: join(findings) }
}

/**
 * What holds under some sections of a host: as if all that stands in them stood outside, one after another.
 *
 * @param sections In the order in which they are merged.
 */
export function settingsUnder(host: Host, sections: readonly FolderSection[]): Host {
  const draft = { ...host } as Draft
  for (const { kind, statements } of sections) {
    const { followSymLinks, origins = new Map() } = draft
    const { problems } = applyDirectives(statements, draft, { level: 'folder', section: undefined })
    // What stands there may keep somebody out: without it nobody may be let in.
    if (problems[0] !== undefined) throw new Error(`Cannot apply a section: ${problems[0].message}`)
    draft.origins = withOthers(originsOf(statements), origins)
    // Links are of the disk: as in Apache only what is said of its folders counts for them.
    if (kind !== 'Directory' && followSymLinks !== undefined) draft.followSymLinks = followSymLinks
  }
  return draft as unknown as Host
}

function statementsOf({ statements, files }: FolderSection): readonly Statement[] {
  return [...statements, ...files.flatMap(statementsOf)]
}

/** Whether a section may let in others than are let in around it. */
export function restricts(section: FolderSection): boolean {
  return statementsOf(section).some(({ name }) => /^(?:Require|Auth.*)$/i.test(name.text))
}

/** Whether a section names a file of passwords. */
export function namesPasswords(section: FolderSection): boolean {
  return statementsOf(section).some(({ name }) => /^AuthUserFile$/i.test(name.text))
}

/** Tells of each `<Directory>` that has no part of what is served in it, nor is one itself. */
export function foldersOfNobody(hosts: readonly Host[], statements: readonly Statement[]): Problem[] {
  const idle = new Map<string, FolderSection>()
  const served = new Set<string>()
  for (const host of hosts) {
    const folders = [host.documentRoot, ...host.alias.map(({ folder }) => folder)]
    for (const section of host.sections) {
      if (isNeeded(section, folders)) served.add(section.origin)
      else idle.set(section.origin, section)
    }
  }
  for (const origin of served) idle.delete(origin)
  if (idle.size === 0) return []
  const all = statements.flatMap(statement => [statement, ...(statement.block?.statements ?? [])])
  return all.flatMap(({ file, name, block }) => {
    const section = block && idle.get(formatLocation(file, name.place))
    if (section === undefined) return []
    const message = `Nothing in ${JSON.stringify(section.pattern)} is served by a DocumentRoot or an Alias, so that this section never holds`
    return [{ file, place: name.place, message }]
  })
}

/** Whether something of a section's may be in one of the folders. */
function isNeeded({ kind, matching: how, pattern }: FolderSection, folders: readonly string[]): boolean {
  if (kind !== 'Directory' || how !== 'as it stands') return true
  return folders.some(folder => isWithin(folder, pattern) || isWithin(pattern, folder))
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

type Pattern = Pick<FolderSection, 'pattern' | 'matching'>

const NO_PATTERN: Pattern = { pattern: '', matching: 'as it stands' }

function takeExpression(args: Arguments): Pattern {
  return { pattern: takeExpressionText(args), matching: 'expression' }
}

function takePattern(kind: Kind, args: Arguments, serverRoot: string): Pattern {
  switch (kind) {
    case 'Directory':
      return matching(resolve(serverRoot, args.takePathText()))
    case 'Files':
      return matching(args.take(namePattern))
    case 'Location': {
      const pattern = args.take(text('a path such as /folder'))
      if (!isNormal(pattern))
        throw args.mistake(
          `Expected a path without //, /./ and /../, which no path has when it is compared, got ${JSON.stringify(pattern)}`,
        )
      if (/\?[^/*?]*=/.test(pattern))
        throw args.mistake(
          `Expected a path without a query, of which no section knows and in which ? is any character, got ${JSON.stringify(pattern)}`,
        )
      if (/^\/[^#]*$/.test(pattern) && !/%[\da-f]{2}/i.test(pattern)) return matching(pattern)
      throw args.mistake(
        `Expected a path such as /folder, with nothing percent-encoded, got ${JSON.stringify(pattern)}`,
      )
    }
    default:
      return kind satisfies never
  }
}

function matching(pattern: string): Pattern {
  return { pattern, matching: isWildcard(pattern) ? 'wildcards' : 'as it stands' }
}

/** Whoever says something of links where that means nothing would rely on it. */
function linksElsewhere(statements: readonly Statement[], kind: Kind): Findings {
  const isAboutLinks = ({ name, args }: Statement) =>
    name.text.toLowerCase() === 'options' &&
    args.some(({ text: word }) => /^[+-]?FollowSymLinks$/i.test(word))
  const warnings = statements.filter(isAboutLinks).map(
    ({ file, name }): Problem => ({
      file,
      place: name.place,
      message: `FollowSymLinks means nothing in <${kind}>, as in Apache: write it in the <Directory> of the links`,
    }),
  )
  return { problems: [], warnings, paths: [] }
}

/** What is needed to apply a statement once more: it was checked, so that no word is ever told of. */
function compact({ file, name, args }: Statement): Statement {
  const bare = ({ text: word, quoted }: Word): Word => ({ text: word, quoted, place: name.place, places: [] })
  return { file, name: { ...bare(name) }, args: args.map(bare) }
}
