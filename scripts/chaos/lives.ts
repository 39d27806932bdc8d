import type { Dice } from '../proof/dice.ts'
import type { Fault, World } from './world.ts'

/**
 * Milliseconds around a kill in which no line is certain to be in the log. The server may lose those of the last 10
 * alone; but when it had which request is known to nobody, and a client may read its answer late.
 */
const DOUBT = 1000
/** Descriptors that a life has: mostly more than it needs, sometimes fewer than MaxConnections. */
const ENOUGH = 4096
const FEW = 100

/** The lives of the daemon, one after another. */
export class Lives {
  /** How many were ended without a warning. */
  kills = 0
  readonly #world: World
  readonly #onBegin: () => Promise<void>
  /** What lasts as long as the present life. */
  #lasting = new DisposableStack()

  /** @param onBegin Is called before each. */
  constructor(world: World, onBegin: () => Promise<void>) {
    this.#world = world
    this.#onBegin = onBegin
  }

  /** Begins one; with few descriptors it is trouble for its clients as long as it lasts. */
  async begin(dice: Dice): Promise<void> {
    const world = this.#world
    const isShort = dice.chance(0.25)
    world.record(`life ${world.subject.lives + 1}, with ${isShort ? FEW : ENOUGH} descriptors`)
    await this.#onBegin()
    this.#lasting.dispose()
    this.#lasting = new DisposableStack()
    if (isShort) {
      this.#lasting.use(world.trouble())
      this.#lasting.use(world.hindrance())
    }
    await world.subject.start(isShort ? FEW : ENOUGH)
  }

  faults(): readonly Fault[] {
    return [
      {
        name: 'kill the daemon',
        weight: 3,
        alone: true,
        run: async (world, dice) => {
          world.ledger.inDoubt = true
          await world.pause(DOUBT)
          world.record('kill the daemon')
          {
            using _trouble = world.trouble()
            await world.subject.kill()
            this.kills++
            await this.begin(dice)
          }
          await world.pause(DOUBT)
          world.ledger.inDoubt = false
        },
      },
      {
        name: 'stop the daemon',
        weight: 1,
        alone: true,
        run: async (world, dice) => {
          world.record('stop the daemon')
          using _trouble = world.trouble()
          const code = await world.subject.stop()
          if (code !== 0) world.fail(`Expected the daemon to stop with 0, it did with ${code}`)
          await this.begin(dice)
        },
      },
    ]
  }
}
