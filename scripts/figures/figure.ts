import { draw, line, MARGIN, round, text, WIDTH } from '../measure/svg.ts'
import { type Stretch, type TracedRequest, waitOf } from './trace.ts'

const NAMES = 120
const WAITS = 76
const TOP = 108
const ROW = 24
const LEFT = MARGIN + NAMES
const RIGHT = WIDTH - MARGIN - WAITS
/** Whatever lasts shorter is drawn so wide, to be seen. */
const NARROWEST = 3
/** Milliseconds; what is less is the time the server takes to turn to a request. */
const SHORTEST_WAIT = 0.3
/** A ring stands just before the moment it marks, so that it hides nothing; this is how far its middle is. */
const RING = 5

const STYLE = `
.waiting { stroke: var(--quiet); stroke-width: 2; stroke-dasharray: 2 5; }
.set-aside { stroke: var(--turn); stroke-width: 1; opacity: 0.55; }
.service { fill: var(--turn); }
.hand-over { stroke: var(--turn); stroke-width: 1; }
.arrival { fill: var(--paper); stroke: var(--quiet); stroke-width: 2; }`

/**
 * Draws when each request waited and when it was served: a ring is its arrival, dots are its wait, the bar is
 * its service, a thin line is the time for which it was set aside.
 *
 * @param until Where the time axis ends, in milliseconds.
 */
export function drawFigure(title: string, requests: readonly TracedRequest[], until: number): string {
  const x = (time: number) => round(LEFT + (time / until) * (RIGHT - LEFT))
  const y = (row: number) => TOP + row * ROW + ROW / 2
  const bottom = TOP + requests.length * ROW
  const height = bottom + 76

  return draw({
    title,
    summary: summarize(requests),
    height,
    style: STYLE,
    content: [
      text(WIDTH - MARGIN, TOP - 8, 'right', 'waited'),
      ...axis(until, x, bottom),
      ...requests.map(({ path }, row) => text(MARGIN, y(row) + 4.5, 'name', path)),
      ...requests.map((request, row) =>
        text(WIDTH - MARGIN, y(row) + 4.5, 'right', formatWait(waitOf(request))),
      ),
      ...handOvers(requests, x, y),
      ...requests.flatMap(({ stretches }, row) => stretches.map(stretch => drawStretch(stretch, x, y(row)))),
      ...requests.map(({ arrival }, row) => ring(x(arrival) - RING, y(row))),
      ...legend(height - 24),
    ],
  })
}

function summarize(requests: readonly TracedRequest[]): string {
  const pages = requests.filter(({ path }) => path.startsWith('/page'))
  const longest = Math.max(...pages.map(waitOf))
  if (longest < SHORTEST_WAIT) return 'no page waited for its turn'
  return `the pages waited up to ${formatWait(longest)} for their turn`
}

function formatWait(milliseconds: number): string {
  return milliseconds < SHORTEST_WAIT ? '0 ms' : `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
}

function axis(until: number, x: (time: number) => number, bottom: number): string[] {
  const lines: string[] = []
  const step = until > 600 ? 200 : 100
  for (let time = 0; time <= until; time += step) {
    lines.push(line('grid', [x(time), TOP], [x(time), bottom + 4]))
    lines.push(text(x(time), bottom + 20, 'middle', time === 0 ? '0' : `${time} ms`))
  }
  return lines
}

function drawStretch({ state, from, to }: Stretch, x: (time: number) => number, y: number): string {
  const [begin, end] = [x(from), x(to)]
  switch (state) {
    case 'waiting':
      return end - begin < 1 ? '' : line('waiting', [begin, y], [end, y])
    case 'set aside':
      return line('set-aside', [begin, y], [end, y])
    case 'in service':
      return `<rect class="service" x="${begin}" y="${y - 5}" width="${Math.max(NARROWEST, round(end - begin))}" height="10"/>`
    default:
      return state satisfies never
  }
}

/** From the bar at which the turn was given up to the one at which it went on, when that was at once. */
function handOvers(
  requests: readonly TracedRequest[],
  x: (time: number) => number,
  y: (row: number) => number,
): string[] {
  const services = requests
    .flatMap(({ stretches }, row) => stretches.map(stretch => ({ ...stretch, row })))
    .filter(({ state }) => state === 'in service')
    .sort((one, other) => one.from - other.from)
  return services.flatMap((service, index) => {
    const before = services[index - 1]
    if (before === undefined || before.row === service.row || service.from - before.to > 1) return []
    const at = x(service.from)
    return [line('hand-over', [at, y(before.row)], [at, y(service.row)])]
  })
}

function legend(y: number): string[] {
  const at = [LEFT, LEFT + 90, LEFT + 190, LEFT + 320] as const
  return [
    ring(at[0], y),
    text(at[0] + 12, y + 4.5, '', 'arrives'),
    line('waiting', [at[1], y], [at[1] + 28, y]),
    text(at[1] + 36, y + 4.5, '', 'waits'),
    `<rect class="service" x="${at[2]}" y="${y - 5}" width="28" height="10"/>`,
    text(at[2] + 36, y + 4.5, '', 'in service'),
    line('set-aside', [at[3], y], [at[3] + 28, y]),
    text(at[3] + 36, y + 4.5, '', 'set aside: its client takes what was sent'),
  ]
}

function ring(x: number, y: number): string {
  return `<circle class="arrival" cx="${round(x)}" cy="${y}" r="${RING - 1}"/>`
}
