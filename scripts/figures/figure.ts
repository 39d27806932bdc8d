import { type Stretch, type TracedRequest, waitOf } from './trace.ts'

const WIDTH = 960
const MARGIN = 28
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
svg { --paper: #f0f4f1; --ink: #0f1f18; --quiet: #4b5e55; --line: #d3dcd7; --turn: #006b45; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0e1613; --ink: #e3ebe6; --quiet: #93a69c; --line: #26332d; --turn: #45d39b; }
}
text { font: 13px "Helvetica Neue", Helvetica, Arial, sans-serif; fill: var(--quiet); }
.title { font-size: 22px; font-weight: bold; letter-spacing: -0.02em; fill: var(--ink); }
.summary { font-size: 14px; }
.name { fill: var(--ink); }
.right { text-anchor: end; }
.middle { text-anchor: middle; }
.paper { fill: var(--paper); }
.grid { stroke: var(--line); }
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

  const summary = summarize(requests)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${title}: ${summary}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="12"/>`,
    text(MARGIN, 46, 'title', title),
    text(MARGIN, 70, 'summary', summary),
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
    '</svg>',
    '',
  ].join('\n')
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
    lines.push(`<line class="grid" x1="${x(time)}" x2="${x(time)}" y1="${TOP}" y2="${bottom + 4}"/>`)
    lines.push(text(x(time), bottom + 20, 'middle', time === 0 ? '0' : `${time} ms`))
  }
  return lines
}

function drawStretch({ state, from, to }: Stretch, x: (time: number) => number, y: number): string {
  const [begin, end] = [x(from), x(to)]
  switch (state) {
    case 'waiting':
      return end - begin < 1 ? '' : `<line class="waiting" x1="${begin}" x2="${end}" y1="${y}" y2="${y}"/>`
    case 'set aside':
      return `<line class="set-aside" x1="${begin}" x2="${end}" y1="${y}" y2="${y}"/>`
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
    return [`<line class="hand-over" x1="${at}" x2="${at}" y1="${y(before.row)}" y2="${y(service.row)}"/>`]
  })
}

function legend(y: number): string[] {
  const at = [LEFT, LEFT + 90, LEFT + 190, LEFT + 320] as const
  return [
    ring(at[0], y),
    text(at[0] + 12, y + 4.5, '', 'arrives'),
    `<line class="waiting" x1="${at[1]}" x2="${at[1] + 28}" y1="${y}" y2="${y}"/>`,
    text(at[1] + 36, y + 4.5, '', 'waits'),
    `<rect class="service" x="${at[2]}" y="${y - 5}" width="28" height="10"/>`,
    text(at[2] + 36, y + 4.5, '', 'in service'),
    `<line class="set-aside" x1="${at[3]}" x2="${at[3] + 28}" y1="${y}" y2="${y}"/>`,
    text(at[3] + 36, y + 4.5, '', 'set aside: its client takes what was sent'),
  ]
}

function ring(x: number, y: number): string {
  return `<circle class="arrival" cx="${round(x)}" cy="${y}" r="${RING - 1}"/>`
}

function text(x: number, y: number, kind: string, content: string): string {
  return `<text${kind === '' ? '' : ` class="${kind}"`} x="${x}" y="${y}">${content}</text>`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
