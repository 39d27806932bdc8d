import type { Daemon, DaemonStatus } from './daemon.ts'

const NOON = Date.UTC(2026, 0, 15, 12)

/** A busy server, for tests. */
export const BUSY: DaemonStatus = {
  version: '1.2.3',
  pid: 4242,
  startedAt: NOON - 100 * 3_600_000,
  state: 'running',
  configuration: { file: '/etc/webserver/webserver.conf', loadedAt: NOON - 90_000, reloads: 2 },
  listening: ['0.0.0.0:8080', '[::]:8080'],
  documentRoot: '/srv/www',
  requests: {
    total: 1_234_567,
    byClass: { '1xx': 0, '2xx': 1_200_000, '3xx': 34_000, '4xx': 567, '5xx': 0 },
    bytesSent: 5 * 1024 ** 3,
  },
  connections: { open: 12, accepted: 45_678, maximum: 1024 },
  turn: {
    inService: {
      remoteAddress: '192.0.2.7',
      requestLine: 'GET /big.iso HTTP/1.1',
      since: NOON - 2500,
      bytesSent: 14 * 1024 ** 2,
    },
    waiting: 3,
    setAside: 1,
    handOvers: 17,
    longestWait: 12_345,
    maxWait: 20,
  },
  fileCache: { files: 1, bytes: 1536, maximum: 64 * 1024 ** 2 },
  logs: [
    { path: '/var/log/webserver/access.log', state: 'ok', linesLost: 0, lastError: null },
    { path: '/var/log/webserver/error.log', state: 'failing', linesLost: 9, lastError: 'ENOSPC: disk full' },
  ],
  memory: { resident: 80 * 1024 ** 2, heapUsed: 20 * 1024 ** 2 },
}

/** The moment at which {@link BUSY} was taken. */
export const BUSY_NOW = NOON

/** A daemon that does nothing well, but for what a test replaces. */
export function fakeDaemon(replaced: Partial<Daemon> = {}): Daemon {
  return {
    status: () => BUSY,
    reload: async () => ({ kind: 'reloaded', changes: [] }),
    reopenLogs() {},
    async stop() {},
    ...replaced,
  }
}
