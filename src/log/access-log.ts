import type { Config, Host } from '../config/config.ts'
import type { AccessLogEntry } from './access-log-entry.ts'
import type { LogFileStatus } from './append-file.ts'
import { compileLogFormat } from './log-format.ts'
import { RotatingFile, type Rotation } from './rotating-file.ts'

/** The logs of one host: what is written of a request, and where. */
type Logs = readonly { readonly render: (entry: AccessLogEntry) => string; readonly file: RotatingFile }[]

/** What {@link AccessLog} needs of a configuration. */
export type LoggedConfig = Pick<Config, 'customLog' | 'bufferedLogs'> &
  Rotation & { readonly hosts: readonly Pick<Host, 'customLog'>[] }

/** Writes each request to every CustomLog of its host. Logs of the same path share one file. */
export class AccessLog {
  readonly #files = new Map<string, RotatingFile>()
  readonly #ofServer: Host['customLog']
  /** By what the configuration has them from; hosts without logs of their own share those of the server. */
  readonly #logs = new WeakMap<Host['customLog'], Logs>()
  #latest: { readonly customLog: Host['customLog']; readonly logs: Logs } = { customLog: [], logs: [] }

  /** Throws when a file cannot be opened. Problems after that are told to `onProblem`, once each. */
  constructor(config: LoggedConfig, onProblem: (message: string) => void) {
    this.#ofServer = config.customLog
    const buffering = config.bufferedLogs ? 'short' : 'none'
    try {
      for (const path of logFiles(config))
        this.#files.set(path, new RotatingFile(path, config, onProblem, buffering))
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Writes the line of a request; see {@link RotatingFile.write} for when it reaches the kernel. */
  record(entry: AccessLogEntry, customLog: Host['customLog']): void {
    for (const { render, file } of this.#logsFor(customLog)) file.write(render(entry))
  }

  #logsFor(customLog: Host['customLog']): Logs {
    if (this.#latest.customLog !== customLog) {
      const logs = this.#logs.get(customLog) ?? this.#compile(customLog)
      this.#logs.set(customLog, logs)
      this.#latest = { customLog, logs }
    }
    return this.#latest.logs
  }

  /**
   * Those of a request that began before a reload are another configuration's: where one of their files is open no more it is
   * logged as requests of the server are now, once in each file.
   */
  #compile(customLog: Host['customLog']): Logs {
    const logs = customLog.flatMap(({ path, format }) => {
      const file = this.#files.get(path)
      return file === undefined ? [] : [{ render: compileLogFormat(format), file }]
    })
    const isPast = logs.length < customLog.length && customLog !== this.#ofServer
    return isPast ? this.#compile(this.#ofServer) : logs
  }

  /** Opens every file anew, after logrotate has moved them; gives the reason of each that cannot be opened. */
  reopen(): string[] {
    return [...this.#files.values()].flatMap(file => file.reopen() ?? [])
  }

  /** Flushes and closes every file. A request recorded later still gets its line. */
  close(): void {
    for (const file of this.#files.values()) file.close()
  }

  status(): LogFileStatus[] {
    return [...this.#files.values()].map(file => file.status())
  }
}

/** The files of the server and of all its hosts, each once. */
export function logFiles({ customLog, hosts }: Pick<LoggedConfig, 'customLog' | 'hosts'>): string[] {
  const logs = [customLog, ...hosts.map(host => host.customLog)].flat()
  return [...new Set(logs.map(({ path }) => path))]
}
