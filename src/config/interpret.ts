import { checkAccess } from './access.ts'
import { applyDirectives, type Findings, join, NOTHING, originsOf, SERVER } from './apply.ts'
import type { Config } from './config.ts'
import { type Draft, INITIAL } from './draft.ts'
import { foldersOfNobody, interpretSections } from './folder-sections.ts'
import { interpretHosts, namesOf } from './hosts.ts'
import { engineInVain, portWithoutCertificate, withProtocols } from './https.ts'
import { checkProxies } from './proxied.ts'
import { checkSections, sectionsNamed, unwrap, withoutSections, wordsOf } from './sections.ts'
import type { Statement } from './statement.ts'
import { reachesMain } from './values/host-address.ts'

/** What holds before any directive. */
export type Surroundings = Pick<Config, 'file' | 'instance' | 'serverRoot' | 'serverName'>

export interface Interpretation extends Omit<Findings, 'warnings'> {
  /** Complete only when there is no problem. */
  readonly config: Config
}

/** Applies the table of directives to the statements, and the defaults of those that are not given. */
export function interpret(given: readonly Statement[], surroundings: Surroundings): Interpretation {
  const statements = unwrap(given)
  const directives = withoutSections(statements)
  const draft: Draft = { ...INITIAL, ...surroundings }
  const main = applyDirectives(directives, draft, SERVER)
  const names = namesOf(draft, true)
  const origins = originsOf(directives)
  const place = { at: [], names, says: [], origins, sections: [], hosts: [], warnings: [] }
  // Each field of a Config has a row, and each row has filled its field or reported a problem.
  const outside = { ...(draft as Config), ...place }
  const { sections, found: inner } = interpretSections(statements, outside)
  const says = withoutHosts(statements).map(wordsOf)
  const server: Config = { ...outside, sections, says }
  const { hosts, found } = interpretHosts(statements, server)
  const listen = withProtocols({ ...server, hosts })
  const access = { ...checkAccess(directives, draft, draft.listen), paths: [] }
  const proxies = { ...checkProxies(directives, draft), paths: [] }
  const whole = join([
    checkSections(given),
    main,
    access,
    proxies,
    inner,
    found,
    withoutCertificate(directives, { ...server, hosts, listen }),
  ])
  // What cannot be meant may have left some fields empty.
  const dead = whole.problems.length > 0 ? [] : foldersOfNobody([server, ...hosts], statements)
  const vain = engineInVain(directives, server, listen)
  const { problems, warnings, paths } = { ...whole, warnings: [...whole.warnings, ...dead, ...vain] }
  const config = { ...server, hosts, warnings, listen }
  const [first] = hosts
  const at = hosts.flatMap(host => host.at)
  if (first === undefined || reachesMain(config.listen, at)) return { config, problems, paths }
  // Nobody is served what the main server would serve by default.
  const isNeeded = ({ use, place: where }: (typeof paths)[number]) =>
    where !== undefined || use !== 'folder to serve'
  const documentRoot = server.origins.has('DocumentRoot') ? config.documentRoot : first.documentRoot
  return { config: { ...config, documentRoot }, problems, paths: paths.filter(isNeeded) }
}

/** The main server, where no host stands for it, needs a certificate where HTTPS is spoken. */
function withoutCertificate(directives: readonly Statement[], config: Config): Findings {
  const { listen, hosts } = config
  const at = hosts.flatMap(host => host.at)
  const own = listen.filter(address => reachesMain([address], at))
  const port = portWithoutCertificate(config, own)
  const statement = directives.find(({ name }) => /^(?:Listen|SSLEngine)$/i.test(name.text))
  if (port === undefined || statement === undefined) return NOTHING
  const { file, name } = statement
  const message = `Expected an SSLCertificateFile: HTTPS is spoken at port ${port}`
  return { ...NOTHING, problems: [{ file, place: name.place, message }] }
}

function withoutHosts(statements: readonly Statement[]): readonly Statement[] {
  const hosts = sectionsNamed('VirtualHost', statements)
  return statements.filter(statement => statement.block !== undefined && !hosts.includes(statement))
}
