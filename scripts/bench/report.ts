import { table } from '../measure/markdown.ts'
import { median, spread } from '../measure/statistics.ts'
import type { Measurement } from './bench.ts'
import { formatCount, formatShare, formatShort } from './format.ts'
import { latencyOf, type Result, resultsOf } from './results.ts'
import { judge, OURS, type Verdict } from './targets.ts'
import { WORKLOAD_NAMES, WORKLOADS, type WorkloadName } from './workloads.ts'

/** Shares of a processor. A client that is as busy as this is what is measured; others that are busy disturb. */
const BUSY_CLIENT = 0.95
const DISTURBING = 0.1

/** What was measured, in Markdown that can be read as it is. */
export function describe(measurement: Measurement): string {
  const results = resultsOf(measurement)
  const groups = new Map(Object.entries(measurement.peers).map(([name, { group }]) => [name, group]))
  const measured = WORKLOAD_NAMES.filter(name => results.some(({ workload }) => workload === name))
  return [
    ...describeTargets(judge(results, groups)),
    ...measured.flatMap(name => describeWorkload(name, results, measurement)),
    ...describePageLoads(measurement),
    ...describeCircumstances(measurement),
  ].join('\n')
}

function describeTargets(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return []
  const rows = verdicts.map(verdict => [
    verdict.text,
    `${verdict.compare === 'rate' ? 'at least' : 'at most'} ${verdict.wanted.toFixed(2)}`,
    formatAgainstUs(verdict),
    describeVerdict(verdict),
    verdict.gotOfProcessor.toFixed(2),
  ])
  return [
    '### Targets',
    '',
    table(['this server', 'wanted', 'got', '', 'per processor time'], rows),
    '',
    'Ours as a multiple of theirs. The last column is requests per second of processor time: what else the machine ' +
      'does changes it least.',
    '',
  ]
}

function describeVerdict({ isMet, isClean, otherShare }: Verdict): string {
  const verdict = isMet ? 'met' : '**not met**'
  const remarks = [isClean ? '' : '**with failures**', otherShare > DISTURBING ? 'disturbed' : '']
  return [verdict, ...remarks.filter(remark => remark !== '')].join(', ')
}

/** Rounded against us, so that what is just missed does not look as if it were met. */
function formatAgainstUs({ compare, got }: Verdict): string {
  const round = compare === 'rate' ? Math.floor : Math.ceil
  return (round(got * 100) / 100).toFixed(2)
}

function describeWorkload(name: WorkloadName, all: readonly Result[], { refusals }: Measurement): string[] {
  const results = all.filter(({ workload }) => workload === name)
  const ours = results.find(({ peer }) => peer === OURS)
  const countsBytes = WORKLOADS[name].unit === 'bytes'
  const head = [
    '',
    countsBytes ? 'MiB/s' : 'requests/s',
    'spread',
    'ours =\u00a01',
    countsBytes ? 'CPU µs/MiB' : 'CPU µs/request',
    'ours =\u00a01',
    'p50 ms',
    'p99 ms',
    '',
  ]
  const rows = results.map(result => [
    result.peer,
    formatRate(result.rate, countsBytes),
    formatShare(result.spread),
    formatRatio(result.rate, ours?.rate),
    formatShort(result.processorTime),
    formatRatio(result.processorTime, ours?.processorTime),
    formatShort(latencyOf(result, 50) / 1000),
    formatShort(latencyOf(result, 99) / 1000),
    remarksOn(result),
  ])
  const refused = refusals
    .filter(({ workload }) => workload === name)
    .map(({ peer, objection }) => `${peer}: ${objection}`)
  return [
    `### ${WORKLOADS[name].title}`,
    '',
    table(head, rows),
    '',
    ...(refused.length === 0 ? [] : [`Not measured: ${refused.join('; ')}.`, '']),
  ]
}

function describePageLoads({ pageLoads }: Measurement): string[] {
  if (pageLoads.length === 0) return []
  const byPeer = Map.groupBy(pageLoads, ({ peer }) => peer)
  const rows = [...byPeer].map(([peer, loads]) => {
    const milliseconds = loads.flatMap(each => each.milliseconds)
    return [peer, formatShort(median(milliseconds)), formatShare(spread(milliseconds))]
  })
  return [
    '### A page with 50 resources, as Chromium loads it',
    '',
    table(['', 'ms to load', 'spread'], rows),
    '',
  ]
}

function describeCircumstances({ machine, measuredAt, pace, isApart, peers }: Measurement): string[] {
  const processors = isApart
    ? 'servers on one of them, clients on the other'
    : 'servers and clients share what there is'
  return [
    '### Who was measured',
    '',
    table(
      ['', 'version', 'set up with'],
      Object.entries(peers).map(([name, { version, note }]) => [name, version, note]),
    ),
    '',
    `Measured on ${measuredAt.slice(0, 10)}: ${pace.rounds === 1 ? 'one round' : `medians of ${pace.rounds} rounds`} of ${pace.seconds} s each, on ` +
      `${machine.cores} processors (${machine.processor}, Linux ${machine.kernel}), ${processors}. Spread is from ` +
      'the lowest to the highest round. Processor time is user and system time of all processes of the server, ' +
      'divided by requests answered.',
  ]
}

function formatRate(rate: number, countsBytes: boolean): string {
  return formatCount(countsBytes ? rate / 1024 ** 2 : rate)
}

function formatRatio(value: number, ours: number | undefined): string {
  return ours === undefined ? '' : (value / ours).toFixed(2)
}

/** What there is to know before a figure is believed. */
function remarksOn({ failures, loadShare, otherShare, workload }: Result): string {
  const remarks = Object.entries(failures)
    .filter(([, count]) => count > 0)
    .map(([failure, count]) => `**${count} ${failure}**`)
  if (loadShare > BUSY_CLIENT && !('rate' in WORKLOADS[workload])) remarks.push('the client is the limit')
  if (otherShare > DISTURBING) remarks.push(`disturbed, ${formatShare(otherShare)}`)
  return remarks.join(', ')
}
