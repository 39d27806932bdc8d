import type { Config, Host, ListenAddress, Protocol } from './config.ts'
import type { Problem } from './problem.ts'
import type { Statement } from './statement.ts'

/**
 * What is spoken at a port: what its Listen says, else what SSLEngine says of a host that answers there, On before Off, else
 * HTTPS at port 443 where there is any certificate.
 */
export function protocolAt(port: number, config: Pick<Config, 'listen' | 'hosts'> & Host): Protocol {
  // Port 0 is another one each time.
  const given =
    port === 0 ? undefined : config.listen.find(each => each.port === port && each.protocol !== undefined)
  if (given?.protocol !== undefined) return given.protocol
  const hosts: readonly Host[] = [config, ...config.hosts]
  const engines = hosts.filter(({ at }) => answersAt(port, at)).map(({ sslEngine }) => sslEngine)
  if (engines.includes(true)) return 'https'
  if (engines.includes(false)) return 'http'
  return port === 443 && hosts.some(host => host.sslCertificateFile.length > 0) ? 'https' : 'http'
}

/** The addresses with what is spoken there; HTTP goes without saying. */
export function withProtocols(config: Config): readonly ListenAddress[] {
  return config.listen.map(given => {
    if (given.path !== undefined) return given
    const { protocol, ...address } = given
    const spoken = protocol ?? protocolAt(address.port, config)
    return spoken === 'https' ? { ...address, protocol: spoken } : address
  })
}

/** Whether HTTPS is spoken at an address, as far as its Listen tells. */
export function mayBeSecure({ port, protocol }: ListenAddress): boolean {
  return protocol === undefined ? port === 443 : protocol === 'https'
}

/**
 * The first port at which a host would have to speak HTTPS without a certificate; undefined where there is none.
 *
 * @param listen With what is spoken there, as {@link withProtocols} gives it.
 */
export function portWithoutCertificate(host: Host, listen: readonly ListenAddress[]): number | undefined {
  if (host.sslCertificateFile.length > 0) return undefined
  return listen.find(({ port, protocol }) => protocol === 'https' && answersAt(port, host.at))?.port
}

/**
 * An SSLEngine among these statements of a host that holds at none of its ports, as far as they are known.
 *
 * @param listen With what is spoken there, as {@link withProtocols} gives it.
 */
export function engineInVain(
  statements: readonly Statement[],
  { at, sslEngine }: Pick<Host, 'at' | 'sslEngine'>,
  listen: readonly ListenAddress[],
): readonly Problem[] {
  const statement = statements.find(({ name }) => name.text.toLowerCase() === 'sslengine')
  const wanted = sslEngine === true ? 'https' : 'http'
  const own = listen.filter(({ port }) => port !== undefined && answersAt(port, at))
  const [first] = own
  if (statement === undefined || first === undefined) return []
  if (own.some(({ protocol = 'http' }) => protocol === wanted)) return []
  const spoken = first.protocol === 'https' ? 'HTTPS' : 'HTTP'
  const message = `All hosts speak ${spoken} at port ${first.port}, whatever is said here: leave it out, or write "Listen ${first.port} ${wanted}"`
  return [{ file: statement.file, place: statement.name.place, message }]
}

/** Whether a host is asked for at a port, or with undefined at a Unix socket; the main server, which names none, at all. */
export function answersAt(port: number | undefined, at: Host['at']): boolean {
  return at.length === 0 || at.some(address => address.port === undefined || address.port === port)
}
