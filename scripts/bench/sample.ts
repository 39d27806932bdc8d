import type { Measurement, Sample } from './measurement.ts'
import type { Group } from './peers.ts'
import type { WorkloadName } from './workloads.ts'

/** A sample for tests: a thousand answers in a second, and nothing remarkable. */
export function sample(peer: string, workload: WorkloadName, told: Partial<Sample>): Sample {
  return {
    peer,
    workload,
    round: 1,
    seconds: 1,
    responses: 1000,
    bytes: 1_000_000,
    opened: 0,
    processorSeconds: 0.5,
    serverSeconds: 0.5,
    otherSeconds: 0,
    failures: { unexpected: 0, aborted: 0, malformed: 0, unanswered: 0 },
    latencies: [
      [50, 100],
      [99, 1000],
    ],
    ...told,
  }
}

/** A measurement for tests, of these samples of these peers. */
export function measurementOf(
  samples: readonly Sample[],
  groups: Readonly<Record<string, Group>>,
): Measurement {
  const peers = Object.entries(groups).map(([name, group]) => [
    name,
    { group, version: '1.0', note: 'defaults' },
  ])
  return {
    measuredAt: '2026-11-22T20:54:18.000Z',
    machine: { processor: 'processor', cores: 2, kernel: '6.1' },
    pace: { rounds: 3, mostRounds: 3, start: 1, warmUp: 0.1, seconds: 1, pageLoads: 1 },
    isApart: true,
    peers: Object.fromEntries(peers),
    rate: 5000,
    samples,
    refusals: [],
    pageLoads: [],
  }
}
