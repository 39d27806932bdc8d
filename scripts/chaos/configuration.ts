import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Dice } from '../proof/dice.ts'
import { LINE_FORMAT } from '../proof/reconciliation.ts'
import { freePort } from './subject.ts'
import type { Fault, World } from './world.ts'

export const MAX_CONNECTIONS = 256

/** Of each row one line is in force at a time. */
const CHANGING: readonly (readonly string[])[] = [
  ['MaxWait 20ms', 'MaxWait 0', 'MaxWait 5ms', 'MaxWait 100ms'],
  ['FileCacheSize 16M', 'FileCacheSize off', 'FileCacheSize 64K'],
  ['Compress On', 'Compress Off'],
  ['MaxKeepAliveRequests 1000', 'MaxKeepAliveRequests 0', 'MaxKeepAliveRequests 7'],
  ['ErrorDocument 404 default', 'ErrorDocument 404 "gone astray"', 'ErrorDocument 404 /page.html'],
  ['LogLevel info', 'LogLevel debug', 'LogLevel emerg'],
  // Whatever more they say, all formats begin alike, so that every line can be read.
  ['', ' %{wait}x %{turns}x', ' %D %{c}e \\"%{User-Agent}i\\"', ' %A %p %U'].flatMap(more =>
    ['access.log', 'access-other.log'].map(name => `CustomLog var/log/${name} "${LINE_FORMAT}${more}"`),
  ),
]

const MISTAKES = [
  'Lissen 80',
  'MaxWait soon',
  'CustomLog /proc/none/access.log common',
  'DocumentRoot var/nothing',
]

/** Writes configurations, and has them put in force. */
export class Configuration {
  readonly #world: World
  readonly #always: readonly string[]

  /** @param always What is in force all the time. */
  constructor(world: World, always: readonly string[]) {
    this.#world = world
    this.#always = [
      `MaxConnections ${MAX_CONNECTIONS}`,
      // Longer than any visitor is held up on a machine that is busy.
      'RequestReadTimeout 30s',
      'KeepAliveTimeout 30s',
      'Timeout 10s',
      'Options +Indexes',
      'LogRotate size 1M',
      'LogKeep 100000 files',
      ...always,
    ]
  }

  /** Writes one that is right, and gives what is new in it. */
  write(dice: Dice, listen: readonly string[] = [`127.0.0.1:${this.#world.subject.port}`]): string {
    const lines = CHANGING.map(lines => dice.pick(lines))
    this.#world.subject.folder.configure([
      ...listen.map(address => `Listen ${address}`),
      ...this.#always,
      ...lines,
    ])
    return [...listen, ...lines].join(', ')
  }

  writeMistake(dice: Dice): string {
    const mistake = dice.pick(MISTAKES)
    this.#world.subject.folder.configure([
      `Listen 127.0.0.1:${this.#world.subject.port}`,
      ...this.#always,
      mistake,
    ])
    return mistake
  }

  /** Has it read; fails when the outcome is another. */
  async reload(expected: 'reloaded' | 'refused'): Promise<void> {
    const before = this.#world.hindrances
    const outcome = await this.#world.subject.ask('reload')
    const isHindered = before > 0 || this.#world.hindrances > 0
    const kind = outcome.kind === 'reply' ? (outcome.result as { readonly kind: string }).kind : outcome.kind
    if (kind === 'refused' && isHindered) return
    if (kind !== expected)
      this.#world.fail(`Expected a reload to be ${expected}, got ${JSON.stringify(outcome)}`)
  }
}

/** What happens to the configuration. */
export function configurationFaults(configuration: Configuration): readonly Fault[] {
  return [
    {
      name: 'reload',
      weight: 4,
      async run(world, dice) {
        world.record(`reload: ${configuration.write(dice)}`)
        await configuration.reload('reloaded')
      },
    },
    {
      name: 'reload a mistake',
      weight: 2,
      async run(world, dice) {
        world.record(`reload a mistake: ${configuration.writeMistake(dice)}`)
        await configuration.reload('refused')
        configuration.write(dice)
      },
    },
    {
      name: 'storm of reloads',
      weight: 2,
      async run(world, dice) {
        const count = dice.integer(5, 40)
        world.record(`storm of ${count} reloads, right and wrong`)
        for (let done = 0; done < count && !world.over.aborted; done++) {
          if (dice.chance(0.3)) configuration.writeMistake(dice)
          else configuration.write(dice)
          // Whichever configuration it finds, it answers.
          const outcomes = await Promise.all(
            Array.from({ length: dice.integer(1, 3) }, () => world.subject.ask('reload')),
          )
          for (const outcome of outcomes) {
            if (outcome.kind !== 'reply')
              world.fail(`Expected a reload to answer, got ${JSON.stringify(outcome)}`)
          }
        }
        configuration.write(dice)
        await configuration.reload('reloaded')
      },
    },
    {
      name: 'storm of signals',
      weight: 2,
      async run(world, dice) {
        const count = dice.integer(10, 500)
        world.record(`storm of ${count} signals, to reload and to reopen the logs`)
        configuration.write(dice)
        for (let sent = 0; sent < count; sent++) {
          world.subject.signal(dice.chance(0.5) ? 'SIGHUP' : 'SIGUSR1')
          if (dice.chance(0.05)) await world.pause(dice.integer(0, 20))
        }
      },
    },
    {
      name: 'listen elsewhere',
      weight: 3,
      async run(world, dice) {
        const { port } = world.subject
        const ways = [
          [`127.0.0.1:${port}`],
          [`0.0.0.0:${port}`],
          [`${port}`],
          [`127.0.0.1:${port}`, '127.0.0.1:0'],
        ]
        for (let count = dice.integer(1, 6); count > 0 && !world.over.aborted; count--) {
          world.record(`listen elsewhere: ${configuration.write(dice, dice.pick(ways))}`)
          await configuration.reload('reloaded')
          await world.pause(dice.integer(0, 100))
        }
        configuration.write(dice)
        await configuration.reload('reloaded')
      },
    },
    {
      name: 'listen where another does',
      weight: 2,
      async run(world, dice) {
        const other = await freePort()
        const server = createServer().listen(other, '127.0.0.1')
        await once(server, 'listening')
        world.record('listen where another does')
        configuration.write(dice, [`0.0.0.0:${world.subject.port}`, `127.0.0.1:${other}`])
        await configuration.reload('refused')
        server.close()
        configuration.write(dice)
        await configuration.reload('reloaded')
      },
    },
  ]
}
