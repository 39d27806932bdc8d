import type { Config, Host } from './config.ts'
import { answersAt } from './https.ts'
import { formatLocation, type Problem } from './problem.ts'
import type { Statement } from './statement.ts'

/** Whether connections to a port, or with undefined to a Unix socket, begin with a PROXY header: as its hosts say, else as the server does. */
export function isProxiedAt(port: number | undefined, { hosts, remoteIpProxyProtocol }: Config): boolean {
  const said = hosts.filter(({ at }) => answersAt(port, at)).map(host => host.remoteIpProxyProtocol)
  return said.includes(true) || (remoteIpProxyProtocol === true && !said.includes(false))
}

const LISTS = ['RemoteIPTrustedProxy', 'RemoteIPInternalProxy']

const BELIEVES_ALL =
  'Whoever sends the field would be believed: add "RemoteIPTrustedProxy" or "RemoteIPInternalProxy" with the addresses of your proxies'
const BELIEVES_NEIGHBOURS =
  'Whoever has a loopback or private address may say here who the client is: add "RemoteIPTrustedProxy" with the addresses of your proxies'

/**
 * What cannot be meant of proxies, or seldom is.
 *
 * @param statements Those that stand together.
 * @param settings What they and all around them make.
 */
export function checkProxies(
  statements: readonly Statement[],
  settings: Partial<Pick<Host, 'remoteIpHeader' | 'remoteIpProxyProtocol' | 'remoteIpProxies'>>,
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  // A list with a mistake in it is there all the same.
  const isListed = LISTS.some(directive => given(directive, statements) !== undefined)
  if (isListed || (settings.remoteIpProxies ?? []).length > 0) return { problems: [], warnings: [] }
  const header = settings.remoteIpHeader === undefined ? undefined : given('RemoteIPHeader', statements)
  const protocol = settings.remoteIpProxyProtocol === true ? switchIn(statements) : undefined
  return {
    problems: header === undefined ? [] : [problemAt(header, BELIEVES_ALL)],
    warnings: protocol === undefined ? [] : [problemAt(protocol, BELIEVES_NEIGHBOURS)],
  }
}

/** A host, and what stands in its section. */
interface Said {
  readonly host: Host
  readonly statements: readonly Statement[]
}

/** The hosts that say of a port that its connections begin with a PROXY header, when others say that they do not. */
export function contradictions(all: readonly Said[], listen: Config['listen']): Problem[] {
  const asked = all.filter(({ host }) => host.remoteIpProxyProtocol !== undefined)
  const ports = [...listen, ...asked.flatMap(({ host }) => host.at)].map(({ port }) => port)
  return asked.flatMap((one, index) => {
    const other = asked.slice(0, index).find(before => disagree(before, one, ports))
    const [first, second] = [other, one].map(each => each && switchIn(each.statements))
    if (first === undefined || second === undefined) return []
    const where = formatLocation(first.file, first.name.place)
    const message = `A PROXY header comes before it is known which host is meant, and ${where} says otherwise of the same port: give all hosts of a port one answer`
    return [problemAt(second, message)]
  })
}

function disagree(
  { host: one }: Said,
  { host: other }: Said,
  ports: readonly (number | undefined)[],
): boolean {
  if (one.remoteIpProxyProtocol === other.remoteIpProxyProtocol) return false
  return ports.some(port => answersAt(port, one.at) && answersAt(port, other.at))
}

function switchIn(statements: readonly Statement[]): Statement | undefined {
  return given('RemoteIPProxyProtocol', statements)
}

function given(directive: string, statements: readonly Statement[]): Statement | undefined {
  return statements.find(({ name }) => name.text.toLowerCase() === directive.toLowerCase())
}

function problemAt({ file, name }: Statement, message: string): Problem {
  return { file, place: name.place, message }
}
