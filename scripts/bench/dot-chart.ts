import { draw, line, MARGIN, round, text, WIDTH } from '../measure/svg.ts'
import { type Axis, logarithmicAxis } from './axis.ts'
import { COLOUR_STYLE, colourOf } from './colours.ts'

export interface DotRow {
  readonly title: string
  readonly values: readonly { readonly peer: string; readonly value: number }[]
}

const NAMES = 330
const TOP = 128
const ROW = 30
const LEFT = MARGIN + NAMES
const RIGHT = WIDTH - MARGIN - 24
const RADIUS = 6.5

/** Rows of dots, one for each peer: how far apart they are shows who takes how many times as much. */
export function drawDots(title: string, summary: string, rows: readonly DotRow[], unit: string): string {
  const values = rows.flatMap(row => row.values.map(({ value }) => value))
  const x = logarithmicAxis(Math.min(...values) / 1.3, Math.max(...values) * 1.3, LEFT, RIGHT)
  const bottom = TOP + rows.length * ROW
  const peers = [...new Set(rows.flatMap(row => row.values.map(({ peer }) => peer)))]
  return draw({
    title,
    summary,
    height: bottom + 48,
    style: COLOUR_STYLE,
    content: [
      ...legend(peers),
      ...x.ticks.flatMap((tick, index) => [
        line('grid', [x.at(tick), TOP - 6], [x.at(tick), bottom + 4]),
        text(
          x.at(tick),
          bottom + 22,
          'middle',
          `${tick.toLocaleString('en')}${index === 0 ? ` ${unit}` : ''}`,
        ),
      ]),
      ...rows.flatMap((row, index) => drawRow(row, x, TOP + index * ROW + ROW / 2)),
    ],
  })
}

/** Ours last, so that none of the others hides it. */
function drawRow({ title, values }: DotRow, x: Axis, y: number): string[] {
  const positions = values.map(({ value }) => x.at(value))
  return [
    text(LEFT - 16, y + 4.5, 'name right', title),
    line('grid', [Math.min(...positions), y], [Math.max(...positions), y]),
    ...values.toReversed().map(({ peer, value }) => dot(peer, x.at(value), y)),
  ]
}

function legend(peers: readonly string[]): string[] {
  let x = LEFT
  return peers.flatMap(peer => {
    const at = x
    x += 44 + peer.length * 8
    return [dot(peer, at, TOP - 26), text(at + 13, TOP - 21.5, `label ${colourOf(peer)}`, peer)]
  })
}

function dot(peer: string, x: number, y: number): string {
  return `<circle class="dot ${colourOf(peer)}" cx="${round(x)}" cy="${y}" r="${RADIUS}"/>`
}
