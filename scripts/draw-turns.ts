/**
 * Draws the figures of docs/serial.md from traces of a real daemon: two downloads and ten pages, with MaxWait
 * off, 20ms and 0.
 *
 * Usage: npm run docs:figures
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawFigure } from './figures/figure.ts'
import { record } from './figures/scenario.ts'
import type { TracedRequest } from './figures/trace.ts'

const traces: [maxWait: string, requests: TracedRequest[]][] = []
for (const maxWait of ['off', '20ms', '0']) traces.push([maxWait, await record(maxWait)])

// One scale for all, so that they can be compared.
const ends = traces.flatMap(([, requests]) =>
  requests.flatMap(({ stretches }) => stretches.map(({ to }) => to)),
)
const until = Math.ceil(Math.max(...ends) / 50) * 50
for (const [maxWait, requests] of traces) {
  const file = join(import.meta.dirname, `../docs/serial-${maxWait}.svg`)
  writeFileSync(file, drawFigure(`MaxWait ${maxWait}`, requests, until))
  console.log(file)
}
