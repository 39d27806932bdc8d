import type { Config, Host, ListenAddress, Protocol } from './config.ts'

/**
 * What is spoken at a port: what its Listen says, else HTTPS where a host that answers there has SSLEngine, or at port 443
 * where there is any certificate.
 */
export function protocolAt(port: number, config: Pick<Config, 'listen' | 'hosts'> & Host): Protocol {
  // Port 0 is another one each time.
  const given =
    port === 0 ? undefined : config.listen.find(each => each.port === port && each.protocol !== undefined)
  if (given?.protocol !== undefined) return given.protocol
  const hosts: readonly Host[] = [config, ...config.hosts]
  const isEngaged = hosts.some(host => host.sslEngine === true && answersAt(port, host.at))
  const isUsual = port === 443 && hosts.some(host => host.sslCertificateFile.length > 0)
  return isEngaged || isUsual ? 'https' : 'http'
}

/** The addresses with what is spoken there; HTTP goes without saying. */
export function withProtocols(config: Config): readonly ListenAddress[] {
  return config.listen.map(({ protocol, ...address }) =>
    (protocol ?? protocolAt(address.port, config)) === 'https' ? { ...address, protocol: 'https' } : address,
  )
}

/** Whether HTTPS is spoken at an address, as far as its Listen tells. */
export function mayBeSecure({ port, protocol }: ListenAddress): boolean {
  return protocol === undefined ? port === 443 : protocol === 'https'
}

/** The first port at which a host would have to speak HTTPS without a certificate; undefined where there is none. */
export function portWithoutCertificate(host: Host, config: Config): number | undefined {
  if (host.sslCertificateFile.length > 0) return undefined
  const secure = withProtocols(config).filter(({ protocol }) => protocol === 'https')
  return secure.find(({ port }) => answersAt(port, host.at))?.port
}

/** Whether a host is asked for at a port; the main server, which names none, at all. */
export function answersAt(port: number, at: Host['at']): boolean {
  return at.length === 0 || at.some(address => address.port === undefined || address.port === port)
}
