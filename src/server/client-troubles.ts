import type { Config } from '../config/config.ts'
import { OUT_OF_DESCRIPTORS } from '../files/descriptors.ts'
import { networkOf } from '../http/request/peer.ts'
import type { ErrorLog } from '../log/error-log.ts'
import type { Admission } from '../network/connection.ts'
import type { Misconduct } from '../network/proxied/arrival.ts'
import type { Endpoint } from '../network/transport.ts'
import { problemOfHandshake } from '../tls/handshake-problem.ts'
import { systemClock } from '../turn/clock.ts'
import type { Traffic } from './traffic.ts'
import { WarningThrottle } from './warning-throttle.ts'

const NO_PROXY =
  'is to begin with a PROXY header, which its address may not send: name it in RemoteIPTrustedProxy if it is a proxy of yours, or in RemoteIPProxyProtocolExceptions if it sends none'

type Limit = Exclude<Admission, 'admitted'>

/** Tells of trouble that may come with every client, each kind once a minute, and counts it. */
export class ClientTroubles {
  readonly #traffic: Traffic
  readonly #config: () => Config
  readonly #errorLog: () => ErrorLog
  readonly #throttle = new WarningThrottle<Limit | 'handshake' | 'stranger' | Misconduct['kind']>(
    systemClock.now,
  )

  /** @param config That in force. */
  constructor(traffic: Traffic, config: () => Config, errorLog: () => ErrorLog) {
    this.#traffic = traffic
    this.#config = config
    this.#errorLog = errorLog
  }

  /** There was no room for a client. */
  turnedAway(limit: Limit, { address }: Endpoint): void {
    this.#traffic.turnedAway[limit]++
    if (limit === 'descriptors') return this.outOfDescriptors('Cannot accept connections')
    const { maxConnections, maxConnectionsPerAddress } = this.#config()
    this.#throttle.tell(limit, addition => {
      const reason =
        limit === 'full'
          ? `MaxConnections (${maxConnections}) are open`
          : `MaxConnectionsPerAddress (${maxConnectionsPerAddress}) are open from ${networkOf(address)}`
      this.#errorLog().warn('core', `Turned clients away: ${reason}${addition}`)
    })
  }

  /** @param what Could not be done, for whom. */
  outOfDescriptors(what: string, client?: string): void {
    this.#throttle.tell('descriptors', addition =>
      this.#errorLog().error(
        'core',
        `${what}: ${OUT_OF_DESCRIPTORS}${addition}`,
        client === undefined ? {} : { client },
      ),
    )
  }

  /** A connection of somebody who may send no PROXY header was cut off where one has to be sent. */
  strange(stranger: Endpoint): void {
    this.#cutOff('stranger', NO_PROXY, stranger)
  }

  /** A connection was cut off that did not begin with a PROXY header. */
  misbehaved({ kind, what }: Misconduct, proxy: Endpoint): void {
    this.#cutOff(kind, what, proxy)
  }

  #cutOff(trouble: 'stranger' | Misconduct['kind'], what: string, { address }: Endpoint): void {
    this.#throttle.tell(trouble, addition =>
      this.#errorLog().warn('remoteip', `Cut off a connection that ${what}${addition}`, { client: address }),
    )
  }

  handshakeFailed(error: Error, { address }: Endpoint): void {
    this.#traffic.handshakesFailed++
    this.#throttle.tell('handshake', addition =>
      this.#errorLog().log('info', 'ssl', `A handshake has failed: ${problemOfHandshake(error)}${addition}`, {
        client: address,
      }),
    )
  }
}
