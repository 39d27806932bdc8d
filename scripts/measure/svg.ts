/** Colours and letters of all figures, for light and dark pages. */
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
.grid { stroke: var(--line); }`

/** Of all figures, in pixels. */
export const WIDTH = 960
export const MARGIN = 28

export interface Figure {
  readonly title: string
  readonly summary: string
  readonly height: number
  /** Rules for what only this figure has. */
  readonly style: string
  readonly content: readonly string[]
}

/** A figure on paper of its own, with its title and a line below that says what it shows. */
export function draw({ title, summary, height, style, content }: Figure): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escapeMarkup(title)}: ${escapeMarkup(summary)}</title>`,
    `<style>${STYLE}${style}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="12"/>`,
    text(MARGIN, 46, 'title', title),
    text(MARGIN, 70, 'summary', summary),
    ...content,
    '</svg>',
    '',
  ].join('\n')
}

/** @param kind Its classes, if any. */
export function text(x: number, y: number, kind: string, content: string): string {
  return `<text${kind === '' ? '' : ` class="${kind}"`} x="${round(x)}" y="${round(y)}">${escapeMarkup(content)}</text>`
}

export function line(
  kind: string,
  from: readonly [x: number, y: number],
  to: readonly [x: number, y: number],
): string {
  const [x1, y1, x2, y2] = [...from, ...to].map(round)
  return `<line class="${kind}" x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}"/>`
}

/** To hundredths of a pixel. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}

function escapeMarkup(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
