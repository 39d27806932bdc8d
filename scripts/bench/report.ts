import { table } from '../measure/markdown.ts'
import { median, spread } from '../measure/statistics.ts'
import { formatCount, formatShare, formatShort } from './format.ts'
import type { Measurement, Pace } from './measurement.ts'
import { latencyOf, type Result, resultsOf } from './results.ts'
import { changes, isCertain, judge, OURS, type Ratio, type Verdict } from './targets.ts'
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
    ...describeTargets(judge(measurement.samples, groups)),
    ...describeChanges(changes(measurement.samples, groups)),
    ...measured.flatMap(name => describeWorkload(name, results, measurement)),
    ...describePageLoads(measurement),
    ...describeCircumstances(measurement),
  ].join('\n')
}

function describeTargets(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return []
  const rows = verdicts.map(verdict => [
    verdict.text,
    `${verdict.compare === 'p99' ? 'at most' : 'at least'} ${verdict.wanted.toFixed(2)}`,
    formatAgainstUs(verdict),
    formatUncertainty(verdict),
    [verdict.isMet ? 'met' : '**not met**', ...reservations(verdict)].join(', '),
    verdict.gotOfRate.toFixed(2),
  ])
  return [
    '### Targets',
    '',
    table(['this server', 'wanted', 'got', 'within', '', 'by rate'], rows),
    '',
    'Ours as a multiple of theirs: requests per second of processor time, or the 99th percentile of the time to an ' +
      'answer. It lies within so much around the figure with 95 % of certainty. By rate it depends on what else the ' +
      'machine does.',
    '',
  ]
}

function describeChanges(ratios: readonly Ratio[]): string[] {
  if (ratios.length === 0) return []
  const rows = ratios.map(ratio => [
    WORKLOADS[ratio.workload].title,
    ratio.peer,
    ratio.got.toFixed(2),
    formatUncertainty(ratio),
    reservations(ratio).join(', '),
    ratio.gotOfRate.toFixed(2),
  ])
  return [
    '### Since then',
    '',
    table(['', 'beside', 'per processor time', 'within', '', 'by rate'], rows),
    '',
    'This version as a multiple of the other: above 1 it is quicker.',
    '',
  ]
}

/** Half of it to either side. */
function formatUncertainty({ uncertainty }: Ratio): string {
  return Number.isFinite(uncertainty) ? `± ${formatShare(uncertainty / 2)}` : 'unknown'
}

/** What there is to know before a ratio is believed. */
function reservations(ratio: Ratio): string[] {
  return [
    ...(ratio.isClean ? [] : ['**with failures**']),
    ...(isCertain(ratio) ? [] : ['uncertain']),
    ...(ratio.otherShare > DISTURBING ? ['disturbed'] : []),
  ]
}

/** Rounded against us, so that what is just missed does not look as if it were met. */
function formatAgainstUs({ compare, got }: Verdict): string {
  const round = compare === 'p99' ? Math.ceil : Math.floor
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
    `Measured on ${measuredAt.slice(0, 10)}: ${formatRounds(pace)} of ${pace.seconds} s each, on ` +
      `${machine.cores} processors (${machine.processor}, Linux ${machine.kernel}), ${processors}. Spread is from ` +
      'the lowest to the highest round. Processor time is user and system time of all processes of the server, ' +
      'divided by requests answered.',
  ]
}

function formatRounds({ rounds, mostRounds }: Pace): string {
  if (mostRounds === 1) return 'one round'
  const more = mostRounds > rounds ? `, of up to ${mostRounds} where a ratio was uncertain,` : ''
  return `medians of ${rounds} rounds${more}`
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
