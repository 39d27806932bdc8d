import { draw, MARGIN, WIDTH } from '../measure/svg.ts'
import { type Axis, logarithmicAxis } from './axis.ts'
import { drawBars } from './bar-chart.ts'
import { COLOUR_STYLE } from './colours.ts'
import { drawCurves, type Panel } from './curves.ts'
import { drawDots } from './dot-chart.ts'
import { formatCount, formatShort } from './format.ts'
import type { Measurement } from './measurement.ts'
import { failureCount, type Result, resultsOf } from './results.ts'
import { OURS } from './targets.ts'
import { WORKLOAD_NAMES, WORKLOADS } from './workloads.ts'

/** The figures of a measurement, by the name of their file, as far as there is something to draw. */
export function drawFigures(measurement: Measurement): Record<string, string> {
  const results = resultsOf(measurement)
  const groupOf = (peer: string) => measurement.peers[peer]?.group
  const main = results.filter(({ workload }) => workload === 'page-64')
  const paced = results.filter(({ workload }) => workload === 'latency')
  const figures: Record<string, string> = {}
  if (main.length > 0) figures['performance-requests.svg'] = drawRequests(main, groupOf)
  if (results.length > 0) figures['performance-processor.svg'] = drawProcessorTime(results, groupOf)
  if (paced.length > 0)
    figures['performance-latency.svg'] = drawLatencies(paced, groupOf, measurement.rate ?? 0)
  return figures
}

type GroupOf = (peer: string) => string | undefined

function drawRequests(results: readonly Result[], groupOf: GroupOf): string {
  const bars = results
    .toSorted((one, other) => other.rate - one.rate)
    .map(result => ({
      peer: result.peer,
      value: result.rate,
      label: `${formatCount(result.rate)} · ${formatShort(result.processorTime)} µs${failureMark(result)}`,
      isFloor: groupOf(result.peer) === 'floor',
    }))
  const summary =
    'A page of 1 KiB over 64 connections, one processor for each server; behind it, processor time per request'
  return drawBars('Requests a second', summary, bars)
}

function drawProcessorTime(results: readonly Result[], groupOf: GroupOf): string {
  const shown = results.filter(
    ({ peer, processorTime }) =>
      (peer === OURS || groupOf(peer) === 'leading') && Number.isFinite(processorTime) && processorTime > 0,
  )
  const rows = WORKLOAD_NAMES.filter(name => WORKLOADS[name].unit === 'requests')
    .map(name => ({
      title: WORKLOADS[name].short,
      values: shown
        .filter(({ workload }) => workload === name)
        .map(({ peer, processorTime }) => ({ peer, value: processorTime })),
    }))
    .filter(({ values }) => values.length > 0)
  return drawDots(
    'Processor time per request',
    'Further left is better; each gap is as many times as much, not as much more',
    rows,
    'µs',
  )
}

const LATENCY_PANEL: Panel = { left: MARGIN + 64, right: WIDTH - MARGIN - 150, top: 104, bottom: 400 }
function failureMark(result: Result): string {
  const count = failureCount(result)
  return count === 0 ? '' : ` · ${formatCount(count)} failed`
}

/** What a share of requests that are slower is written as. */
const PERCENTILES = [50, 90, 99, 99.9, 99.99] as const

function drawLatencies(results: readonly Result[], groupOf: GroupOf, rate: number): string {
  const { left, right, top, bottom } = LATENCY_PANEL
  const nines = (percent: number) => -Math.log10(1 - percent / 100)
  const last = nines(99.99)
  const x: Axis = {
    at: percent => left + ((nines(percent) - nines(50)) / (last - nines(50))) * (right - left),
    ticks: PERCENTILES,
  }
  const curves = results.map(result => ({
    peer: result.peer,
    name: result.peer,
    points: result.latencies.filter(([percent]) => percent <= 99.99),
    isFaint: groupOf(result.peer) === 'floor',
  }))
  const values = curves.flatMap(({ points }) => points.map(([, latency]) => latency))
  const y = logarithmicAxis(Math.min(...values) / 1.2, Math.max(...values) * 1.2, bottom, top)
  const format = { x: (percent: number) => `${percent} %`, y: formatMicroseconds }
  return draw({
    title: 'How long a request takes',
    summary: `${formatCount(rate)} requests a second, half of what nginx as shipped can do; which share of them took no longer`,
    height: bottom + 48,
    style: COLOUR_STYLE,
    content: drawCurves(LATENCY_PANEL, x, y, curves, format),
  })
}

function formatMicroseconds(value: number): string {
  return value < 1000 ? `${value} µs` : `${value / 1000} ms`
}
