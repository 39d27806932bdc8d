import { draw, line, MARGIN, round, text, WIDTH } from '../measure/svg.ts'
import { linearAxis } from './axis.ts'
import { COLOUR_STYLE, colourOf } from './colours.ts'

export interface Bar {
  readonly peer: string
  readonly value: number
  readonly label: string
  /** It does no work, so it is only the outline of what there is to reach. */
  readonly isFloor: boolean
}

const NAMES = 160
const LABELS = 150
const TOP = 104
const ROW = 30
const LEFT = MARGIN + NAMES
const RIGHT = WIDTH - MARGIN - LABELS

/** A bar for each peer, in the order given. */
export function drawBars(title: string, summary: string, bars: readonly Bar[]): string {
  const x = linearAxis(Math.max(...bars.map(({ value }) => value)), LEFT, RIGHT)
  const bottom = TOP + bars.length * ROW
  return draw({
    title,
    summary,
    height: bottom + 48,
    style: COLOUR_STYLE,
    content: [
      ...x.ticks.flatMap(tick => [
        line('grid', [x.at(tick), TOP - 6], [x.at(tick), bottom + 4]),
        text(x.at(tick), bottom + 22, 'middle', tick.toLocaleString('en')),
      ]),
      ...bars.flatMap(({ peer, value, label, isFloor }, row) => {
        const y = TOP + row * ROW
        const colour = colourOf(peer)
        const kind = isFloor ? 'floor' : 'bar'
        const width = round(Math.max(2, x.at(value) - LEFT))
        return [
          text(LEFT - 12, y + 16.5, colour === 'peer-other' ? 'name right' : `label right ${colour}`, peer),
          `<rect class="${kind} ${colour}" x="${LEFT}" y="${y + 3}" width="${width}" height="${ROW - 11}" rx="2"/>`,
          text(x.at(value) + 10, y + 16.5, 'name', label),
        ]
      }),
    ],
  })
}
