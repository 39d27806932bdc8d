import type { RedirectRule } from '../http/response/redirect-rules.ts'
import { checkAccess } from './access.ts'
import { applyDirectives, type Findings, join, originsOf, takeTag, withOthers } from './apply.ts'
import { Circles } from './circles.ts'
import type { Config, Host, HostAddress, ListenAddress } from './config.ts'
import { HOST_FIELDS } from './directives.ts'
import type { Draft } from './draft.ts'
import { interpretSections } from './folder-sections.ts'
import { answersAt, engineInVain, portWithoutCertificate, withProtocols } from './https.ts'
import { formatLocation, type Problem } from './problem.ts'
import { checkProxies, contradictions } from './proxied.ts'
import { sectionsNamed, withoutSections, wordsOf } from './sections.ts'
import type { Statement } from './statement.ts'
import { formatHostAddress, hostAddress } from './values/host-address.ts'
import { comparableName } from './values/host-name.ts'
import { STANDARD_STREAMS } from './values/log-file.ts'

interface InterpretedHost {
  readonly section: Statement
  readonly host: Host
  readonly found: Findings
}

/**
 * Applies the directives of each `<VirtualHost>`, and tells of those that nobody would find.
 *
 * @param server What holds outside of them, which they inherit.
 */
export function interpretHosts(
  statements: readonly Statement[],
  server: Config,
): { readonly hosts: readonly Host[]; readonly found: Findings } {
  const interpreted = sectionsNamed('VirtualHost', statements).map(section => interpretHost(section, server))
  const hosts = interpreted.map(({ host }) => host)
  const listen = withProtocols({ ...server, hosts })
  const problems = [
    ...namesTaken(interpreted),
    ...interpreted.flatMap(withoutRoot),
    ...logsOfTwoKinds(interpreted, server),
    ...interpreted.flatMap(each => withoutCertificate(each, listen)),
    ...contradictions(interpreted.map(said), listen),
  ]
  const circles = new Circles(hosts)
  const warnings = interpreted.flatMap(each => [
    ...unreachable(each, server),
    ...engineInVain(each.section.block?.statements ?? [], each.host, listen),
    ...roundabout(each, circles),
    ...shadowed(each),
  ])
  const found = join([...interpreted.map(each => each.found), { problems, warnings, paths: [] }])
  return { hosts, found }
}

/** What a host does not inherit as it is. */
const OWN = { serverAlias: [], redirect: [], alias: [], remoteIpProxyProtocol: undefined } as const

function interpretHost(section: Statement, server: Config): InterpretedHost {
  const statements = withoutSections(section.block?.statements ?? [])
  const tag = takeTag(section, 'VirtualHost address[:port]...', server.serverRoot, args =>
    args.takeAll(hostAddress),
  )
  const at = tag.value ?? []
  const listen = server.listen.filter(({ port }) => answersAt(port, at))
  const draft: Draft = { ...server, ...OWN, at }
  const found = applyDirectives(statements, draft, { level: 'host', section })
  const access = { ...checkAccess(statements, draft, listen), paths: [] }
  const proxies = { ...checkProxies(statements, draft), paths: [] }
  const own = originsOf(statements)
  const settings = Object.assign(draft as Config, {
    at,
    names: namesOf(draft, own.has('ServerName')),
    redirect: [...draft.redirect, ...server.redirect],
    alias: [...draft.alias, ...server.alias],
    origins: withOthers(own, server.origins),
    says: [wordsOf(section)],
  })
  const { sections, found: inner } = interpretSections(section.block?.statements ?? [], settings)
  const host = { ...hostOf(settings), sections: [...server.sections, ...sections] }
  return { section, host, found: join([tag.found, found, access, proxies, inner]) }
}

function said({ section, host }: InterpretedHost) {
  return { host, statements: section.block?.statements ?? [] }
}

/** A host without what is decided for the whole server. */
function hostOf(settings: Host): Host {
  return Object.fromEntries(HOST_FIELDS.map(field => [field, settings[field]])) as unknown as Host
}

/** Those by which a host is found: the name of the server itself, which it inherits, is none. */
export function namesOf({ serverName, serverAlias }: Draft, isNamed: boolean): readonly string[] {
  return [...(isNamed ? [serverName] : []), ...serverAlias].map(comparableName)
}

/** A host that nobody would find, since another has all that it is found by. */
function namesTaken(interpreted: readonly InterpretedHost[]): Problem[] {
  const first = new Map<string, Statement>()
  const holders = new Map<string, Statement>()
  const problems: Problem[] = []
  for (const { section, host } of interpreted) {
    for (const address of new Set(host.at.map(formatHostAddress))) {
      const other = first.get(address)
      if (other === undefined) first.set(address, section)
      else if (host.names.length === 0) problems.push(problemAt(section, nameless(other, address)))
      for (const name of host.names) {
        const holder = holders.get(`${address} ${name}`)
        if (holder === undefined) holders.set(`${address} ${name}`, section)
        else problems.push(problemAt(section, taken(name, holder, section)))
      }
    }
  }
  return problems
}

function nameless(other: Statement, address: string): string {
  return `Expected a ServerName: whoever names no other host is answered at ${address} by ${describe(other)}, so that nobody would find this one`
}

function taken(name: string, holder: Statement, section: Statement): string {
  if (holder === section)
    return `${JSON.stringify(name)} is given twice as a name of this host: leave one out`
  return `${JSON.stringify(name)} is a name of ${describe(holder)} already: give each host names of its own`
}

/** A host for whose files there is no folder, unless all of it is sent elsewhere. */
function withoutRoot({ section, host }: InterpretedHost): Problem[] {
  const { statements = [], end } = section.block ?? {}
  const isRooted = statements.some(({ name }) => name.text.toLowerCase() === 'documentroot')
  if (isRooted || host.redirect.some(({ path, isExpression }) => path === '/' && isExpression !== true))
    return []
  const where = formatLocation(section.file, end)
  const message = `Expected a DocumentRoot in <VirtualHost>, which ends at ${where}: name the folder of its files, or redirect all of it with "Redirect permanent / https://..."`
  return [problemAt(section, message)]
}

/** A host that would have to prove who it is, and cannot. */
function withoutCertificate({ section, host }: InterpretedHost, listen: readonly ListenAddress[]): Problem[] {
  const port = portWithoutCertificate(host, listen)
  if (port === undefined) return []
  const message = `Expected an SSLCertificateFile, here or outside of all sections: HTTPS is spoken at port ${port}`
  return [problemAt(section, message)]
}

/** A file that would be the access log of one and the error log of another, which each finish it for themselves. */
function logsOfTwoKinds(interpreted: readonly InterpretedHost[], server: Config): Problem[] {
  const all: readonly Host[] = [server, ...interpreted.map(({ host }) => host)]
  const errorLogs = new Set(all.map(fileOfErrorLog))
  const accessLogs = new Set(all.flatMap(({ customLog }) => customLog.map(({ path }) => path)))
  return interpreted.flatMap(({ section, host }) => {
    const isBoth = (path: string) => errorLogs.has(path) && accessLogs.has(path)
    const own = host.customLog === server.customLog ? [] : host.customLog.map(({ path }) => path)
    const errorLog = host.errorLog === server.errorLog ? undefined : fileOfErrorLog(host)
    const shared = [...own, ...(errorLog === undefined ? [] : [errorLog])].find(isBoth)
    if (shared === undefined) return []
    return [
      problemAt(
        section,
        `${JSON.stringify(shared)} would be a CustomLog and an ErrorLog: give each file one kind of log`,
      ),
    ]
  })
}

/** Undefined also where it could not be read. */
function fileOfErrorLog({ errorLog }: Partial<Pick<Host, 'errorLog'>>): string | undefined {
  return errorLog?.kind === 'file' && !STANDARD_STREAMS.has(errorLog.path) ? errorLog.path : undefined
}

/** A port of a host at which nobody listens; those that systemd passes are not known. */
function unreachable({ section, host }: InterpretedHost, { listen }: Config): Problem[] {
  const isHeard = ({ port }: HostAddress) =>
    port === undefined || listen.length === 0 || listen.some(each => each.port === port)
  return host.at
    .filter(address => !isHeard(address))
    .map(address =>
      problemAt(
        section,
        `Nobody comes to ${formatHostAddress(address)}: add "Listen ${address.port}", or name a port of a Listen`,
      ),
    )
}

/** Redirects that send clients from one host to another and back. */
function roundabout({ section, host }: InterpretedHost, circles: Circles): Problem[] {
  return ownRedirects(section).flatMap((statement, index) => {
    const rule = host.redirect[index]
    const way = rule && circles.through(rule, host)
    return way === undefined ? [] : [problemAt(statement, `Clients may be sent in a circle: ${way}`)]
  })
}

/** Redirects that are never asked, since one before them takes all of their paths. */
function shadowed({ section, host }: InterpretedHost): Problem[] {
  const statements = ownRedirects(section)
  const rules = host.redirect.slice(0, statements.length)
  return statements.flatMap((statement, index) => {
    const rule = rules[index]
    const first = rule && rules.slice(0, index).findIndex(before => takesAllOf(before, rule))
    const by = first === undefined ? undefined : statements[first]
    if (by === undefined) return []
    const where = formatLocation(by.file, by.name.place)
    return [
      problemAt(
        statement,
        `Nobody is ever redirected by this: ${by.name.text} at ${where} takes all of its paths before it`,
      ),
    ]
  })
}

function ownRedirects({ block }: Statement): readonly Statement[] {
  return block?.statements.filter(({ name }) => /^redirect(?:match|permanent|temp)?$/i.test(name.text)) ?? []
}

function takesAllOf(before: RedirectRule, { path, isExpression }: RedirectRule): boolean {
  if (before.isExpression === true) return false
  if (before.path === '/') return true
  return isExpression !== true && path.startsWith(before.path.endsWith('/') ? before.path : `${before.path}/`)
}

function problemAt({ file, name }: Statement, message: string): Problem {
  return { file, place: name.place, message }
}

function describe({ file, name }: Statement): string {
  return `<${name.text}> at ${formatLocation(file, name.place)}`
}
