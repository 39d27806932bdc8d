import type { TraceRecord } from '../../src/turn/turn-trace.ts'
import type { TurnWitness } from './turn-witness.ts'
import type { World } from './world.ts'

/** What the daemon may take at the most: itself, small files, and what MaxConnections of any kind can make it hold. */
const MOST_RESIDENT = 512 * 1024 ** 2
/** Milliseconds. */
const BETWEEN_LOOKS = 100
/** Seconds. */
const TRACE = 5

/** Has the turn recorded, trace after trace, until all is over. */
export async function watchTurns(world: World, witness: TurnWitness): Promise<void> {
  while (!world.over.aborted) {
    witness.begin()
    const heard = (records: unknown) => witness.take(records as readonly TraceRecord[])
    // There may be no room for one more client; status is what must always be answered.
    await world.subject.call('trace', { seconds: TRACE }, { heard, enough: world.over })
    for (const overlap of witness.overlaps) world.fail(overlap)
    await world.pause(BETWEEN_LOOKS)
  }
}

/** Sees that the daemon answers and keeps within its memory, until all is over. */
export async function watchHealth(world: World): Promise<void> {
  const { subject } = world
  while (!world.over.aborted) {
    const life = subject.isUp ? subject.lives : undefined
    const outcome = await subject.ask('status')
    const isSameLife = subject.isUp && subject.lives === life
    if (isSameLife && outcome.kind !== 'reply') {
      world.fail(`Expected the status, got ${JSON.stringify(outcome)}`)
    }
    subject.measure()
    if (subject.peak > MOST_RESIDENT) world.fail(`${subject.peak} bytes are resident`)
    await world.pause(BETWEEN_LOOKS)
  }
}
