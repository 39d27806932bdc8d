import type { Daemon, DaemonStatus } from '../../src/control/daemon.ts'
import type { TurnList } from '../../src/turn/turn-list.ts'

const NOON = Date.UTC(2026, 0, 15, 12)

/** A busy server, for tests. */
export const BUSY: DaemonStatus = {
  version: '1.2.3',
  instance: null,
  pid: 4242,
  startedAt: NOON - 100 * 3_600_000,
  state: 'running',
  drainingSince: null,
  configuration: { file: '/etc/webserver/webserver.conf', loadedAt: NOON - 90_000, reloads: 2 },
  listening: ['0.0.0.0:8080', '[::]:8080'],
  documentRoot: '/srv/www',
  documentRootProblem: null,
  certificates: [],
  requests: {
    total: 1_234_567,
    byClass: { '1xx': 0, '2xx': 1_200_000, '3xx': 34_000, '4xx': 567, '5xx': 0 },
    bytesSent: 5 * 1024 ** 3,
  },
  connections: {
    open: 12,
    accepted: 45_678,
    handshakesFailed: 0,
    maximum: 1024,
    maximumPerAddress: 20,
    turnedAway: { full: 5, perAddress: 1234, descriptors: 0 },
  },
  turn: {
    inService: {
      remoteAddress: '192.0.2.7',
      requestLine: 'GET /big.iso HTTP/1.1',
      since: NOON - 2500,
      bytesSent: 14 * 1024 ** 2,
      bytesTotal: 64 * 1024 ** 2,
    },
    waiting: 3,
    setAside: 1,
    handOvers: 17,
    longestWait: 12_345,
    lastMinute: {
      wait: { count: 12_345, p50: 1, p90: 850, p99: 12_345, max: 20_100 },
      service: { count: 12_345, p50: 40, p90: 1250, p99: 59_900, max: 312_000_000 },
    },
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

/** The turn of a busy server, for tests. */
export const BUSY_TURN: TurnList = {
  waiting: 120,
  setAside: 1,
  requests: [
    {
      state: 'in service',
      duration: 2_500_000,
      remoteAddress: '192.0.2.7',
      requestLine: 'GET /big.iso HTTP/1.1',
      since: NOON - 2500,
      bytesSent: 14 * 1024 ** 2,
      bytesTotal: 64 * 1024 ** 2,
    },
    {
      state: 'waiting',
      duration: 12_345,
      remoteAddress: '2001:db8:1234:5678:9abc:def0:1234:5678',
      requestLine: 'GET / HTTP/1.1',
      since: NOON - 12,
      bytesSent: 0,
      bytesTotal: null,
    },
    {
      state: 'set aside',
      duration: 59_000_000,
      remoteAddress: '192.0.2.200',
      requestLine: 'GET /a/path/that/goes/on/and/on/until/no/line/of/a/terminal/can/hold/it.iso HTTP/1.1',
      since: NOON - 3_600_000,
      bytesSent: 768 * 1024,
      bytesTotal: 700 * 1024 ** 2,
    },
  ],
}

/** A daemon that does nothing well, but for what a test replaces. */
export function fakeDaemon(replaced: Partial<Daemon> = {}): Daemon {
  return {
    status: () => BUSY,
    turns: () => BUSY_TURN,
    trace: async () => ({ duration: 0, reason: 'over' }),
    reload: async () => ({ kind: 'reloaded', changes: [], warnings: [] }),
    reopenLogs: () => [],
    drain: async () => ({
      since: NOON,
      isRepeated: false,
      isTold: true,
      left: { requests: 0, connections: 0 },
    }),
    undrain: () => false,
    stop: async () => ({ finished: 0, brokenOff: 0 }),
    ...replaced,
  }
}
