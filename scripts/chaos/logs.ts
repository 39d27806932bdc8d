import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { linesOf, logFiles } from '../proof/access-logs.ts'
import type { Dice } from '../proof/dice.ts'
import type { Subject } from './subject.ts'
import type { Fault, World } from './world.ts'

const STEM = 'access'

/** The logs of the daemon's lives, wherever their files have gone. */
export class Logs {
  readonly folder: string
  /** Of deleted files, which live on in these. */
  readonly #kept: number[] = []
  #moved = 0

  constructor(subject: Subject) {
    this.folder = subject.folder.resolve('var/log')
  }

  /** Those that are written to now. */
  current(): string[] {
    return readdirSync(this.folder)
      .filter(name => name.startsWith(STEM) && name.endsWith('.log'))
      .map(name => join(this.folder, name))
  }

  /** Moves one away. */
  move(path: string): void {
    if (existsSync(path)) renameSync(path, `${path}-moved-${this.#moved++}`)
  }

  /** Deletes one, and keeps what the daemon will still write to it. */
  delete(path: string): void {
    if (!existsSync(path)) return
    this.#kept.push(openSync(path, 'r'))
    rmSync(path)
  }

  /** All lines there have been, many at a time. */
  async *lines(): AsyncGenerator<readonly string[]> {
    for (const path of logFiles(this.folder, STEM)) yield* linesOf(path, 'perhaps torn')
    for (const descriptor of this.#kept) yield* linesOf(`/proc/self/fd/${descriptor}`, 'perhaps torn')
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#kept) closeSync(descriptor)
  }
}

/** What happens to the logs. */
export function logFaults(logs: Logs): readonly Fault[] {
  const reopen = async (world: World, dice: Dice) => {
    await world.pause(dice.integer(0, 300))
    if (dice.chance(0.3)) world.subject.signal('SIGUSR1')
    else if (dice.chance(0.5)) await world.subject.ask('reopen')
    // Otherwise the daemon finds out by itself.
    else await world.pause(dice.integer(0, 1500))
  }
  return [
    {
      name: 'move the logs away',
      weight: 3,
      async run(world, dice) {
        world.record(this.name)
        for (const path of logs.current()) logs.move(path)
        await reopen(world, dice)
      },
    },
    {
      name: 'delete the logs',
      weight: 2,
      async run(world, dice) {
        world.record(this.name)
        for (const path of logs.current()) logs.delete(path)
        await reopen(world, dice)
      },
    },
    {
      name: 'close the folder of the logs',
      weight: 2,
      async run(world, dice) {
        world.record(this.name)
        using _hindrance = world.hindrance()
        chmodSync(logs.folder, 0o555)
        if (dice.chance(0.5)) for (const path of logs.current()) logs.move(path)
        await reopen(world, dice)
        chmodSync(logs.folder, 0o755)
      },
    },
    {
      name: 'close the logs',
      weight: 2,
      async run(world, dice) {
        const paths = logs.current()
        world.record(this.name)
        using _hindrance = world.hindrance()
        for (const path of paths) chmodSync(path, 0o444)
        await reopen(world, dice)
        for (const path of paths) if (existsSync(path)) chmodSync(path, 0o640)
      },
    },
  ]
}

/** Fills a disk for a while. */
export function fullDisk(folder: string): Fault {
  return {
    name: 'fill the disk of the second log',
    weight: 3,
    async run(world, dice) {
      world.record(this.name)
      const path = join(folder, 'filler')
      const descriptor = openSync(path, 'w')
      fill(descriptor)
      await world.pause(dice.integer(100, 2000))
      world.record(`the disk of the second log has room again, its filler took ${statSync(path).size} bytes`)
      closeSync(descriptor)
      rmSync(path)
      await world.pause(dice.integer(0, 1000))
    },
  }
}

/** To the last byte. */
function fill(descriptor: number): void {
  for (let piece = 1024 ** 2; piece > 0; ) {
    try {
      writeSync(descriptor, Buffer.alloc(piece))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      piece = Math.floor(piece / 2)
    }
  }
}
