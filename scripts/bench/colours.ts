/** How each peer is drawn, in light and dark: ours in the colour of the house, those close to it in their own. */
const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  webserver: ['#006b45', '#45d39b'],
  'nginx as shipped': ['#b3541e', '#f0925a'],
  'nginx tuned': ['#977000', '#f2ca52'],
  lighttpd: ['#2f62b5', '#7aa7f5'],
}
const OTHER = ['#8a978f', '#71837a'] as const

/** Rules for the class that `colourOf` gives. */
export const COLOUR_STYLE = [
  ...Object.values(COLOURS).map(([light], index) => `.peer-${index} { --colour: ${light}; }`),
  `.peer-other { --colour: ${OTHER[0]}; }`,
  '@media (prefers-color-scheme: dark) {',
  ...Object.values(COLOURS).map(([, dark], index) => `.peer-${index} { --colour: ${dark}; }`),
  `.peer-other { --colour: ${OTHER[1]}; }`,
  '}',
  '.bar { fill: var(--colour); }',
  '.floor { fill: none; stroke: var(--colour); stroke-width: 1.5; stroke-dasharray: 4 3; }',
  '.dot { fill: var(--colour); stroke: var(--paper); stroke-width: 1.5; }',
  '.curve { fill: none; stroke: var(--colour); stroke-width: 2; stroke-linejoin: round; }',
  '.faint { stroke-width: 1.5; stroke-dasharray: 4 3; }',
  '.label { fill: var(--colour); font-weight: bold; }',
]
  .map(rule => `\n${rule}`)
  .join('')

export function colourOf(peer: string): string {
  const index = Object.keys(COLOURS).indexOf(peer)
  return index === -1 ? 'peer-other' : `peer-${index}`
}
