import { readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Folder } from '../../test/support/folder.ts'
import { thisMachine } from '../measure/machine.ts'
import { RunningServer, type Server, shakesHands, versionOf } from '../measure/server.ts'
import { APART, attend, type Outcome, type Placement } from './attend.ts'
import type { Client } from './client.ts'
import { compile } from './compile.ts'
import { Load, LoadError, type LoadOptions } from './load.ts'
import type { Measurement, Pace, Part, PeerDescription, Refusal, Sample } from './measurement.ts'
import { OpensslTime } from './openssl-time.ts'
import { loadPages, type PageLoads } from './page-load.ts'
import type { Group, Peer } from './peers.ts'
import { compose } from './request.ts'
import { FILE_COUNT, PAGE, publishSite, RESOURCE_COUNT } from './site.ts'
import { uncertainWorkloads } from './targets.ts'
import { WORKLOADS, type Workload, type WorkloadName } from './workloads.ts'
import { Wrk } from './wrk.ts'

const PAGE_LOAD_GROUPS: readonly Group[] = ['ours', 'leading', 'other']

interface Running {
  readonly folder: Folder
  readonly server: RunningServer
}

/** Measures peers beside each other: in each round, workload after workload, one peer after the other. */
export class Bench implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack()
  readonly #site: Folder
  readonly #load: readonly string[]
  readonly #placement: Placement
  readonly #peers: Readonly<Record<string, Peer>>
  readonly #running = new Map<Server, Running>()
  /** Files of requests that are known to be answered as expected. */
  readonly #composed = new Set<string>()
  readonly #refusals: Refusal[] = []
  #rate: number | undefined

  constructor(peers: Readonly<Record<string, Peer>>, placement: Placement) {
    this.#site = this.#stack.use(new Folder())
    this.#load = [...placement.client, compile('load', this.#site)]
    this.#placement = placement
    publishSite(this.#site)
    this.#peers = peers
  }

  /** @param report Is told what goes on. */
  async measure(
    parts: readonly Part[],
    pace: Pace,
    report: (progress: string) => void,
  ): Promise<Measurement> {
    const measuredAt = new Date().toISOString()
    for (const peer of Object.keys(this.#peers)) {
      report(`Starting ${peer}`)
      await this.#measureOne(peer, 'page-64', { ...pace, seconds: pace.start })
    }
    if (parts.includes('latency')) this.#rate = await this.#halfOfNginx(pace)
    const samples: Sample[] = []
    const pageLoads: PageLoads[] = []
    for (let round = 1; round <= pace.mostRounds; round++) {
      const wanted = round <= pace.rounds ? parts : this.#uncertainOf(parts, samples)
      for (const part of wanted) {
        report(
          `Round ${round} of ${round <= pace.rounds ? pace.rounds : `up to ${pace.mostRounds}`}: ${part}`,
        )
        if (part === 'page-load') pageLoads.push(...(await this.#loadPages(pace.pageLoads)))
        else samples.push(...(await this.#measureAll(part, round, pace)))
      }
    }
    return {
      measuredAt,
      machine: thisMachine(),
      pace,
      isApart: this.#placement === APART,
      peers: this.#describePeers(),
      rate: this.#rate,
      samples,
      refusals: this.#refusals,
      pageLoads,
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }

  #uncertainOf(parts: readonly Part[], samples: readonly Sample[]): Part[] {
    const groups = new Map(Object.entries(this.#peers).map(([name, { group }]) => [name, group]))
    const uncertain: ReadonlySet<Part> = uncertainWorkloads(samples, groups)
    return parts.filter(part => uncertain.has(part))
  }

  #describePeers(): Record<string, PeerDescription> {
    const entries = Object.entries(this.#peers).map(([name, peer]) => {
      return [name, { group: peer.group, version: versionOf(peer) ?? '', note: peer.note }] as const
    })
    return Object.fromEntries(entries)
  }

  /** Half of the requests a second that the server to compare with can answer. */
  async #halfOfNginx(pace: Pace): Promise<number> {
    const wanted = 'nginx as shipped'
    const reference = wanted in this.#peers ? wanted : (Object.keys(this.#peers)[0] ?? '')
    const outcome = await this.#measureOne(reference, 'page-64', pace)
    if (outcome === undefined) throw new Error(`Expected to measure ${reference}, for half of its rate`)
    return Math.round(outcome.responses / outcome.seconds / 2)
  }

  #peersIn(groups: readonly Group[]): string[] {
    return Object.keys(this.#peers).filter(name => groups.includes(this.#peer(name).group))
  }

  async #loadPages(times: number): Promise<PageLoads[]> {
    const ports = new Map<string, number>()
    for (const peer of this.#peersIn(PAGE_LOAD_GROUPS)) {
      ports.set(peer, (await this.#runningServer(peer)).server.port)
    }
    return await loadPages(ports, times, RESOURCE_COUNT)
  }

  async #measureAll(workload: WorkloadName, round: number, pace: Pace): Promise<Sample[]> {
    const samples: Sample[] = []
    const { groups, isSecure }: Workload = WORKLOADS[workload]
    for (const peer of this.#peersIn(['ours', ...groups])) {
      if (isSecure && this.#peer(peer).secure === undefined) continue
      if (this.#refusals.some(each => each.peer === peer && each.workload === workload)) continue
      const outcome = await this.#measureOne(peer, workload, pace)
      if (outcome !== undefined) samples.push({ peer, workload, round, ...outcome })
    }
    return samples
  }

  /** Undefined when the server is not up to it, which is then noted. */
  async #measureOne(peer: string, name: WorkloadName, pace: Pace): Promise<Outcome | undefined> {
    const workload: Workload = WORKLOADS[name]
    const requests = this.#site.resolve(`${name}-${Object.keys(this.#peers).indexOf(peer)}`)
    try {
      if (!this.#composed.has(requests)) await this.#writeRequests(peer, workload, requests)
      this.#composed.add(requests)
      await using stack = new AsyncDisposableStack()
      const { folder, server } =
        workload.memory === 'cold'
          ? await this.#start(this.#peer(peer), stack)
          : await this.#runningServer(peer, workload)
      stack.defer(() => emptyLogs(folder))
      if (workload.memory === 'warm') await this.#askForAll(workload, requests, server, pace)
      const client =
        this.#outsideClient(workload, server.port, pace.seconds) ??
        stack.use(new Load(this.#load, this.#loadOptions(workload, requests, server.port, pace)))
      return await attend(server.pid, client)
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      this.#refusals.push({ peer, workload: name, objection: error.message })
      return undefined
    }
  }

  /** A client that is not our own, if it is to be one. */
  #outsideClient(
    { client, connections, isSecure, paths, resumes = false }: Workload,
    port: number,
    seconds: number,
  ): Client | undefined {
    const { client: prefix } = this.#placement
    const [path = ''] = paths
    if (client === 'openssl') return new OpensslTime(prefix, port, path, resumes, seconds)
    const url = `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}${path}`
    return client === undefined ? undefined : new Wrk(prefix, url, connections, seconds)
  }

  /** Once for each, since those that are seldom asked for would otherwise be new in the first round. */
  async #askForAll(
    workload: Workload,
    requests: string,
    { pid, port }: RunningServer,
    { seconds }: Pace,
  ): Promise<void> {
    const { connections, expected, paths } = workload
    const all = { port, requests, connections, status: expected.status, count: paths.length, seconds }
    await using client = new Load(this.#load, all)
    await attend(pid, client)
  }

  async #writeRequests(peer: string, workload: Workload, file: string): Promise<void> {
    const { server } = await this.#runningServer(peer)
    writeFileSync(file, await compose(workload, server.port))
    if (workload.order !== undefined) writeFileSync(`${file}.order`, workload.order)
  }

  #loadOptions(workload: Workload, requests: string, port: number, { warmUp, seconds }: Pace): LoadOptions {
    const { connections, depth, closes, order, expected, memory, rate } = workload
    return {
      port,
      requests,
      order: order === undefined ? undefined : `${requests}.order`,
      connections,
      depth,
      closes,
      status: expected.status,
      rate: rate === undefined ? undefined : this.#rate,
      seconds,
      // Each connection has had a file of its own by the time when measuring begins.
      ...(memory === 'cold' ? { count: FILE_COUNT - connections } : { warmUp }),
    }
  }

  #peer(name: string): Peer {
    const peer = this.#peers[name]
    if (peer === undefined) throw new Error(`Expected a peer, got "${name}"`)
    return peer
  }

  /** The one that runs all the time, or one beside it: that remembers nothing, or speaks HTTPS. */
  async #runningServer(name: string, { memory, isSecure }: Partial<Workload> = {}): Promise<Running> {
    const peer = this.#peer(name)
    const beside = isSecure ? peer.secure : memory === 'off' ? peer.forgetful : undefined
    const server = beside ?? peer
    const running = this.#running.get(server) ?? (await this.#start(server, this.#stack, isSecure))
    this.#running.set(server, running)
    return running
  }

  async #start(server: Server, stack: AsyncDisposableStack, isSecure = false): Promise<Running> {
    const folder = stack.use(new Folder())
    const place = { folder, documentRoot: this.#site.resolve('var/www') }
    const prefix = this.#placement.server
    const isReady = isSecure ? shakesHands : undefined
    return { folder, server: stack.use(await RunningServer.start(server, place, PAGE, prefix, isReady)) }
  }
}

/** What is written to a disk later would be a burden to whoever is measured by then. */
function emptyLogs(folder: Folder): void {
  const logs = folder.resolve('var/log')
  for (const name of readdirSync(logs)) truncateSync(join(logs, name))
}
