import { Client } from '../support/client.ts'

/** What HAProxy counts of one server, or of all behind it. */
export interface Statistics {
  /** Whether it is sent requests, such as `UP` or `DOWN 1/2`; `no check` where it is not asked. */
  readonly status: string
  /** Requests that were given to it. */
  readonly requests: number
  /** Requests that wait for it. */
  readonly waiting: number
  /** Attempts after the first one, and those of them that went to another server. */
  readonly retries: number
  readonly redispatches: number
}

/**
 * Asks at the socket of HAProxy about a server of the example's backend; `BACKEND` is all of them (management guide of
 * HAProxy 2.6, section 9.1).
 */
export async function statisticsOf(server: string, socket: string): Promise<Statistics> {
  using client = await Client.connectUnix(socket)
  client.send('show stat\n')
  const { bytes } = await client.untilClosed()
  const [names = [], ...rows] = bytes
    .toString('latin1')
    .split('\n')
    .map(line => line.split(','))
  const row = rows.find(([backend, name]) => backend === 'webserver' && name === server)
  const value = (name: string) => row?.[names.indexOf(name)] ?? ''
  return {
    status: value('status'),
    requests: Number(value('stot')),
    waiting: Number(value('qcur')),
    retries: Number(value('wretr')),
    redispatches: Number(value('wredis')),
  }
}
