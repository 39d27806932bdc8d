/** Whoever asks a server for something. */
export interface Client {
  /** Resolves when measuring begins. */
  begun(): Promise<void>
  /** Resolves when it has ended. */
  result(): Promise<LoadResult>
}

/** What they tell of a run. */
export interface LoadResult {
  readonly seconds: number
  readonly responses: number
  readonly bytes: number
  /** Connections opened meanwhile. */
  readonly opened: number
  /** What the clients took of a processor themselves. */
  readonly processorSeconds: number
  readonly failures: Readonly<Record<Failure, number>>
  /** Percentiles in microseconds, the last of which is the longest. */
  readonly latencies: readonly (readonly [percent: number, microseconds: number])[]
}

/** Answers with another status, connections that end before the answer, heads without a length, no answer at all. */
export const FAILURES = ['unexpected', 'aborted', 'malformed', 'unanswered'] as const
export type Failure = (typeof FAILURES)[number]
