import type { DaemonStatus } from '../control/daemon.ts'
import type { Connections } from '../network/connections.ts'
import type { Site } from '../site/site.ts'
import type { ServerState } from '../site/step.ts'
import { namesIn } from '../tls/identity.ts'
import { summarizeRequest } from '../turn/turn-list.ts'
import type { TurnQueue } from '../turn/turn-queue.ts'
import type { TurnTaker } from '../turn/turn-taker.ts'
import type { TurnTimes } from '../turn/turn-times.ts'
import { VERSION } from '../version.ts'
import type { OpenResources } from './open-resources.ts'
import type { Traffic } from './traffic.ts'

/** The part of the server that `webserverctl status` shows. */
export interface DescribedServer {
  readonly startedAt: number
  readonly serverState: ServerState
  readonly drainingSince: number | undefined
  readonly loadedAt: number
  readonly reloads: number
  readonly addresses: readonly string[]
  readonly site: Site
  readonly rootProblem: string | undefined
  readonly traffic: Traffic
  readonly queue: TurnQueue<TurnTaker>
  readonly turnTimes: TurnTimes
  readonly connections: Connections
  readonly open: OpenResources
  now(): number
}

/** All that `webserverctl status` shows, as it is now. */
export function describeServer(server: DescribedServer): DaemonStatus {
  const { site, traffic, queue, turnTimes, connections, open } = server
  const { handOvers, longestWait } = queue.statistics
  const memory = process.memoryUsage()
  return {
    version: VERSION,
    instance: site.config.instance ?? null,
    pid: process.pid,
    startedAt: server.startedAt,
    state: server.serverState,
    drainingSince: server.drainingSince ?? null,
    configuration: { file: site.config.file, loadedAt: server.loadedAt, reloads: server.reloads },
    listening: server.addresses,
    documentRoot: site.config.documentRoot,
    documentRootProblem: server.rootProblem ?? null,
    certificates: site.certificates.identities.map(({ file, certificate }) => ({
      file,
      names: namesIn(certificate),
      validUntil: certificate.validToDate.getTime(),
    })),
    requests: {
      total: traffic.requests,
      byClass: traffic.byClass,
      bytesSent: traffic.bytesSent + bytesUnderWay(queue),
    },
    connections: {
      open: connections.count,
      accepted: traffic.connections,
      handshakesFailed: traffic.handshakesFailed,
      maximum: site.config.maxConnections,
      maximumPerAddress: finite(site.config.maxConnectionsPerAddress),
      turnedAway: { ...traffic.turnedAway },
    },
    turn: {
      inService: queue.inService === undefined ? null : summarizeRequest(queue.inService),
      waiting: queue.waiting,
      setAside: queue.setAside,
      handOvers,
      longestWait: Math.round(longestWait * 1000),
      lastMinute: {
        wait: turnTimes.wait.quantiles(server.now()),
        service: turnTimes.service.quantiles(server.now()),
      },
      maxWait: finite(queue.maxWait),
    },
    fileCache: {
      files: site.fileCache.count,
      bytes: site.fileCache.size,
      maximum: site.fileCache.maximum,
    },
    logs: [...open.accessLog.status(), ...open.errorLog.status(), ...open.hostErrorLogs.status()],
    memory: { resident: memory.rss, heapUsed: memory.heapUsed },
  }
}

/** What has been sent of responses that are not complete, so that a long download counts as it goes on. */
function bytesUnderWay(queue: TurnQueue<TurnTaker>): number {
  return queue.standings().reduce((bytes, { service }) => bytes + service.bytesSent, 0)
}

/** JSON knows no infinity. */
function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null
}
