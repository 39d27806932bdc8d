import type { Client, LoadResult } from './client.ts'
import { LoadError } from './load.ts'
import { type Timed, timed } from './timed.ts'

/** `openssl s_time` shakes hands, asks for a page and waits for the end, one connection after the other. */
export class OpensslTime implements Client {
  readonly #command: readonly string[]
  readonly #resumes: boolean

  /**
   * @param prefix What it is run by.
   * @param resumes Whether it resumes the session of the first connection (RFC 8446 §2.2).
   * @param seconds Rounded up to whole ones, as it takes them.
   */
  constructor(prefix: readonly string[], port: number, path: string, resumes: boolean, seconds: number) {
    this.#resumes = resumes
    const how = ['-connect', `127.0.0.1:${port}`, '-www', path, '-tls1_3', resumes ? '-reuse' : '-new']
    this.#command = [...prefix, 'openssl', 's_time', ...how, '-time', String(Math.ceil(seconds))]
  }

  /** It cannot tell when it begins. */
  async begun(): Promise<void> {}

  async result(): Promise<LoadResult> {
    return parseOpensslTime(await timed(this.#command), this.#resumes)
  }
}

/**
 * Reads what `openssl s_time` prints.
 *
 * @param resumes Whether each session is to be resumed, or each new.
 */
export function parseOpensslTime({ stdout: text, ...took }: Timed, resumes: boolean): LoadResult {
  const [, connections, bytes] = /^(\d+) connections in .*, bytes read (\d+)$/m.exec(text) ?? []
  // It prints a mark for each.
  const isAsWanted = (resumes ? /^r+$/m : /^\*+$/m).test(text)
  if (connections === undefined || !isAsWanted)
    throw new LoadError(`expected ${resumes ? 'resumed' : 'new'} sessions of openssl s_time, got "${text}"`)
  return {
    ...took,
    responses: Number(connections),
    bytes: Number(bytes),
    opened: Number(connections),
    failures: { unexpected: 0, aborted: 0, malformed: 0, unanswered: 0 },
    latencies: [],
  }
}
