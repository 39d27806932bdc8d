import type { Quantiles } from '../turn/last-minute.ts'
import type { RequestSummary, TurnList } from '../turn/turn-list.ts'
import type { TraceEnd, TraceRecord } from '../turn/turn-trace.ts'

/**
 * What the control socket may ask of the running server. The server satisfies it; control/ knows no more of
 * HTTP, files or sockets than what stands here.
 */
export interface Daemon {
  status(): DaemonStatus
  turns(): TurnList
  /**
   * Records what comes of the turn for `duration` milliseconds, or until `signal` ends it early, or there is
   * more than it may record. Everything is reported as it happens, in a few records at a time; a report that gives
   * false ends it too, because too many of them are unread.
   */
  trace(
    duration: number,
    report: (records: readonly TraceRecord[]) => boolean,
    signal: AbortSignal,
  ): Promise<TraceEnd>
  /** Loads the configuration anew; on any problem the old one stays in force. */
  reload(): Promise<ReloadOutcome>
  /** Closes and opens the log files, for logrotate; gives the reason of each that cannot be opened, and goes on as it was. */
  reopenLogs(): readonly string[]
  /**
   * Has balancers send nothing more, by HealthPath, and connections end with their next response; it goes on listening.
   * Once it is so already nothing changes.
   *
   * @param wait How long it is waited until nothing is left, in milliseconds; undefined not to wait.
   * @param report Is told meanwhile what is left; when it gives false, or `signal` says so, the waiting ends early.
   */
  drain(
    wait: number | undefined,
    report: (remainder: Remainder) => boolean,
    signal: AbortSignal,
  ): Promise<DrainOutcome>
  /** Takes that back; tells whether there was anything to take back. */
  undrain(): boolean
  /** Begins an orderly stop: what is queued is finished first. Resolves when nothing is left to serve. */
  stop(): Promise<StopOutcome>
}

/** What a server still has to do with. */
export interface Remainder {
  /** Those that have arrived and are not answered. */
  readonly requests: number
  readonly connections: number
}

/** How the waiting for a server to be drained ends: nothing is left, the time is over, nobody waits, or `undrain`. */
export type DrainEnd = 'drained' | 'late' | 'ended early' | 'taken back'

export interface DrainOutcome {
  /** Milliseconds since the epoch. */
  readonly since: number
  /** Whether it was so before. */
  readonly isRepeated: boolean
  /** Whether there is a HealthPath by which a balancer learns of it. */
  readonly isTold: boolean
  /** Left out where nobody has waited. */
  readonly end?: DrainEnd
  readonly left: Remainder
}

export interface StopOutcome {
  /** Requests that were answered after the stop was asked for. */
  readonly finished: number
  /** Connections that were. */
  readonly brokenOff: number
}

export type ReloadOutcome =
  /** The warnings are as a person reads them, with file, line and column. */
  | { readonly kind: 'reloaded'; readonly changes: readonly string[]; readonly warnings: readonly string[] }
  /** Each problem as a person reads it, with its file, line and column. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

/** Times are milliseconds since the epoch, durations are microseconds, sizes are bytes. */
export interface DaemonStatus {
  readonly version: string
  /** Its name, where it is one of several with the same configuration; null where not. */
  readonly instance: string | null
  readonly pid: number
  readonly startedAt: number
  /** 'running', 'draining' once it is to get no more from a balancer, or 'stopping' once a stop was asked for. */
  readonly state: 'running' | 'draining' | 'stopping'
  /** Null while it is not to be drained. */
  readonly drainingSince: number | null
  readonly configuration: { readonly file: string; readonly loadedAt: number; readonly reloads: number }
  /** As in `0.0.0.0:8080` or `[::]:8080`. */
  readonly listening: readonly string[]
  readonly documentRoot: string
  /** Why it cannot be served, as when it is gone; null as long as it can. */
  readonly documentRootProblem: string | null
  /** Those that clients are shown over HTTPS, each once. */
  readonly certificates: readonly CertificateStatus[]
  readonly requests: {
    readonly total: number
    /** By class of status: keys '1xx' to '5xx'. */
    readonly byClass: Readonly<Record<string, number>>
    /** Those of responses under way among them. */
    readonly bytesSent: number
  }
  readonly connections: {
    readonly open: number
    readonly accepted: number
    /** Over HTTPS, where the handshake has failed. */
    readonly handshakesFailed: number
    readonly maximum: number
    /** For each client address, or null for `off`. */
    readonly maximumPerAddress: number | null
    /** Clients turned away because all connections, all of their address, or all descriptors were taken. */
    readonly turnedAway: { readonly full: number; readonly perAddress: number; readonly descriptors: number }
  }
  readonly turn: {
    readonly inService: RequestSummary | null
    readonly waiting: number
    /** Downloads set aside until their client has taken what was sent. */
    readonly setAside: number
    readonly handOvers: number
    readonly longestWait: number
    /** How long turns were waited for, and how long they lasted; null when there were none. */
    readonly lastMinute: { readonly wait: Quantiles | null; readonly service: Quantiles | null }
    /** Milliseconds, or null for `off`. */
    readonly maxWait: number | null
  }
  readonly fileCache: { readonly files: number; readonly bytes: number; readonly maximum: number }
  readonly logs: readonly LogStatus[]
  readonly memory: { readonly resident: number; readonly heapUsed: number }
}

export interface CertificateStatus {
  readonly file: string
  /** As in `www.example.com`. */
  readonly names: readonly string[]
  /** Milliseconds since the epoch. */
  readonly validUntil: number
}

export interface LogStatus {
  readonly path: string
  readonly state: 'ok' | 'failing'
  /** Lines lost since the start because the disk would not take them. */
  readonly linesLost: number
  readonly lastError: string | null
}
