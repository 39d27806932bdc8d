import type { DaemonStatus, RequestSummary } from '../control/daemon.ts'
import { escapeLogText } from '../log/escape.ts'
import { VERSION } from '../version.ts'
import type { TurnTaker } from './connection.ts'
import { Exchange } from './exchange.ts'
import type { Server } from './server.ts'

/** All that `webserverctl status` shows, as it is now. */
export function describeServer(server: Server): DaemonStatus {
  const { site, traffic, queue, connections, open } = server
  const { turns: _, ...turn } = queue.statistics
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
    },
    turn: {
      inService: summarize(queue.inService),
      waiting: queue.waiting,
      setAside: queue.setAside,
      handOvers: turn.handOvers,
      longestWait: Math.round(turn.longestWait * 1000),
      maxWait: queue.maxWait === Number.POSITIVE_INFINITY ? null : queue.maxWait,
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

function summarize(taker: TurnTaker | undefined): RequestSummary | null {
  if (!(taker instanceof Exchange)) return null
  return {
    remoteAddress: taker.remoteAddress,
    requestLine: escapeLogText(taker.requestLine),
    since: taker.arrivedAt,
    bytesSent: taker.bytesSent,
  }
}
