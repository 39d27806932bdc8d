import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Daemon } from '../../test/support/daemon.ts'
import { linesOf, logFiles } from '../proof/access-logs.ts'
import { Dice } from '../proof/dice.ts'
import { Ledger } from '../proof/ledger.ts'
import { Reconciliation } from '../proof/reconciliation.ts'
import { growth, ResourceWatch, type Sample } from '../proof/resources.ts'
import { makePages, publishPages } from '../proof/site.ts'
import { CONFIGURATION, Disturbance } from './disturbance.ts'
import type { Progress } from './load.ts'

export interface SoakPlan {
  readonly requests: number
  readonly seed: number
  /** Is told how far it is. */
  readonly report: (line: string) => void
}

export interface SoakOutcome {
  readonly summary: string
  /** What the samples show, in one short line. */
  readonly caption: string
  readonly samples: readonly Sample[]
  /** What was not as it must be; empty when all was. */
  readonly faults: readonly string[]
}

const MIB = 1024 ** 2
/** Processes that make requests. */
const LOADS = 2
/**
 * What the daemon may hold more, in bytes, in the last third of the time than in the second. A heap that is collected
 * now and then differs by a part of this; 80 bytes lost with each of two million requests are more.
 */
const MOST_GROWTH = 48 * MIB
/** Requests before which a heap has not come to its size: until then it may grow for other reasons. */
const WARM_UP = 1_000_000
const MOST_GROWTH_WARMING_UP = 160 * MIB
/** Descriptors at rest come and go with log files and cached ones. */
const MOST_MORE_DESCRIPTORS = 24

/**
 * Sends a real daemon requests of all kinds while it reloads and rotates its logs; then the logs must name each
 * request as often as its client can tell, and the daemon must hold no more than before.
 */
export async function soak({ requests, seed, report }: SoakPlan): Promise<SoakOutcome> {
  await using daemon = await Daemon.start({ config: CONFIGURATION })
  publishPages(daemon.folder, makePages(seed))
  const atRest = await restOf(daemon)
  using watch = new ResourceWatch(daemon.pid)
  const disturbance = new Disturbance(daemon, new Dice(seed))
  const began = performance.now()
  const { ledgers, progress } = await load(daemon, requests, seed, report)
  const seconds = (performance.now() - began) / 1000
  await disturbance.end()

  const descriptors = (await restOf(daemon)) - atRest
  const { requests: served, logs } = await daemon.status()
  watch[Symbol.dispose]()
  const code = await daemon.stop()
  report('Reading the logs …')
  const { named, nameless, malformed, mismatches } = await reconcile(daemon, ledgers)
  const grown = growth(watch.samples.map(({ resident }) => resident))

  const faults = [
    ...progress.flatMap(({ faults }) => faults),
    ...mismatches,
    ...differ(
      'requests without an answer',
      sum(progress, ({ lost }) => lost),
      0,
    ),
    ...malformed.slice(0, 10).map(line => `A line is not as the format says: ${JSON.stringify(line)}`),
    ...differ('lines that name none of the requests', nameless, 0),
    ...differ('lines', named, served.total),
    ...differ(
      'lines lost',
      sum(logs, ({ linesLost }) => linesLost),
      0,
    ),
    ...differ('exit code', code, 0),
    ...(grown > (requests < WARM_UP ? MOST_GROWTH_WARMING_UP : MOST_GROWTH)
      ? [`Memory has grown by ${Math.round(grown / MIB)} MiB`]
      : []),
    ...(descriptors > MOST_MORE_DESCRIPTORS ? [`There are ${descriptors} descriptors more than before`] : []),
  ]
  const { reloads, refusals, rotations } = disturbance.counts
  const held = `memory ${signed(Math.round(grown / MIB))} MiB, descriptors at rest ${signed(descriptors)}`
  const answered = sum(progress, ({ answered }) => answered)
  const summary =
    `${answered} requests answered on ` +
    `${sum(progress, ({ connections }) => connections)} connections in ${Math.round(seconds)} s, ` +
    `${named} lines in the logs; ` +
    `${reloads} reloads, ${refusals} refused, ${rotations} rotations by hand; ` +
    held
  const caption = `Over ${answered} requests, ${reloads} reloads and ${rotations} rotations: ${held}`
  return { summary, caption, samples: watch.samples, faults }
}

/** Lets processes make the requests, and gives what they know of them. */
async function load(daemon: Daemon, requests: number, seed: number, report: SoakPlan['report']) {
  const paths = Array.from({ length: LOADS }, (_, book) => daemon.folder.resolve(`ledger-${book}`))
  const share = Math.ceil(requests / LOADS)
  const script = join(import.meta.dirname, 'load.ts')
  const progress: Progress[] = []
  const children = paths.map((path, book) => {
    const args = [daemon.port, book, share, seed].map(String)
    const child = fork(script, [...args, path], { env: { ...process.env, NODE_V8_COVERAGE: '' } })
    process.once('exit', () => child.kill('SIGKILL'))
    child.on('message', message => {
      progress[book] = message as Progress
    })
    return child
  })
  const reporting = setInterval(() => {
    const answered = sum(progress, progress => progress?.answered ?? 0)
    report(`${answered} requests answered, ${Math.round((100 * answered) / requests)} %`)
  }, 10_000)
  try {
    await Promise.all(children.map(ended))
  } finally {
    clearInterval(reporting)
  }
  return { ledgers: paths.map((path, book) => Ledger.load(book, path)), progress }
}

async function ended(child: ChildProcess): Promise<void> {
  const [code, signal] = await once(child, 'exit')
  if (code !== 0)
    throw new Error(`Expected a process of clients to end well, it ended with ${code ?? signal}`)
}

/** How many descriptors the daemon has once nobody is connected. */
async function restOf(daemon: Daemon): Promise<number> {
  await daemon.untilStatus(({ connections }) => connections.open === 0, 'the end of all connections')
  // The control connection that told so is closed by then.
  await pause(100)
  return daemon.openFiles().length
}

async function reconcile(daemon: Daemon, ledgers: readonly Ledger[]) {
  const reconciliation = new Reconciliation(ledgers)
  for (const path of logFiles(daemon.folder.resolve('var/log'), 'access')) {
    for await (const lines of linesOf(path, 'whole')) for (const line of lines) reconciliation.take(line)
  }
  const { named, nameless, malformed } = reconciliation
  return { named, nameless, malformed, mismatches: reconciliation.mismatches() }
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0)
}

function differ(what: string, seen: unknown, expected: unknown): string[] {
  return seen === expected ? [] : [`${what}: expected ${expected}, got ${seen}`]
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value)
}
