/**
 * Measures this server beside others, one processor each: requests a second, processor time per request and
 * latencies.
 *
 * Usage: npm run bench [-- option...]
 *
 *   --quick              one short round of each
 *   --rounds N           so many rounds
 *   --only NAME,...      these workloads
 *   --peers NAME,...     these peers, and this server
 *   --webserver PATH     another checkout, or a packaged program named webserver, beside this one; may be repeated
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Folder } from '../test/support/folder.ts'
import { Bench, type Measurement, type Pace, type Part } from './bench/bench.ts'
import { compile } from './bench/compile.ts'
import { drawFigures } from './bench/figures.ts'
import { type Peer, peers } from './bench/peers.ts'
import { publish } from './bench/publish.ts'
import { describe } from './bench/report.ts'
import { WORKLOAD_NAMES } from './bench/workloads.ts'
import { webserver } from './measure/web-servers.ts'

const FULL: Pace = { rounds: 5, warmUp: 0.25, seconds: 1, pageLoads: 3 }
const QUICK: Pace = { rounds: 1, warmUp: 0.15, seconds: 0.4, pageLoads: 3 }

const PARTS: readonly Part[] = [...WORKLOAD_NAMES, 'page-load']

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    peers: { type: 'string' },
    webserver: { type: 'string', multiple: true, default: [] },
  },
})

using programs = new Folder()
const known: Record<string, Peer> = {}
for (const [name, peer] of Object.entries(peers(compile('constant', programs)))) {
  known[name] = peer
  if (peer.group !== 'ours') continue
  for (const path of values.webserver) {
    known[`webserver ${path}`] = {
      ...webserver([], resolve(path)),
      group: 'ours',
      note: 'defaults; combined log',
    }
  }
}
const others = Object.keys(known).filter(name => known[name]?.group !== 'ours')
const left = others.filter(name => !choose(others, values.peers).includes(name))
const chosen = Object.fromEntries(Object.entries(known).filter(([name]) => !left.includes(name)))
const pace = values.quick ? QUICK : FULL

await using bench = new Bench(chosen)
const measurement = await bench.measure(
  choose(PARTS, values.only),
  { ...pace, rounds: Number(values.rounds ?? pace.rounds) },
  progress => console.error(progress),
)
publishMeasurement(measurement)

/** Shows a measurement; a full one is for the docs. */
function publishMeasurement(measurement: Measurement): void {
  const description = describe(measurement)
  console.log(`\n${description}\n`)
  const isFull = !values.quick && values.only === undefined && values.peers === undefined
  const folder = publish(
    {
      command: 'npm run bench',
      name: 'performance',
      data: measurement,
      description,
      figures: drawFigures(measurement),
    },
    isFull,
  )
  console.log(`Tables, data and figures are in ${folder}`)
}

/** The names that are in a list with commas between them; all when there is none. */
function choose<Name extends string>(names: readonly Name[], list: string | undefined): Name[] {
  if (list === undefined) return [...names]
  const wanted = list.split(',').map(each => each.trim())
  const unknown = wanted.find(each => !(names as readonly string[]).includes(each))
  if (unknown !== undefined) throw new Error(`Expected some of ${names.join(', ')}, got "${unknown}"`)
  return names.filter(each => wanted.includes(each))
}
