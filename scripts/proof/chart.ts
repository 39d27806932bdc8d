import { linearAxis } from '../bench/axis.ts'
import { draw, line, MARGIN, round, text, WIDTH } from '../measure/svg.ts'
import type { Sample } from './resources.ts'

const MIB = 1024 ** 2
const TOP = 118
const PANEL_HEIGHT = 150
const ROW = PANEL_HEIGHT + 84
const LEFT = MARGIN + 44
const STYLE = '\n.curve { fill: none; stroke: var(--turn); stroke-width: 1.5; stroke-linejoin: round; }'

const PANELS: readonly { readonly title: string; readonly value: (sample: Sample) => number }[] = [
  { title: 'MiB of memory', value: ({ resident }) => resident / MIB },
  { title: 'descriptors', value: ({ descriptors }) => descriptors },
]

/** What a process held, over time; flat is good. */
export function drawResources(title: string, summary: string, samples: readonly Sample[]): string {
  const seconds = linearAxis(Math.max(1, ...samples.map(({ at }) => at)), LEFT, WIDTH - MARGIN)
  const content = PANELS.flatMap((panel, index) => {
    const top = TOP + index * ROW
    const bottom = top + PANEL_HEIGHT
    const values = linearAxis(Math.max(1, ...samples.map(panel.value)), bottom, top)
    const points = samples.map(
      sample => `${round(seconds.at(sample.at))},${round(values.at(panel.value(sample)))}`,
    )
    return [
      text(MARGIN, top - 16, 'name', panel.title),
      ...values.ticks.flatMap(tick => [
        line('grid', [LEFT, values.at(tick)], [WIDTH - MARGIN, values.at(tick)]),
        text(LEFT - 8, values.at(tick) + 4.5, 'right', String(tick)),
      ]),
      ...seconds.ticks.map(tick => text(seconds.at(tick), bottom + 22, 'middle', `${tick} s`)),
      `<polyline class="curve" points="${points.join(' ')}"/>`,
    ]
  })
  return draw({ title, summary, height: TOP + PANELS.length * ROW - 28, style: STYLE, content })
}
