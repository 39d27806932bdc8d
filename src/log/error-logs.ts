import type { Config, Host } from '../config/config.ts'
import type { LogFileStatus } from './append-file.ts'
import { ErrorLog } from './error-log.ts'
import type { Rotation } from './rotating-file.ts'

/** The error logs of hosts that have one of their own, one for each file. */
export class ErrorLogs {
  readonly #logs = new Map<string, ErrorLog>()

  /** Throws when a file cannot be opened. */
  constructor(config: Pick<Config, 'logLevel'> & Rotation, paths: readonly string[]) {
    try {
      for (const path of paths)
        this.#logs.set(path, new ErrorLog({ ...config, errorLog: { kind: 'file', path } }))
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The log of a host; undefined when that is the server's. */
  of({ errorLog }: Pick<Host, 'errorLog'>): ErrorLog | undefined {
    return errorLog.kind === 'file' ? this.#logs.get(errorLog.path) : undefined
  }

  /** Opens every file anew, after logrotate has moved them; gives the reason of each that cannot be opened. */
  reopen(): string[] {
    return [...this.#logs.values()].flatMap(log => log.reopen() ?? [])
  }

  close(): void {
    for (const log of this.#logs.values()) log.close()
  }

  status(): LogFileStatus[] {
    return [...this.#logs.values()].flatMap(log => log.status())
  }
}

/** The files of all hosts that log elsewhere than the server. */
export function ownErrorLogs({ errorLog, hosts }: Pick<Config, 'errorLog' | 'hosts'>): string[] {
  const paths = hosts.flatMap(host => (host.errorLog.kind === 'file' ? [host.errorLog.path] : []))
  return [...new Set(paths)].filter(path => errorLog.kind !== 'file' || errorLog.path !== path)
}
