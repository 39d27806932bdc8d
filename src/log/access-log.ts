import type { Config } from '../config/config.ts'
import type { AccessLogEntry } from './access-log-entry.ts'
import type { LogFileStatus } from './append-file.ts'
import { compileLogFormat } from './log-format.ts'
import { RotatingFile, type Rotation } from './rotating-file.ts'

/** Writes each request to every CustomLog. Logs of the same path share one file. */
export class AccessLog {
  readonly #files = new Map<string, RotatingFile>()
  readonly #logs: { readonly render: (entry: AccessLogEntry) => string; readonly file: RotatingFile }[] = []

  /** Throws when a file cannot be opened. Problems after that are told to `onProblem`, once each. */
  constructor(
    config: Pick<Config, 'customLog' | 'bufferedLogs'> & Rotation,
    onProblem: (message: string) => void,
  ) {
    const buffering = config.bufferedLogs ? 'short' : 'none'
    try {
      for (const { path, format } of config.customLog) {
        const file = this.#files.get(path) ?? new RotatingFile(path, config, onProblem, buffering)
        this.#files.set(path, file)
        this.#logs.push({ render: compileLogFormat(format), file })
      }
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Writes the line of a request; see {@link RotatingFile.write} for when it reaches the kernel. */
  record(entry: AccessLogEntry): void {
    for (const { render, file } of this.#logs) file.write(render(entry))
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
