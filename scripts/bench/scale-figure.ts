import { draw, MARGIN, text, WIDTH } from '../measure/svg.ts'
import { type Axis, linearAxis, logarithmicAxis } from './axis.ts'
import { COLOUR_STYLE } from './colours.ts'
import { type Curve, drawCurves, type Panel } from './curves.ts'
import { formatShort, formatSize } from './format.ts'
import type { Scale, ScaleMeasurement, Step } from './scale.ts'

/** One panel of the figure: how something becomes more as something else does. */
interface Plot {
  readonly scale: Scale
  readonly title: string
  readonly isShown: (step: Step) => boolean
  readonly value: (step: Step) => number
  readonly formatSize: (size: number) => string
}

const MEBIBYTE = 1024 ** 2
const perRequest = ({ serverSeconds, responses }: Step) => (serverSeconds * 1e6) / responses

const PLOTS: readonly Plot[] = [
  {
    scale: 'connections',
    title: 'µs of processor per request, by connections that all ask',
    isShown: () => true,
    value: perRequest,
    formatSize: formatThousands,
  },
  {
    scale: 'files',
    title: 'µs of processor per request, by files in the tree',
    isShown: () => true,
    value: perRequest,
    formatSize: formatThousands,
  },
  {
    scale: 'sizes',
    title: 'µs of processor per MiB, by size of the file',
    isShown: ({ size }) => size >= MEBIBYTE / 10,
    value: ({ serverSeconds, bytes }) => (serverSeconds * 1e6) / (bytes / MEBIBYTE),
    formatSize,
  },
  {
    scale: 'idle',
    title: 'MiB of memory, by connections that are idle',
    isShown: () => true,
    value: ({ resident }) => resident / MEBIBYTE,
    formatSize: formatThousands,
  },
]

/** Where nothing at all is put, which has no logarithm. */
const NOTHING = 0.5
const TOP = 132
const PANEL_HEIGHT = 150
const ROW = PANEL_HEIGHT + 92
const NAMES = 96
const AXIS = 44
const COLUMN = (WIDTH - 2 * MARGIN) / 2

/** The scales of a measurement as curves; flat is good. */
export function drawScale({ steps }: ScaleMeasurement): string {
  const plots = PLOTS.filter(({ scale }) => steps[scale].length > 0)
  return draw({
    title: 'What more costs',
    summary: 'As connections, files and sizes grow, flat is good',
    height: TOP + Math.ceil(plots.length / 2) * ROW - 28,
    style: COLOUR_STYLE,
    content: plots.flatMap((plot, index) => {
      const left = MARGIN + (index % 2) * (COLUMN + 12) + AXIS
      const top = TOP + Math.floor(index / 2) * ROW
      const panel = { left, right: left + COLUMN - AXIS - NAMES, top, bottom: top + PANEL_HEIGHT }
      return drawPlot(plot, steps[plot.scale].filter(plot.isShown), panel)
    }),
  })
}

function drawPlot(plot: Plot, steps: readonly Step[], panel: Panel): string[] {
  const sizes = steps.map(({ size }) => Math.max(NOTHING, size))
  const x = sparse(logarithmicAxis(Math.min(...sizes), Math.max(...sizes), panel.left, panel.right), sizes)
  const y = linearAxis(Math.max(...steps.map(plot.value)), panel.bottom, panel.top)
  const curves: Curve[] = [...Map.groupBy(steps, ({ server }) => server)].map(([peer, own]) => ({
    peer,
    name: peer === 'webserver' ? peer : 'node:net',
    points: own.map(step => [Math.max(NOTHING, step.size), plot.value(step)] as const),
    isFaint: peer !== 'webserver',
  }))
  return [
    text(panel.left - AXIS, panel.top - 20, 'name', plot.title),
    ...drawCurves(panel, x, y, curves, {
      x: size => plot.formatSize(size === NOTHING ? 0 : size),
      y: formatShort,
    }),
  ]
}

/** With lines at what was measured, as many as there is room for. */
function sparse(axis: Axis, sizes: readonly number[]): Axis {
  const ticks: number[] = []
  for (const size of new Set(sizes)) {
    const last = ticks.at(-1)
    if (last === undefined || axis.at(size) - axis.at(last) > 46) ticks.push(size)
  }
  return { at: axis.at, ticks }
}

function formatThousands(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`
  return value >= 1000 ? `${formatShort(value / 1000)} k` : String(value)
}
