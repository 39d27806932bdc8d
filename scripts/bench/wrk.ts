import type { Client, LoadResult } from './client.ts'
import { LoadError } from './load.ts'
import { timed } from './timed.ts'

/** Microseconds and bytes. */
const UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
}

/** wrk(1) asks for a page. It minds a status only if it is an error. */
export class Wrk implements Client {
  readonly #command: readonly string[]

  /**
   * @param prefix What it is run by.
   * @param seconds Rounded up to whole ones, as it takes them.
   */
  constructor(prefix: readonly string[], url: string, connections: number, seconds: number) {
    const options = ['-t', '1', '-c', String(connections), '-d', `${Math.ceil(seconds)}s`, '--latency', url]
    this.#command = [...prefix, 'wrk', ...options]
  }

  /** It cannot tell when it begins: its connections are opened while it measures. */
  async begun(): Promise<void> {}

  async result(): Promise<LoadResult> {
    const { stdout, processorSeconds } = await timed(this.#command)
    return { ...parseWrk(stdout), processorSeconds }
  }
}

/** Reads what `wrk --latency` prints. */
export function parseWrk(text: string): Omit<LoadResult, 'processorSeconds'> {
  const [, responses, duration = '', received = ''] =
    /^\s*(\d+) requests in ([\d.]+\w+), ([\d.]+\w+) read$/m.exec(text) ?? []
  if (responses === undefined) throw new LoadError(`expected a result of wrk, got "${text}"`)
  const [, connect = 0, read = 0, write = 0, timeout = 0] =
    /^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$/m.exec(text)?.map(Number) ?? []
  return {
    seconds: parseAmount(duration) / 1e6,
    responses: Number(responses),
    bytes: parseAmount(received),
    opened: 0,
    failures: {
      unexpected: Number(/^\s*Non-2xx or 3xx responses: (\d+)$/m.exec(text)?.[1] ?? 0),
      aborted: connect + read + write,
      malformed: 0,
      unanswered: timeout,
    },
    latencies: [...text.matchAll(/^\s*(\d+)% +([\d.]+\w+)$/gm)].map(
      ([, percent, latency = '']) => [Number(percent), parseAmount(latency)] as const,
    ),
  }
}

function parseAmount(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)(\w+)$/.exec(text) ?? []
  return Number(number) * (UNITS[unit] ?? Number.NaN)
}
