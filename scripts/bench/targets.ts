import { median, uncertainty } from '../measure/statistics.ts'
import type { Sample } from './measurement.ts'
import type { Group } from './peers.ts'
import { failureCount, latencyOf, processorTimeOf, type Result, resultsOf } from './results.ts'
import type { WorkloadName } from './workloads.ts'

/** A server as quick as this one should be. */
export const OURS = 'webserver'

/**
 * Ours as a multiple of theirs: requests per second of processor time, which is what the rate would be on a machine with
 * nothing else to do; or the 99th percentile of the time to an answer.
 */
type Comparison = 'per processor time' | 'p99'

interface Target {
  readonly text: string
  readonly workload: WorkloadName
  /** Those to compare with; the best of them counts. */
  readonly peers: readonly string[] | Group
  readonly compare: Comparison
  /** At least so much per processor time, at most so much of a latency. */
  readonly wanted: number
}

/** This server beside another, under one workload of one run. */
export interface Ratio {
  readonly workload: WorkloadName
  readonly peer: string
  /** Ours as a multiple of theirs: the median of what each round says. */
  readonly got: number
  /** Of that, as a share of it; see {@link uncertainty}. */
  readonly uncertainty: number
  /** The same of requests or bytes a second, in which all else on the machine has its part. */
  readonly gotOfRate: number
  /** Whether all that either was asked was answered as it should be. */
  readonly isClean: boolean
  /** What all else on the machine took while either was measured, in processors. */
  readonly otherShare: number
}

/** Whether a target is met in one run. */
export interface Verdict extends Ratio, Pick<Target, 'text' | 'compare' | 'wanted'> {
  readonly isMet: boolean
}

/** A ratio is certain enough when it is known to within this share of it. */
const CERTAIN_ENOUGH = 0.1

const [SHIPPED, TUNED, LIGHTTPD] = ['nginx as shipped', 'nginx tuned', 'lighttpd']

/** What this project wants to reach. */
const TARGETS: readonly Target[] = [
  atLeast(2.2, '1 KiB × 64', 'page-64', [SHIPPED]),
  atLeast(1.5, '1 KiB × 64', 'page-64', [TUNED]),
  atLeast(1.15, '1 KiB × 64', 'page-64', [LIGHTTPD]),
  atLeast(0.78, '1 KiB × 64', 'page-64', ['C constant']),
  atLeast(0.9, '1 KiB × 64', 'page-64', ['node:net constant']),
  { ...atLeast(2, '1 KiB × 64', 'page-64', 'node'), text: '1 KiB × 64 beside the best server on Node' },
  atLeast(0.88, 'A new connection each', 'new-connection', [SHIPPED]),
  atLeast(1.08, '304', 'not-modified', [LIGHTTPD]),
  atLeast(1.05, '404', 'not-found', [TUNED]),
  atLeast(1.05, '10,000 files, warm,', 'files-warm', [TUNED]),
  atLeast(0.95, '10,000 files, warm,', 'files-warm', [LIGHTTPD]),
  atLeast(0.5, '10,000 files, each for the first time,', 'files-cold', [SHIPPED]),
  atLeast(0.7, '10,000 files, remembering none,', 'files-off', [SHIPPED]),
  atLeast(1.1, 'Pipelined × 16', 'pipelined', [LIGHTTPD]),
  atLeast(0.85, '100 MiB × 1', 'film-1', [LIGHTTPD]),
  atLeast(0.7, '100 MiB × 8', 'film-8', [LIGHTTPD]),
  atLeast(1.15, '100 KiB × 64', 'image-100k', [LIGHTTPD]),
  atLeast(1, 'HTTPS, 1 KiB × 64', 'secure-page', [SHIPPED]),
  atLeast(0.7, 'HTTPS, a handshake each', 'secure-handshake', [SHIPPED]),
  atLeast(0.9, 'HTTPS, a resumed session each', 'secure-resumed', [SHIPPED]),
  atLeast(1.2, 'HTTPS, 100 MiB × 1', 'secure-film', [SHIPPED]),
  noLonger('p99 at half the peak rate of nginx', 'latency', SHIPPED),
  noLonger('p99 with a new connection each', 'new-connection', SHIPPED),
]

function atLeast(wanted: number, what: string, workload: WorkloadName, peers: Target['peers']): Target {
  return { text: `${what} beside ${String(peers)}`, workload, peers, compare: 'per processor time', wanted }
}

function noLonger(what: string, workload: WorkloadName, peer: string): Target {
  return { text: `${what} beside ${peer}`, workload, peers: [peer], compare: 'p99', wanted: 1 }
}

/**
 * Holds the samples against the targets, as far as there are samples for them.
 *
 * @param groups Of the peers, by name.
 */
export function judge(samples: readonly Sample[], groups: ReadonlyMap<string, Group>): Verdict[] {
  const results = resultsOf({ samples })
  return TARGETS.flatMap(({ text, workload, peers, compare, wanted }) => {
    const [theirs] = results
      .filter(result => result.workload === workload)
      .filter(({ peer }) => (typeof peers === 'string' ? groups.get(peer) === peers : peers.includes(peer)))
      .sort((one, other) => one.processorTime - other.processorTime)
    const ratio = theirs && besideOurs(theirs, compare, results, samples)
    if (ratio === undefined) return []
    const isMet = compare === 'p99' ? ratio.got <= wanted : ratio.got >= wanted
    return [{ ...ratio, text, compare, wanted, isMet }]
  })
}

/** This server beside the other versions of it that were measured, per processor time. */
export function changes(samples: readonly Sample[], groups: ReadonlyMap<string, Group>): Ratio[] {
  const results = resultsOf({ samples })
  return results
    .filter(({ peer }) => peer !== OURS && groups.get(peer) === 'ours')
    .flatMap(before => besideOurs(before, 'per processor time', results, samples) ?? [])
}

/** The workloads of which some ratio is less certain than it should be, so that more rounds would tell more. */
export function uncertainWorkloads(
  samples: readonly Sample[],
  groups: ReadonlyMap<string, Group>,
): ReadonlySet<WorkloadName> {
  const ratios = [...judge(samples, groups), ...changes(samples, groups)]
  return new Set(ratios.filter(ratio => !isCertain(ratio)).map(({ workload }) => workload))
}

export function isCertain({ uncertainty }: Ratio): boolean {
  return uncertainty <= CERTAIN_ENOUGH
}

/** Undefined when this server was not measured there. */
function besideOurs(
  theirs: Result,
  compare: Comparison,
  results: readonly Result[],
  samples: readonly Sample[],
): Ratio | undefined {
  const { workload, peer } = theirs
  const ours = results.find(result => result.peer === OURS && result.workload === workload)
  if (ours === undefined) return undefined
  const ratios = roundsOf(samples, workload, OURS, peer).map(([one, other]) => RATIOS[compare](one, other))
  return {
    workload,
    peer,
    got: median(ratios),
    uncertainty: uncertainty(ratios),
    gotOfRate: ours.rate / theirs.rate,
    isClean: failureCount(ours) + failureCount(theirs) === 0,
    otherShare: Math.max(ours.otherShare, theirs.otherShare),
  }
}

const RATIOS: Readonly<Record<Comparison, (ours: Sample, theirs: Sample) => number>> = {
  'per processor time': (ours, theirs) => processorTimeOf(theirs) / processorTimeOf(ours),
  p99: (ours, theirs) => latencyOf(ours, 99) / latencyOf(theirs, 99),
}

/** What each round says of two peers. */
function roundsOf(
  samples: readonly Sample[],
  workload: WorkloadName,
  ours: string,
  theirs: string,
): (readonly [Sample, Sample])[] {
  const of = (wanted: string) =>
    samples.filter(({ peer, workload: name }) => peer === wanted && name === workload)
  return of(ours).flatMap(one =>
    of(theirs)
      .filter(({ round }) => round === one.round)
      .map(other => [one, other] as const),
  )
}
