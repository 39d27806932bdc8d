import type { DaemonStatus, RequestSummary, TurnList, TurnState } from '../control/daemon.ts'
import { VERSION } from '../version.ts'
import { shownRequestLine, type TurnTaker } from './connection.ts'
import type { Server } from './server.ts'

/** The most requests that are listed, and of them the most that are set aside. */
const MOST_LISTED = 100
const MOST_SET_ASIDE = 40

/** All that `webserverctl status` shows, as it is now. */
export function describeServer(server: Server): DaemonStatus {
  const { site, traffic, queue, turnTimes, connections, open } = server
  const { handOvers, longestWait } = queue.statistics
  const memory = process.memoryUsage()
  return {
    version: VERSION,
    pid: process.pid,
    startedAt: server.startedAt,
    state: server.stopping ? 'stopping' : 'running',
    configuration: { file: site.config.file, loadedAt: server.loadedAt, reloads: server.reloads },
    listening: server.addresses,
    documentRoot: site.config.documentRoot,
    requests: { total: traffic.requests, byClass: traffic.byClass, bytesSent: traffic.bytesSent },
    connections: {
      open: connections.count,
      accepted: traffic.connections,
      maximum: site.config.maxConnections,
      maximumPerAddress: finite(site.config.maxConnectionsPerAddress),
      turnedAway: { full: traffic.turnedAway.full, perAddress: traffic.turnedAway.perAddress },
    },
    turn: {
      inService: queue.inService === undefined ? null : summarize(queue.inService),
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
      files: site.root.cache.count,
      bytes: site.root.cache.size,
      maximum: site.root.cache.maximum,
    },
    logs: [...open.accessLog.status(), ...open.errorLog.status()],
    memory: { resident: memory.rss, heapUsed: memory.heapUsed },
  }
}

/** All that `webserverctl turns` shows: of a long queue its head, and of many downloads set aside some. */
export function describeTurns({ queue }: Pick<Server, 'queue'>, now: number): TurnList {
  const of = (wanted: (state: TurnState) => boolean, most: number) => [
    ...queue
      .standings()
      .filter(({ state }) => wanted(state))
      .take(most),
  ]
  const setAside = of(state => state === 'set aside', MOST_SET_ASIDE)
  const others = of(state => state !== 'set aside', MOST_LISTED - setAside.length)
  return {
    waiting: queue.waiting,
    setAside: queue.setAside,
    requests: [...others, ...setAside].map(({ service, state, since }) => ({
      ...summarize(service),
      state,
      duration: Math.round((now - since) * 1000),
    })),
  }
}

function summarize(taker: TurnTaker): RequestSummary {
  return {
    remoteAddress: taker.client.remoteAddress,
    requestLine: shownRequestLine(taker.requestLine),
    since: taker.arrivedAt,
    bytesSent: taker.bytesSent,
    bytesTotal: taker.bytesTotal ?? null,
  }
}

/** JSON knows no infinity. */
function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null
}
