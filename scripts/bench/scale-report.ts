import { table } from '../measure/markdown.ts'
import { FAILURES } from './client.ts'
import { formatCount, formatMebibytes, formatShare, formatShort, formatSize } from './format.ts'
import { SCALES, type Scale, type ScaleMeasurement, type Step } from './scale.ts'

/** Bytes that an idle connection may take above what Node takes for it. */
const WANTED_PER_IDLE = 10 * 1024

const TITLES: Readonly<Record<Scale, string>> = {
  connections: 'More connections that all ask',
  idle: '64 connections that ask, beside more that are idle',
  files: 'More files, asked for by popularity',
  sizes: 'Larger files, 8 at a time',
  downloads: 'Many downloads of 100 MiB at the same time',
}
const COUNTED: Readonly<Record<Scale, string>> = {
  connections: 'connections',
  idle: 'idle connections',
  files: 'files',
  sizes: 'size',
  downloads: 'downloads',
}

/** What was measured, in Markdown that can be read as it is. */
export function describeScale(measurement: ScaleMeasurement): string {
  const measured = SCALES.filter(scale => measurement.steps[scale].length > 0)
  return [
    ...describeMemory(measurement.steps.idle),
    ...measured.flatMap(scale => [
      `### ${TITLES[scale]}`,
      '',
      describeSteps(scale, measurement.steps[scale]),
      '',
    ]),
    describeCircumstances(measurement),
  ].join('\n')
}

/** What an idle connection takes of memory, in bytes: this server, and Node alone; undefined when not measured. */
export function bytesPerIdleConnection(
  steps: readonly Step[],
): { readonly ours: number; readonly node: number } | undefined {
  const per = (server: Step['server']) => {
    const of = steps.filter(step => step.server === server)
    const [first, last] = [of[0], of.at(-1)]
    if (first === undefined || last === undefined || last.size === first.size) return undefined
    return (last.resident - first.resident) / (last.size - first.size)
  }
  const [ours, node] = [per('webserver'), per('node:net constant')]
  return ours === undefined || node === undefined ? undefined : { ours, node }
}

function describeMemory(steps: readonly Step[]): string[] {
  const per = bytesPerIdleConnection(steps)
  if (per === undefined) return []
  const above = per.ours - per.node
  const verdict = above <= WANTED_PER_IDLE ? 'met' : '**not met**'
  return [
    `An idle connection takes ${formatSize(per.ours)} of memory; Node alone takes ${formatSize(per.node)} of it. ` +
      `Wanted: at most ${formatSize(WANTED_PER_IDLE)} above that. Got: ${formatShort(above / 1024)} KiB, ${verdict}.`,
    '',
  ]
}

function describeSteps(scale: Scale, steps: readonly Step[]): string {
  const isBulk = scale === 'sizes' || scale === 'downloads'
  const head = [
    '',
    COUNTED[scale],
    'requests/s',
    'CPU µs/request',
    ...(isBulk ? ['MiB/s', 'CPU µs/MiB'] : ['p50 ms', 'p99 ms']),
    'memory',
    '',
  ]
  const rows = steps.map(step => [
    step.server,
    scale === 'sizes' ? formatSize(step.size) : formatCount(step.size),
    formatCount(step.responses / step.seconds),
    formatShort((step.serverSeconds * 1e6) / step.responses),
    ...(isBulk ? bulk(step) : latencies(step)),
    formatMebibytes(scale === 'idle' ? step.resident : step.peak),
    remarksOn(step),
  ])
  return table(head, rows)
}

function bulk({ bytes, seconds, serverSeconds }: Step): string[] {
  const mebibytes = bytes / 1024 ** 2
  return [formatCount(mebibytes / seconds), formatShort((serverSeconds * 1e6) / mebibytes)]
}

function latencies({ latencies: all }: Step): string[] {
  return [50, 99].map(wanted => {
    const [, microseconds = Number.NaN] = all.find(([percent]) => percent === wanted) ?? []
    return formatShort(microseconds / 1000)
  })
}

function remarksOn({ failures, otherSeconds, seconds }: Step): string {
  const remarks = FAILURES.filter(failure => failures[failure] > 0).map(
    failure => `**${failures[failure]} ${failure}**`,
  )
  if (otherSeconds / seconds > 0.1) remarks.push(`disturbed, ${formatShare(otherSeconds / seconds)}`)
  return remarks.join(', ')
}

function describeCircumstances({ measuredAt, machine, pace }: ScaleMeasurement): string {
  return (
    `Measured on ${measuredAt.slice(0, 10)}: ${pace.seconds} s each, on ${machine.cores} processors ` +
    `(${machine.processor}, Linux ${machine.kernel}). All files are holes, so that no disk is measured. Memory is ` +
    'what the process had resident: beside idle connections once it had settled, otherwise at the most.'
  )
}
