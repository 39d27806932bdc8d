import { line, round, text } from '../measure/svg.ts'
import type { Axis } from './axis.ts'
import { colourOf } from './colours.ts'

export interface Curve {
  readonly peer: string
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** What the others are to be seen against. */
  readonly isFaint: boolean
}

/** The part of a figure that curves are drawn in. */
export interface Panel {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** What was measured, in pixels; the curves between are drawn to be followed. */
const POINT = 3.5
/** Pixels from one name to the next. */
const LINE = 17

/** Curves with their names at their ends, over lines that tell the values. */
export function drawCurves(
  { left, right, top, bottom }: Panel,
  x: Axis,
  y: Axis,
  curves: readonly Curve[],
  format: { readonly x: (value: number) => string; readonly y: (value: number) => string },
): string[] {
  const ends = spreadOut(curves.map(({ points }) => y.at(points.at(-1)?.[1] ?? 0)))
  return [
    ...y.ticks.flatMap(tick => [
      line('grid', [left, y.at(tick)], [right, y.at(tick)]),
      text(left - 8, y.at(tick) + 4.5, 'right', format.y(tick)),
    ]),
    ...x.ticks.map(tick => text(x.at(tick), bottom + 22, 'middle', format.x(tick))),
    line('grid', [left, top], [left, bottom]),
    ...curves.flatMap(({ peer, name, points, isFaint }, index) => {
      const path = points.map(([valueX, valueY]) => `${round(x.at(valueX))},${round(y.at(valueY))}`).join(' ')
      const kind = isFaint ? 'curve faint' : 'curve'
      return [
        `<polyline class="${kind} ${colourOf(peer)}" points="${path}"/>`,
        ...points.map(
          ([valueX, valueY]) =>
            `<circle class="dot ${colourOf(peer)}" cx="${round(x.at(valueX))}" cy="${round(y.at(valueY))}" r="${POINT}"/>`,
        ),
        text(right + 10, (ends[index] ?? 0) + 4.5, `label ${colourOf(peer)}`, name),
      ]
    }),
  ]
}

/** Moves positions apart, so that a line of text has room at each. */
export function spreadOut(positions: readonly number[]): number[] {
  const order = positions
    .map((_, index) => index)
    .sort((one, other) => (positions[one] ?? 0) - (positions[other] ?? 0))
  const moved = [...positions]
  for (const [rank, index] of order.entries()) {
    const before = rank === 0 ? Number.NEGATIVE_INFINITY : (moved[order[rank - 1] ?? 0] ?? 0)
    moved[index] = Math.max(positions[index] ?? 0, before + LINE)
  }
  // As far up again as the whole has slid down.
  const slid =
    moved.reduce((sum, position, index) => sum + position - (positions[index] ?? 0), 0) / positions.length
  return moved.map(position => position - slid)
}
