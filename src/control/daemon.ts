/**
 * What the control socket may ask of the running server. The server satisfies it; control/ knows no more of
 * HTTP, files or sockets than what stands here.
 */
export interface Daemon {
  status(): DaemonStatus
  /** Loads the configuration anew; on any problem the old one stays in force. */
  reload(): Promise<ReloadOutcome>
  /** Closes and opens the log files, for logrotate. */
  reopenLogs(): void
  /** Begins an orderly stop: what is queued is finished first. Resolves when nothing is left to serve. */
  stop(): Promise<void>
}

export type ReloadOutcome =
  | { readonly kind: 'reloaded'; readonly changes: readonly string[] }
  /** Each problem as a person reads it, with its file, line and column. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

/** Times are milliseconds since the epoch, durations are microseconds, sizes are bytes. */
export interface DaemonStatus {
  readonly version: string
  readonly pid: number
  readonly startedAt: number
  /** 'running', or 'stopping' once a stop was asked for. */
  readonly state: 'running' | 'stopping'
  readonly configuration: { readonly file: string; readonly loadedAt: number; readonly reloads: number }
  /** As in `0.0.0.0:8080` or `[::]:8080`. */
  readonly listening: readonly string[]
  readonly documentRoot: string
  readonly requests: {
    readonly total: number
    /** By class of status: keys '1xx' to '5xx'. */
    readonly byClass: Readonly<Record<string, number>>
    readonly bytesSent: number
  }
  readonly connections: { readonly open: number; readonly accepted: number; readonly maximum: number }
  readonly turn: {
    readonly inService: RequestSummary | null
    readonly waiting: number
    /** Downloads set aside until their client has taken what was sent. */
    readonly setAside: number
    readonly handOvers: number
    readonly longestWait: number
    /** Milliseconds, or null for `off`. */
    readonly maxWait: number | null
  }
  readonly fileCache: { readonly files: number; readonly bytes: number; readonly maximum: number }
  readonly logs: readonly LogStatus[]
  readonly memory: { readonly resident: number; readonly heapUsed: number }
}

export interface RequestSummary {
  readonly remoteAddress: string
  /** Request line as received, unsafe bytes escaped. */
  readonly requestLine: string
  /** When it arrived. */
  readonly since: number
  readonly bytesSent: number
}

export interface LogStatus {
  readonly path: string
  readonly state: 'ok' | 'failing'
  /** Lines lost since the start because the disk would not take them. */
  readonly linesLost: number
  readonly lastError: string | null
}
