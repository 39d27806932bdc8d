/**
 * Measures this server beside others, one processor each: requests a second, processor time per request and
 * latencies. With --scale, what its requests cost as connections, files and sizes grow. Shows tables, and writes
 * them with data and figures: of a full run into docs/, otherwise into dist/bench/.
 *
 * Usage: npm run bench [-- option...]
 *
 *   --quick              one short round of each
 *   --rounds N           so many rounds, however certain the ratios are
 *   --only NAME,...      these workloads, or these scales
 *   --peers NAME,...     these peers, and this server
 *   --before REVISION    another commit beside this version, and nobody else unless --peers says so: what has changed
 *   --webserver PATH     another checkout, or a packaged program, beside this one; may be repeated
 *   --anywhere           lets servers and clients share processors: better while the machine is busy, but servers
 *                        that can use several then do; not for the docs
 *   --scale              this server alone, with more and more to do
 *   --from FILE          measures nothing: tables and figures anew from the data of a run, beside it
 *
 * Where a ratio is less certain than a tenth of it after six rounds, there are more, up to 18, and after that it is said. A
 * full run takes half an hour, or longer on a machine that is not at rest, a quick one two minutes. The machine should have nothing else to do.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { makeSelfSigned } from '../src/tls/self-signed.ts'
import { Folder } from '../test/support/folder.ts'
import { ANYWHERE, APART } from './bench/attend.ts'
import { Bench } from './bench/bench.ts'
import { compile } from './bench/compile.ts'
import { EarlierVersion } from './bench/earlier-version.ts'
import { drawFigures } from './bench/figures.ts'
import type { Measurement, Pace, Part } from './bench/measurement.ts'
import { type Peer, peers, thisServer } from './bench/peers.ts'
import { DOCS, DRAFTS, type Publication, publish } from './bench/publish.ts'
import { describe } from './bench/report.ts'
import { measureScale, SCALES, type ScaleMeasurement, type ScalePace } from './bench/scale.ts'
import { drawScale } from './bench/scale-figure.ts'
import { describeScale } from './bench/scale-report.ts'
import { OURS } from './bench/targets.ts'
import { WORKLOAD_NAMES } from './bench/workloads.ts'
import type { CertificateFiles } from './measure/web-servers.ts'
import { readOptions } from './shared/read-options.ts'

const FULL: Pace = { rounds: 6, mostRounds: 18, start: 2, warmUp: 0.2, seconds: 0.8, pageLoads: 3 }
const QUICK: Pace = { rounds: 1, mostRounds: 1, start: 0.5, warmUp: 0.15, seconds: 0.4, pageLoads: 1 }
const PARTS: readonly Part[] = [...WORKLOAD_NAMES, 'page-load']

const [KIB, MIB, GIB] = [1024, 1024 ** 2, 1024 ** 3]
const FULL_SCALE: ScalePace = {
  connections: [1, 4, 16, 64, 256, 1024, 4096, 10_000],
  idle: [0, 100, 1000, 4000, 10_000],
  files: [10, 100, 1000, 10_000, 100_000, 1_000_000],
  sizes: [0, KIB, 10 * KIB, 100 * KIB, MIB, 10 * MIB, 100 * MIB, GIB, 5 * GIB],
  downloads: 100,
  warmUp: 1,
  seconds: 2,
}
const QUICK_SCALE: ScalePace = {
  connections: [1, 64, 1024, 10_000],
  idle: [0, 1000, 10_000],
  files: [10, 1000, 100_000],
  sizes: [0, KIB, 100 * KIB, MIB, 100 * MIB, 5 * GIB],
  downloads: 100,
  warmUp: 0.3,
  seconds: 0.5,
}

const values = readOptions(
  {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    peers: { type: 'string' },
    before: { type: 'string' },
    webserver: { type: 'string', multiple: true, default: [] },
    anywhere: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    from: { type: 'string' },
  },
  'npm run bench [-- --quick --only WORKLOAD,… --peers NAME,… --before REVISION --scale], see docs/performance.md',
)
const placement = values.anywhere || availableParallelism() === 1 ? ANYWHERE : APART
const report = (progress: string) => console.error(progress)

const publication = values.scale ? publishScale(await getScale()) : publishMeasurement(await getMeasurement())
console.log(`\n${publication.description}\n`)
const folder = chooseFolder()
publish(publication, folder)
console.log(`Tables, data and figures are in ${folder}`)

/** Where the data came from; of a run that was not full, not for others to see. */
function chooseFolder(): string {
  if (values.from !== undefined) return dirname(resolve(values.from))
  const isFull =
    !values.quick &&
    !values.anywhere &&
    values.webserver.length === 0 &&
    [values.only, values.peers, values.rounds, values.before].every(value => value === undefined)
  return isFull ? DOCS : DRAFTS
}

async function getMeasurement(): Promise<Measurement> {
  if (values.from !== undefined) return JSON.parse(readFileSync(values.from, 'utf8'))
  // Names that are not known end it before anything is made.
  const parts = choose(PARTS, values.only)
  choose(Object.keys(peers('')), values.peers)
  using programs = new Folder()
  using before = values.before === undefined ? undefined : new EarlierVersion(values.before)
  await using bench = new Bench(
    choosePeers(compile('constant', programs), certificateIn(programs), before),
    placement,
  )
  return await bench.measure(parts, choosePace(), report)
}

function choosePace(): Pace {
  const pace = values.quick ? QUICK : FULL
  if (values.rounds === undefined) return pace
  const rounds = Number(values.rounds)
  return { ...pace, rounds, mostRounds: rounds }
}

async function getScale(): Promise<ScaleMeasurement> {
  if (values.from !== undefined) return JSON.parse(readFileSync(values.from, 'utf8'))
  return await measureScale(
    choose(SCALES, values.only),
    values.quick ? QUICK_SCALE : FULL_SCALE,
    placement,
    report,
  )
}

function publishMeasurement(data: Measurement): Publication {
  return {
    command: 'npm run bench',
    name: 'performance',
    data,
    description: describe(data),
    figures: drawFigures(data),
  }
}

function publishScale(data: ScaleMeasurement): Publication {
  return {
    command: 'npm run bench -- --scale',
    name: 'performance-scale',
    data,
    description: describeScale(data),
    figures: { 'performance-scale.svg': drawScale(data) },
  }
}

/** This server, in all versions that are wanted, and the others that are. */
function choosePeers(
  floor: string,
  files: CertificateFiles,
  before: EarlierVersion | undefined,
): Record<string, Peer> {
  const others = peers(floor, files)
  const versions = values.webserver.map(path => [`webserver ${path}`, thisServer(files, resolve(path))])
  if (before !== undefined) versions.push([`webserver ${before.commit}`, thisServer(files, before.path)])
  const isAlone = before !== undefined && values.peers === undefined
  const names = isAlone ? [] : choose(Object.keys(others), values.peers)
  const wanted = names.map(name => [name, others[name]])
  return Object.fromEntries([[OURS, thisServer(files)], ...versions, ...wanted])
}

/** Of a key of the curve P-256, for all who are measured. */
function certificateIn(folder: Folder): CertificateFiles {
  const { certificate, key } = makeSelfSigned(['127.0.0.1'], 2)
  const files = { certificate: folder.resolve('etc/certificate.pem'), key: folder.resolve('etc/key.pem') }
  writeFileSync(files.certificate, certificate)
  writeFileSync(files.key, key, { mode: 0o600 })
  return files
}

/** The names that are in a list with commas between them; all when there is none. */
function choose<Name extends string>(names: readonly Name[], list: string | undefined): Name[] {
  if (list === undefined) return [...names]
  const wanted = list.split(',').map(each => each.trim())
  const unknown = wanted.find(each => !(names as readonly string[]).includes(each))
  if (unknown !== undefined) {
    console.error(`Expected some of ${names.join(', ')}, got "${unknown}"`)
    process.exit(2)
  }
  return names.filter(each => wanted.includes(each))
}
