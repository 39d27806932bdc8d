import { median, spread } from '../measure/statistics.ts'
import { FAILURES, type Failure } from './client.ts'
import type { Measurement, Sample } from './measurement.ts'
import { WORKLOADS, type WorkloadName } from './workloads.ts'

/** A peer under one workload: medians of all rounds. */
export interface Result {
  readonly peer: string
  readonly workload: WorkloadName
  /** Requests or bytes a second, as the workload counts, and how far the rounds lie apart, as a share of it. */
  readonly rate: number
  readonly spread: number
  /** Processor time of the server: microseconds per request, or per MiB where bytes are counted. */
  readonly processorTime: number
  /** How much of one processor the server and the clients took: what is below 1 for both was waiting. */
  readonly serverShare: number
  readonly loadShare: number
  /** What all else on the machine took, in processors: much of it makes rates worthless. */
  readonly otherShare: number
  /** Microseconds, by percent; see load.c. */
  readonly latencies: readonly (readonly [percent: number, microseconds: number])[]
  /** Of all rounds together. */
  readonly failures: Readonly<Record<Failure, number>>
}

const BYTES_PER_MEBIBYTE = 1024 ** 2

/** What becomes of the rounds of each peer under each workload. */
export function resultsOf({ samples }: Pick<Measurement, 'samples'>): Result[] {
  const groups = Map.groupBy(samples, ({ peer, workload }) => `${workload} ${peer}`)
  return [...groups.values()].map(summarize)
}

function summarize(samples: readonly Sample[]): Result {
  const [first] = samples
  if (first === undefined) throw new Error('Expected a sample')
  const { peer, workload } = first
  const middle = (measure: (sample: Sample) => number) => median(samples.map(measure))
  const rates = samples.map(sample => amountOf(sample) / sample.seconds)
  return {
    peer,
    workload,
    rate: median(rates),
    spread: spread(rates),
    processorTime: middle(processorTimeOf),
    serverShare: middle(({ serverSeconds, seconds }) => serverSeconds / seconds),
    loadShare: middle(({ processorSeconds, seconds }) => processorSeconds / seconds),
    otherShare: middle(({ otherSeconds, seconds }) => otherSeconds / seconds),
    latencies: medianLatencies(samples.filter(({ responses }) => responses > 0)),
    failures: sumFailures(samples),
  }
}

/** Processor time of the server: microseconds per request, or per MiB where bytes are counted. */
export function processorTimeOf(sample: Sample): number {
  const unit = countsBytes(sample) ? BYTES_PER_MEBIBYTE : 1
  return (sample.serverSeconds * 1e6 * unit) / amountOf(sample)
}

function amountOf(sample: Sample): number {
  return countsBytes(sample) ? sample.bytes : sample.responses
}

function countsBytes({ workload }: Sample): boolean {
  return WORKLOADS[workload].unit === 'bytes'
}

function medianLatencies(samples: readonly Sample[]): Result['latencies'] {
  const percents = samples[0]?.latencies.map(([percent]) => percent) ?? []
  return percents.map((percent, index) => [
    percent,
    median(samples.map(({ latencies }) => latencies[index]?.[1] ?? Number.NaN)),
  ])
}

function sumFailures(samples: readonly Sample[]): Record<Failure, number> {
  const entries = FAILURES.map(failure => {
    return [failure, samples.reduce((sum, { failures }) => sum + failures[failure], 0)] as const
  })
  return Object.fromEntries(entries) as Record<Failure, number>
}

/** Microseconds; NaN when that percentile was not measured. */
export function latencyOf({ latencies }: Pick<Result, 'latencies'>, wanted: number): number {
  return latencies.find(([percent]) => percent === wanted)?.[1] ?? Number.NaN
}

export function failureCount({ failures }: Result): number {
  return FAILURES.reduce((sum, failure) => sum + failures[failure], 0)
}
