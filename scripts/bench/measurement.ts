import type { Machine } from '../measure/machine.ts'
import type { Outcome } from './attend.ts'
import type { PageLoads } from './page-load.ts'
import type { Group } from './peers.ts'
import type { WorkloadName } from './workloads.ts'

/** How much is measured; times in seconds. */
export interface Pace {
  readonly rounds: number
  /** With more of them, as long as a ratio is not certain enough; at the most so many in all. */
  readonly mostRounds: number
  readonly warmUp: number
  readonly seconds: number
  /** How long each server is asked for a page before anything is measured, to get into its stride. */
  readonly start: number
  /** How often Chromium loads the page from each server in a round. */
  readonly pageLoads: number
}

/** One peer under one workload, once. */
export interface Sample extends Outcome {
  readonly peer: string
  readonly workload: WorkloadName
  readonly round: number
}

/** Who is not measured in what, and why. */
export interface Refusal {
  readonly peer: string
  readonly workload: WorkloadName
  readonly objection: string
}

export interface Measurement {
  readonly measuredAt: string
  readonly machine: Machine
  readonly pace: Pace
  /** Whether servers and clients had a processor each. */
  readonly isApart: boolean
  readonly peers: Readonly<Record<string, PeerDescription>>
  /** Requests a second, where a workload has them come at a fixed rate. */
  readonly rate: number | undefined
  readonly samples: readonly Sample[]
  readonly refusals: readonly Refusal[]
  readonly pageLoads: readonly PageLoads[]
}

export interface PeerDescription {
  readonly group: Group
  readonly version: string
  readonly note: string
}

/** What there is to choose from. */
export type Part = WorkloadName | 'page-load'
