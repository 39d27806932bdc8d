import { asksForGroup, asksForUser, isOpen } from '../access/requirement.ts'
import type { Host, ListenAddress } from './config.ts'
import { formatLocation, type Problem } from './problem.ts'
import type { Statement } from './statement.ts'

type AccessSettings = Pick<
  Host,
  'authType' | 'authName' | 'authUserFile' | 'authGroupFile' | 'require' | 'sslEngine'
>

/** What cannot be evaluated of settings, or seems not to be meant: each with the statement that asks for it. */
export interface AccessFindings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/**
 * Checks that all is there which asking for a password takes, where one of the statements has to do with it.
 *
 * @param statements Those that stand together.
 * @param settings What they and all around them make.
 * @param others Gives the statements of sections that may hold for the same paths: what these give is not missing.
 */
export function checkAccess(
  statements: readonly Statement[],
  settings: Partial<AccessSettings>,
  listen: readonly ListenAddress[],
  others: () => readonly Statement[] = () => [],
): AccessFindings {
  const given = (name: string) =>
    statements.find(statement => statement.name.text.toLowerCase() === name.toLowerCase())
  const type = given('AuthType')
  const require = given('Require')
  const at = (statement: Statement, message: string): Problem => ({
    file: statement.file,
    place: statement.name.place,
    message,
  })
  const asked = require ?? type
  if (asked === undefined) return { problems: [], warnings: [] }

  const missing = missingFor(settings).filter(directive => !others().some(other => isNamed(other, directive)))
  const problems =
    missing.length === 0
      ? []
      : [at(asked, `Nobody could be let in without ${missing.join(', ')}: add what is missing`)]
  if (require === undefined && settings.authType === 'Basic' && (settings.require ?? []).length === 0)
    problems.push(at(asked, 'AuthType alone asks nobody for a password: add "Require valid-user"'))
  const isInTheClear =
    type !== undefined &&
    settings.authType === 'Basic' &&
    settings.sslEngine !== true &&
    !listen.every(isPrivate)
  const warnings = isInTheClear ? [at(type, IN_THE_CLEAR)] : []
  return {
    problems,
    warnings: [
      ...warnings,
      ...(require === undefined ? [] : needless(settings).map(message => at(require, message))),
    ],
  }
}

const IN_THE_CLEAR =
  'Passwords come over the network as they are, for anybody on the way to read: give the server a certificate, and "Listen 443 https", or have a proxy in front that speaks HTTPS, and "Listen 127.0.0.1:8080" for that alone'

/** The directives that are missing for what is required. */
export function missingFor(settings: Partial<AccessSettings>): string[] {
  const { authType, authName, authUserFile, authGroupFile, require = [] } = settings
  const missing: string[] = []
  if (require.some(asksForUser)) {
    if (authType === undefined) missing.push('AuthType Basic')
    if (authName === undefined) missing.push('AuthName')
    if (authUserFile === undefined) missing.push('AuthUserFile')
  }
  if (require.some(asksForGroup) && authGroupFile === undefined) missing.push('AuthGroupFile')
  return missing
}

/** Of several requirements any suffices, which not everybody expects. */
function needless({ require = [] }: Partial<AccessSettings>): string[] {
  if (require.length < 2) return []
  return require.some(isOpen)
    ? [
        '"Require all granted" lets everybody in, whatever the other Require lines say: leave it out, or write <RequireAll> around all of them',
      ]
    : []
}

/** An address that nobody but this machine reaches, such as a Unix socket, or at which HTTPS is spoken, since its Listen says so. */
function isPrivate(address: ListenAddress): boolean {
  const { path, host, protocol } = address
  if (path !== undefined) return true
  return protocol === 'https' || (host !== undefined && (host.startsWith('127.') || host === '::1'))
}

function isNamed({ name }: Statement, directive: string): boolean {
  return name.text.toLowerCase() === directive.split(' ', 1)[0]?.toLowerCase()
}

/** All that stands in sections, in those within them too. */
export function statementsIn(sections: readonly Statement[]): readonly Statement[] {
  return sections.flatMap(({ block }) =>
    (block?.statements ?? []).flatMap(statement => [statement, ...statementsIn([statement])]),
  )
}

/** Whether what stands in a section requires this of everybody. */
function requires(verdict: 'granted' | 'denied', { block }: Statement): boolean {
  return (block?.statements ?? []).some(
    statement =>
      isNamed(statement, 'Require') &&
      statement.args.map(({ text }) => text.toLowerCase()).join(' ') === `all ${verdict}`,
  )
}

/** A warning for each `<Location>` that lets everybody have what a `<Files>` denies to all: it has the last word, as in Apache. */
export function outweighed(sections: readonly Statement[]): readonly Problem[] {
  const granting = sections.filter(section => isSection(section, 'location') && requires('granted', section))
  if (granting.length === 0) return []
  const inner = [...sections, ...statementsIn(sections)]
  const denying = inner.find(section => isSection(section, 'files') && requires('denied', section))
  if (denying === undefined) return []
  const files = `<${[denying.name, ...denying.args].map(({ text }) => text).join(' ')}>`
  return granting.map(({ file, name }) => ({
    file,
    place: name.place,
    message: `What ${files} at ${formatLocation(denying.file, denying.name.place)} denies is let out here, for a <${name.text}> comes after it: deny it in a <Location> behind this one too`,
  }))
}

function isSection({ name, block }: Statement, kind: string): boolean {
  return block !== undefined && name.text.toLowerCase().replace(/match$/, '') === kind
}
