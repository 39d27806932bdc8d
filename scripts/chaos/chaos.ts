import { readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { linesOf, logFiles } from '../proof/access-logs.ts'
import { Dice } from '../proof/dice.ts'
import { Ledger } from '../proof/ledger.ts'
import { Reconciliation } from '../proof/reconciliation.ts'
import { makePages, publishPages } from '../proof/site.ts'
import { ChangingFiles, fileFaults } from './changing-files.ts'
import { CLIENTS } from './clients.ts'
import { Configuration, configurationFaults } from './configuration.ts'
import { CONTROL_FAULTS } from './control-clients.ts'
import { Lives } from './lives.ts'
import { fullDisk, Logs, logFaults } from './logs.ts'
import { SmallDisk } from './small-disk.ts'
import { Subject } from './subject.ts'
import { TurnWitness } from './turn-witness.ts'
import { Visitors } from './visitors.ts'
import { watchHealth, watchTurns } from './watch.ts'
import { type Lane, World } from './world.ts'

export interface ChaosPlan {
  readonly seed: number
  readonly seconds: number
  /** The names of the lanes that it is to have; all when empty. */
  readonly only: readonly string[]
  /** Whether this process has mounts of its own, and may make a small disk to fill. */
  readonly mayMount: boolean
}

export interface ChaosOutcome {
  readonly summary: string
  readonly events: readonly string[]
  /** What was not as it must be; empty when all was. */
  readonly failures: readonly string[]
}

const MIB = 1024 ** 2
/** Descriptors at rest come and go with log files and cached ones. */
const MOST_DESCRIPTORS = 120
/** Of the second log, whose lines may be torn. */
const SECOND_FORMAT = '%>s %r .'
const WHOLE = /^\d{3} .* \.$/
/** Clients who must be served, of each kind. */
const VISITORS = 4

/** Lets all that can happen to a daemon happen to it for a while, and tells what it did not withstand. */
export async function chaos({ seed, seconds, only, mayMount }: ChaosPlan): Promise<ChaosOutcome> {
  const dice = new Dice(seed)
  await using subject = await Subject.create(why => world.fail(why))
  const world = new World(subject, new Ledger(0))
  const pages = makePages(seed)
  publishPages(subject.folder, pages)
  const files = new ChangingFiles(world, subject.folder.resolve('var/www'), subject.folder.path)
  using logs = new Logs(subject)
  using disk = mayMount ? new SmallDisk(subject) : undefined
  const second = disk?.path
  const configuration = new Configuration(
    world,
    second === undefined ? [] : [`CustomLog ${second}/second.log "${SECOND_FORMAT}"`],
  )
  configuration.write(dice)

  let secondBefore = 0
  const lives = new Lives(world, async () => {
    if (second !== undefined) secondBefore = await countWhole(second)
  })
  await lives.begin(dice)
  const visitors = new Visitors(world)
  const witness = new TurnWitness()
  const lanes: Lane[] = [
    ...[1, 2, 3].map(() => ({ name: 'clients', faults: CLIENTS, holdsGate: false, rest: 500 })),
    { name: 'files', faults: fileFaults(files), holdsGate: false, rest: 200 },
    { name: 'logs', faults: logFaults(logs), holdsGate: true, rest: 1000 },
    { name: 'configuration', faults: configurationFaults(configuration), holdsGate: true, rest: 500 },
    { name: 'control', faults: CONTROL_FAULTS, holdsGate: false, rest: 1000 },
    { name: 'lives', faults: lives.faults(), holdsGate: true, rest: 15_000 },
    ...(second === undefined
      ? []
      : [{ name: 'disk', faults: [fullDisk(second)], holdsGate: false, rest: 2000 }]),
  ]
  const timer = setTimeout(() => world.end(), seconds * 1000)
  const running = [
    ...lanes
      .map(lane => ({ lane, seed: dice.seed() }))
      .filter(({ lane }) => only.length === 0 || only.includes(lane.name))
      .map(({ lane, seed }) => runLane(world, lane, new Dice(seed))),
    ...Array.from({ length: VISITORS }, () => visitors.askForPages(new Dice(dice.seed()), pages)),
    ...Array.from({ length: VISITORS }, () => visitors.watchFiles(new Dice(dice.seed()), files)),
    watchTurns(world, witness),
    watchHealth(world),
  ]
  for (const result of await Promise.allSettled(running)) {
    if (result.status === 'rejected') world.fail(String(result.reason?.stack ?? result.reason))
  }
  clearTimeout(timer)
  world.record('all that happens is over')

  if (world.failures.length === 0) await conclude()
  const summary =
    `${visitors.answered} requests of visitors answered, ${visitors.lost} lost in trouble; ` +
    `${world.ledger.length} requests in all; ${witness.turns} turns witnessed; ${subject.lives} lives, ` +
    `${lives.kills} ended by a kill; ${Math.round(subject.peak / MIB)} MiB resident at the most; ${subject.repeated} calls repeated`
  return { summary, events: world.events, failures: world.failures }

  /** Whether it is well once all have gone, and the logs are right. */
  async function conclude(): Promise<void> {
    const status = await subject.untilStatus(
      ({ connections }) => connections.open === 0,
      'the end of all connections',
    )
    const { inService, waiting, setAside } = status.turn
    if (inService !== null || waiting > 0 || setAside > 0)
      world.fail('Somebody has, or waits for, the turn at rest')
    if (witness.turns === 0) world.fail('No turn was witnessed')
    const fds = await openDescriptors(subject)
    if (fds > MOST_DESCRIPTORS) world.fail(`${fds} descriptors are open at rest`)
    const { requests, logs: fates } = await subject.status()
    const code = await subject.stop()
    if (code !== 0) world.fail(`Expected the daemon to stop with 0, it did with ${code}`)
    if (second !== undefined) {
      const lost = fates.find(({ path }) => path.startsWith(second))?.linesLost ?? 0
      const lines = (await countWhole(second)) - secondBefore
      if (lines + lost !== requests.total) {
        world.fail(`The second log has ${lines} whole lines and lost ${lost}, of ${requests.total} requests`)
      }
    }
    await reconcile(world, logs, lives.kills)
  }
}

/** One fault after another, until all is over. */
async function runLane(world: World, { faults, holdsGate, rest }: Lane, dice: Dice): Promise<void> {
  for (;;) {
    await world.pause(dice.integer(0, rest))
    if (world.over.aborted) return
    const fault = dice.pickByWeight(faults)
    const own = new Dice(dice.seed())
    using _pass = holdsGate ? await (fault.alone ? world.gate.enterAlone() : world.gate.enter()) : undefined
    if (!world.over.aborted) await fault.run(world, own)
  }
}

/** How many lines of the second log are whole; one that the full disk has torn is lost. */
async function countWhole(folder: string): Promise<number> {
  let count = 0
  for (const path of logFiles(folder, 'second')) {
    for await (const lines of linesOf(path, 'perhaps torn'))
      count += lines.filter(line => WHOLE.test(line)).length
  }
  return count
}

/** How many the daemon has once it has closed those of the last of its clients. */
async function openDescriptors(subject: Subject): Promise<number> {
  await pause(500)
  return readdirSync(`/proc/${subject.pid}/fd`).length
}

/** Whether the logs of all lives name each request as often as its client can tell. */
async function reconcile(world: World, logs: Logs, kills: number): Promise<void> {
  const reconciliation = new Reconciliation([world.ledger])
  for await (const lines of logs.lines()) for (const line of lines) reconciliation.take(line)
  for (const mismatch of reconciliation.mismatches()) world.fail(mismatch)
  // A kill may cut short what is being written.
  if (reconciliation.malformed.length > kills) {
    world.fail(`Lines are not as the format says: ${JSON.stringify(reconciliation.malformed.slice(0, 10))}`)
  }
}
