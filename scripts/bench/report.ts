import { table } from '../measure/markdown.ts'
import type { Measurement } from './bench.ts'
import { type Result, resultsOf } from './results.ts'
import { WORKLOAD_NAMES, WORKLOADS, type WorkloadName } from './workloads.ts'

/** The one that all others are compared with. */
export const OURS = 'webserver'

/** Shares of a processor. A client that is as busy as this is what is measured; others that are busy disturb. */
const BUSY_CLIENT = 0.95
const DISTURBING = 0.1

/** What was measured, in Markdown that can be read as it is. */
export function describe(measurement: Measurement): string {
  const results = resultsOf(measurement)
  const workloads = WORKLOAD_NAMES.filter(name => results.some(({ workload }) => workload === name))
  return workloads.flatMap(name => describeWorkload(name, results, measurement)).join('\n')
}

function describeWorkload(name: WorkloadName, all: readonly Result[], { refusals }: Measurement): string[] {
  const results = all.filter(({ workload }) => workload === name)
  const ours = results.find(({ peer }) => peer === OURS)
  const countsBytes = WORKLOADS[name].unit === 'bytes'
  const head = [
    '',
    countsBytes ? 'MiB/s' : 'requests/s',
    'spread',
    'to ours',
    countsBytes ? 'CPU µs/MiB' : 'CPU µs/request',
    'to ours',
    'p50 µs',
    'p99 µs',
    '',
  ]
  const rows = results.map(result => [
    result.peer,
    formatRate(result.rate, countsBytes),
    `${Math.round(result.spread * 100)} %`,
    formatRatio(result.rate, ours?.rate),
    result.processorTime.toPrecision(3),
    formatRatio(result.processorTime, ours?.processorTime),
    formatLatency(result, 50),
    formatLatency(result, 99),
    remark(result),
  ])
  const notMeasured = refusals
    .filter(({ workload }) => workload === name)
    .map(({ peer, objection }) => `${peer} ${objection}.`)
  return [
    `### ${WORKLOADS[name].title}`,
    '',
    table(head, rows),
    '',
    ...notMeasured.flatMap(text => [text, '']),
  ]
}

function formatRate(rate: number, countsBytes: boolean): string {
  return Math.round(countsBytes ? rate / 1024 ** 2 : rate).toLocaleString('en')
}

function formatRatio(value: number, ours: number | undefined): string {
  return ours === undefined ? '' : (value / ours).toFixed(2)
}

function formatLatency({ latencies }: Result, wanted: number): string {
  const [, microseconds] = latencies.find(([percent]) => percent === wanted) ?? []
  return microseconds === undefined ? '' : String(Math.round(microseconds))
}

/** What there is to know before a figure is believed. */
function remark({ failures, loadShare, otherShare, workload }: Result): string {
  const remarks = Object.entries(failures)
    .filter(([, count]) => count > 0)
    .map(([failure, count]) => `**${count} ${failure}**`)
  if (loadShare > BUSY_CLIENT && !('rate' in WORKLOADS[workload])) remarks.push('the client is the limit')
  if (otherShare > DISTURBING) remarks.push(`disturbed, ${Math.round(otherShare * 100)} %`)
  return remarks.join(', ')
}
