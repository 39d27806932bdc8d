import { spawnSync } from 'node:child_process'
import { readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Folder } from '../../test/support/folder.ts'
import { type Machine, thisMachine } from '../measure/machine.ts'
import { machineSeconds, processorSeconds } from '../measure/processor-time.ts'
import { RunningServer, type Server, versionOf } from '../measure/server.ts'
import { Load, LoadError, type LoadResult } from './load.ts'
import type { Group, Peer } from './peers.ts'
import { compose } from './request.ts'
import { FILE_COUNT, PAGE, publishSite } from './site.ts'
import { WORKLOADS, type Workload, type WorkloadName } from './workloads.ts'

/** How much is measured; times in seconds. */
export interface Pace {
  readonly rounds: number
  readonly warmUp: number
  readonly seconds: number
}

/** One peer under one workload, once. */
export interface Sample extends LoadResult {
  readonly peer: string
  readonly workload: WorkloadName
  readonly round: number
  /** Processor time of the server, all its processes and threads. */
  readonly serverSeconds: number
  /** What all else on the machine took meanwhile. */
  readonly otherSeconds: number
}

export interface Refused {
  readonly peer: string
  readonly workload: WorkloadName
  readonly objection: string
}

export interface Measurement {
  readonly measuredAt: string
  readonly machine: Machine
  readonly pace: Pace
  /** Whether servers and clients had a processor each. */
  readonly pinned: boolean
  readonly peers: Readonly<
    Record<string, { readonly group: Group; readonly version: string; readonly note: string }>
  >
  /** Requests a second of `latency`. */
  readonly rate: number | undefined
  readonly samples: readonly Sample[]
  /** Who was not measured in what, and why. */
  readonly refused: readonly Refused[]
}

/** With a processor for the clients alone the server always has its own, and rates lie closer together. */
const PINNED = availableParallelism() > 1
const SERVER_PREFIX = PINNED ? ['taskset', '-c', '0'] : []
const LOAD_PREFIX = PINNED ? ['taskset', '-c', '1'] : []

/** Compiles a program of this folder. */
export function compile(name: string, folder: Folder): string {
  const program = folder.resolve(name)
  const source = join(import.meta.dirname, `${name}.c`)
  const { status, stderr, error } = spawnSync('cc', ['-O2', '-o', program, source], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Cannot compile ${source}: ${error?.message ?? stderr}`)
  return program
}

interface Running {
  readonly folder: Folder
  readonly server: RunningServer
}

type Outcome = Omit<Sample, 'peer' | 'workload' | 'round'>

/** Measures peers beside each other: in each round, workload after workload, one peer after the other. */
export class Bench implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack()
  readonly #site: Folder
  readonly #load: string
  readonly #peers: Readonly<Record<string, Peer>>
  readonly #running = new Map<Server, Running>()
  /** Files of requests that are known to be answered as expected. */
  readonly #composed = new Set<string>()
  readonly #refused: Refused[] = []
  #rate: number | undefined

  constructor(peers: Readonly<Record<string, Peer>>) {
    this.#site = this.#stack.use(new Folder())
    this.#load = compile('load', this.#site)
    publishSite(this.#site)
    this.#peers = peers
  }

  async measure(
    workloads: readonly WorkloadName[],
    pace: Pace,
    report: (progress: string) => void,
  ): Promise<Measurement> {
    const measuredAt = new Date().toISOString()
    for (const peer of Object.keys(this.#peers)) {
      report(`starting ${peer}`)
      await this.#runningServer(peer, undefined)
    }
    if (workloads.includes('latency')) this.#rate = await this.#halfOfNginx(pace)
    const samples: Sample[] = []
    for (let round = 1; round <= pace.rounds; round++) {
      for (const workload of workloads) {
        report(`round ${round} of ${pace.rounds}: ${WORKLOADS[workload].title}`)
        for (const peer of this.#peersIn(workload)) {
          const outcome = await this.#measureOne(peer, workload, pace)
          if (outcome !== undefined) samples.push({ peer, workload, round, ...outcome })
        }
      }
    }
    return {
      measuredAt,
      machine: thisMachine(),
      pace,
      pinned: PINNED,
      peers: this.#describePeers(),
      rate: this.#rate,
      samples,
      refused: this.#refused,
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }

  #peersIn(workload: WorkloadName): string[] {
    const groups: readonly Group[] = WORKLOADS[workload].groups
    return Object.entries(this.#peers)
      .filter(([, { group }]) => group === 'ours' || groups.includes(group))
      .map(([name]) => name)
      .filter(peer => !this.#refused.some(each => each.peer === peer && each.workload === workload))
  }

  #describePeers(): Measurement['peers'] {
    const entries = Object.entries(this.#peers).map(([name, peer]) => {
      return [name, { group: peer.group, version: versionOf(peer) ?? '', note: peer.note }] as const
    })
    return Object.fromEntries(entries)
  }

  /** Half of the requests a second that the server to compare with can answer. */
  async #halfOfNginx(pace: Pace): Promise<number> {
    const reference =
      'nginx as shipped' in this.#peers ? 'nginx as shipped' : (Object.keys(this.#peers)[0] ?? '')
    const outcome = await this.#measureOne(reference, 'page-64', pace)
    if (outcome === undefined) throw new Error(`Expected to measure ${reference}, for half of its rate`)
    return Math.round(outcome.responses / outcome.seconds / 2)
  }

  /** Undefined when the server is not up to it, which is then noted. */
  async #measureOne(peer: string, name: WorkloadName, pace: Pace): Promise<Outcome | undefined> {
    const refuse = (objection: string) => void this.#refused.push({ peer, workload: name, objection })
    const workload: Workload = WORKLOADS[name]
    const requests = this.#site.resolve(`${name}-${Object.keys(this.#peers).indexOf(peer)}`)
    if (!this.#composed.has(requests)) {
      const composed = await compose(workload, (await this.#runningServer(peer, undefined)).server.port)
      if (composed.kind === 'objection') return refuse(composed.text)
      writeFileSync(requests, composed.text)
      if (workload.order !== undefined) writeFileSync(`${requests}.order`, workload.order)
      this.#composed.add(requests)
    }
    await using stack = new AsyncDisposableStack()
    const { folder, server } =
      workload.memory === 'cold'
        ? await this.#start(this.#peer(peer), stack)
        : await this.#runningServer(peer, workload.memory)
    try {
      return await this.#putLoadOn(server, this.#loadOptions(workload, requests, pace))
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      return refuse(error.message)
    } finally {
      emptyLogs(folder)
    }
  }

  #loadOptions(workload: Workload, requests: string, { warmUp, seconds }: Pace): string[] {
    const { connections, depth = 1, closes, order, expected, memory, rate } = workload
    const options = ['-q', requests, '-c', connections, '-d', depth, '-e', expected.status, '-t', seconds]
    if (order !== undefined) options.push('-o', `${requests}.order`)
    if (closes) options.push('-x')
    if (rate !== undefined) options.push('-r', this.#rate ?? 0)
    // Each connection has had one of the files by the time when measuring begins.
    if (memory === 'cold') options.push('-n', FILE_COUNT - connections)
    else options.push('-w', warmUp)
    return options.map(String)
  }

  async #putLoadOn({ pid, port }: RunningServer, options: readonly string[]): Promise<Outcome> {
    const seconds = () => ({ server: processorSeconds(pid), machine: machineSeconds() })
    await using load = new Load([...LOAD_PREFIX, this.#load, '-p', String(port), ...options])
    await load.begun()
    const begin = seconds()
    const result = await load.result()
    const end = seconds()
    const serverSeconds = end.server - begin.server
    const otherSeconds = end.machine - begin.machine - serverSeconds - result.processorSeconds
    return { ...result, serverSeconds, otherSeconds: Math.max(0, otherSeconds) }
  }

  #peer(name: string): Peer {
    const peer = this.#peers[name]
    if (peer === undefined) throw new Error(`Expected a peer, got "${name}"`)
    return peer
  }

  /** The one that runs all the time, or the one beside it that remembers nothing. */
  async #runningServer(name: string, memory: 'off' | undefined): Promise<Running> {
    const peer = this.#peer(name)
    const server = memory === 'off' ? (peer.forgetful ?? peer) : peer
    const running = this.#running.get(server) ?? (await this.#start(server, this.#stack))
    this.#running.set(server, running)
    return running
  }

  async #start(server: Server, stack: AsyncDisposableStack): Promise<Running> {
    const folder = stack.use(new Folder())
    const place = { folder, documentRoot: this.#site.resolve('var/www') }
    return { folder, server: stack.use(await RunningServer.start(server, place, PAGE, SERVER_PREFIX)) }
  }
}

/** What is written to a disk later would be a burden to whoever is measured by then. */
function emptyLogs(folder: Folder): void {
  const logs = folder.resolve('var/log')
  for (const name of readdirSync(logs)) truncateSync(join(logs, name))
}
