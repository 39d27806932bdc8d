import type { Group } from './peers.ts'
import { failureCount, latencyOf, type Result } from './results.ts'
import type { WorkloadName } from './workloads.ts'

/** A server as quick as this one should be. */
export const OURS = 'webserver'

interface Target {
  readonly text: string
  readonly workload: WorkloadName
  /** Those to compare with; the best of them counts. */
  readonly peers: readonly string[] | Group
  readonly compare: 'rate' | '99th percentile'
  /** Ours as a multiple of theirs: at least so much of a rate, at most so much of a latency. */
  readonly wanted: number
}

/** Whether a target is met, in all rates of one run and in processor time. */
export interface Verdict {
  readonly text: string
  readonly peer: string
  readonly compare: Target['compare']
  readonly wanted: number
  /** Ours as a multiple of theirs. */
  readonly got: number
  readonly isMet: boolean
  /** Whether all that either was asked was answered as it should be. */
  readonly isClean: boolean
  /** What all else on the machine took while either was measured, in processors. */
  readonly otherShare: number
  /** Requests per second of processor time, ours as a multiple of theirs: what the rate would be on a machine at rest. */
  readonly gotOfProcessor: number
}

const SERVERS: readonly string[] = ['nginx as shipped', 'nginx tuned', 'lighttpd']

/** What this project wants to reach. */
const TARGETS: readonly Target[] = [
  {
    text: '1 KiB × 64 beside nginx as shipped',
    workload: 'page-64',
    peers: ['nginx as shipped'],
    compare: 'rate',
    wanted: 1.7,
  },
  {
    text: '1 KiB × 64 beside nginx tuned',
    workload: 'page-64',
    peers: ['nginx tuned'],
    compare: 'rate',
    wanted: 1.25,
  },
  {
    text: '1 KiB × 64 beside lighttpd',
    workload: 'page-64',
    peers: ['lighttpd'],
    compare: 'rate',
    wanted: 1,
  },
  {
    text: '1 KiB × 64 beside the C floor',
    workload: 'page-64',
    peers: ['C constant'],
    compare: 'rate',
    wanted: 0.75,
  },
  {
    text: '1 KiB × 64 beside the node:net floor',
    workload: 'page-64',
    peers: ['node:net constant'],
    compare: 'rate',
    wanted: 0.9,
  },
  {
    text: '1 KiB × 64 beside the best server on Node',
    workload: 'page-64',
    peers: 'node',
    compare: 'rate',
    wanted: 2,
  },
  {
    text: 'New connections beside nginx as shipped',
    workload: 'new-connection',
    peers: ['nginx as shipped'],
    compare: 'rate',
    wanted: 0.95,
  },
  { text: '304 beside lighttpd', workload: 'not-modified', peers: ['lighttpd'], compare: 'rate', wanted: 1 },
  {
    text: '100 MiB beside nginx with sendfile',
    workload: 'film-1',
    peers: ['nginx as shipped'],
    compare: 'rate',
    wanted: 1,
  },
  {
    text: '10,000 files, warm, beside nginx tuned',
    workload: 'files-warm',
    peers: ['nginx tuned'],
    compare: 'rate',
    wanted: 1.2,
  },
  {
    text: 'Pipelined, beside the best server',
    workload: 'pipelined',
    peers: SERVERS,
    compare: 'rate',
    wanted: 1,
  },
  {
    text: 'p99 at half the peak rate of nginx, beside nginx as shipped',
    workload: 'latency',
    peers: ['nginx as shipped'],
    compare: '99th percentile',
    wanted: 1,
  },
]

/**
 * Holds the results against the targets, as far as there are results for them.
 *
 * @param groups Of the peers, by name.
 */
export function judge(results: readonly Result[], groups: ReadonlyMap<string, Group>): Verdict[] {
  return TARGETS.flatMap(target => {
    const { workload, peers, compare, wanted, text } = target
    const of = results.filter(result => result.workload === workload)
    const ours = of.find(({ peer }) => peer === OURS)
    const [theirs] = of
      .filter(({ peer }) => (typeof peers === 'string' ? groups.get(peer) === peers : peers.includes(peer)))
      .sort((one, other) => other.rate - one.rate)
    if (ours === undefined || theirs === undefined) return []
    const isLatency = compare === '99th percentile'
    const got = isLatency ? latencyOf(ours, 99) / latencyOf(theirs, 99) : ours.rate / theirs.rate
    const isMet = isLatency ? got <= wanted : got >= wanted
    const isClean = failureCount(ours) + failureCount(theirs) === 0
    const otherShare = Math.max(ours.otherShare, theirs.otherShare)
    const gotOfProcessor = theirs.processorTime / ours.processorTime
    return [{ text, peer: theirs.peer, compare, wanted, got, isMet, isClean, otherShare, gotOfProcessor }]
  })
}
