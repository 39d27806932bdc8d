import { existsSync, renameSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { callDaemon } from '../../src/ctl/control-client.ts'
import type { Daemon } from '../../test/support/daemon.ts'
import type { Dice } from '../proof/dice.ts'
import { LINE_FORMAT } from '../proof/reconciliation.ts'

/** Milliseconds between two disturbances. */
const INTERVAL = 400
const DEADLINE = 20_000

const LOGS = ['access.log', 'access-other.log']

/** What is in force all the time: no client that waits is to be sent away. */
const ALWAYS = [
  'KeepAliveTimeout 5min',
  'RequestReadTimeout 5min',
  'Timeout 5min',
  'LogRotate size 4M',
  'LogKeep 100000 files',
]

/** Of each row one line is in force at a time. */
const CHANGING: readonly (readonly string[])[] = [
  ['MaxWait 20ms', 'MaxWait 0', 'MaxWait 5ms'],
  ['FileCacheSize 128M', 'FileCacheSize off', 'FileCacheSize 64K'],
  ['Compress On', 'Compress Off'],
  ['Precompressed On', 'Precompressed Off'],
  ['MaxKeepAliveRequests 1000', 'MaxKeepAliveRequests 0', 'MaxKeepAliveRequests 7'],
  ['ErrorDocument 404 default', 'ErrorDocument 404 "gone astray"', 'ErrorDocument 404 /page.html'],
  ['ServerTokens Prod', 'ServerTokens Full'],
  ['Options None', 'Options +Indexes'],
  LOGS.map(name => `CustomLog var/log/${name} "${LINE_FORMAT}"`),
]

/** The configuration that it begins with. */
export const CONFIGURATION = [...ALWAYS, ...CHANGING.map(([line = '']) => line)]

/** What is done to a daemon while it serves, and how often it was. */
export class Disturbance {
  readonly counts = { reloads: 0, refusals: 0, rotations: 0 }
  readonly #daemon: Daemon
  readonly #dice: Dice
  readonly #enough = new AbortController()
  readonly #done: Promise<void>

  constructor(daemon: Daemon, dice: Dice) {
    this.#daemon = daemon
    this.#dice = dice
    this.#done = this.#disturb()
    // Whoever ends it learns of what has failed.
    this.#done.catch(() => {})
  }

  /** Ends it; rejects when something could not be done. */
  async end(): Promise<void> {
    this.#enough.abort()
    await this.#done
  }

  async #disturb(): Promise<void> {
    const kinds = [
      { weight: 4, act: () => this.#reload() },
      { weight: 1, act: () => this.#reloadBySignal() },
      { weight: 1, act: () => this.#reloadMistake() },
      { weight: 2, act: () => this.#rotate() },
    ]
    while (!this.#enough.signal.aborted) {
      await this.#dice.pickByWeight(kinds).act()
      await pause(INTERVAL)
    }
  }

  async #reload(): Promise<void> {
    this.#configure()
    await this.#expectReload('reloaded')
    this.counts.reloads++
  }

  async #reloadBySignal(): Promise<void> {
    const { reloads } = (await this.#daemon.status()).configuration
    this.#configure()
    this.#daemon.program.signal('SIGHUP')
    await this.#daemon.untilStatus(
      ({ configuration }) => configuration.reloads > reloads,
      'a reload by SIGHUP',
    )
    this.counts.reloads++
  }

  async #reloadMistake(): Promise<void> {
    this.#daemon.folder.configure(['Lissen 80', 'MaxWait soon'])
    await this.#expectReload('refused')
    this.counts.refusals++
  }

  /** As logrotate does it. */
  async #rotate(): Promise<void> {
    for (const name of LOGS) {
      const path = this.#daemon.folder.resolve(`var/log/${name}`)
      if (existsSync(path)) renameSync(path, `${path}-moved-${this.counts.rotations}`)
    }
    this.counts.rotations++
    if (this.#dice.chance(0.5)) this.#daemon.program.signal('SIGUSR1')
    else await callDaemon(this.#daemon.folder.socket, 'reopen', undefined, DEADLINE)
  }

  #configure(): void {
    this.#daemon.folder.configure([...ALWAYS, ...CHANGING.map(lines => this.#dice.pick(lines))])
  }

  async #expectReload(kind: 'reloaded' | 'refused'): Promise<void> {
    const outcome = await callDaemon(this.#daemon.folder.socket, 'reload', undefined, DEADLINE)
    const result =
      outcome.kind === 'reply' ? (outcome.result as { readonly kind: string }).kind : outcome.kind
    if (result !== kind) throw new Error(`Expected a reload to be ${kind}, got ${JSON.stringify(outcome)}`)
  }
}
