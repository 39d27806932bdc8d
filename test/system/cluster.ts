import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Folder } from '../support/folder.ts'
import { type Outcome, type Program, run, WEBSERVER, WEBSERVERCTL } from '../support/program.ts'
import { until } from '../support/wait.ts'
import { type Statistics, statisticsOf } from './balancer-statistics.ts'
import type { ClusterReport } from './cluster-load.ts'
import { exampleText, serverLines } from './front-ends.ts'
import type { Namespace } from './namespace.ts'
import { Network } from './network.ts'
import { settle } from './site.ts'

/** Where the example of HAProxy listens. */
const BALANCER_ADDRESS = '192.0.2.10'
export const CLIENT_ADDRESS = '192.0.2.20'

/** A machine with a server of ours, which may end and be started again. */
export class Host implements AsyncDisposable {
  readonly name: string
  readonly address: string
  readonly machine: Namespace
  readonly folder: Folder
  #server: Program

  constructor(name: string, address: string, machine: Namespace, files: Readonly<Record<string, string>>) {
    this.name = name
    this.address = address
    this.machine = machine
    this.folder = new Folder()
    const lines = serverLines().map(line => line.replace('127.0.0.1', BALANCER_ADDRESS))
    this.folder.configure(['Listen 80', ...lines])
    for (const [path, content] of Object.entries(files)) this.folder.publish(path.slice(1), content)
    settle(this.folder.resolve('var/www'))
    this.#server = this.#start()
  }

  /** Starts another process, once the last one has ended. */
  async start(): Promise<void> {
    await this.#server.outcome()
    this.#server = this.#start()
  }

  signal(signal: NodeJS.Signals): void {
    this.#server.signal(signal)
  }

  /** Lets the server stop in good order. */
  async stop(): Promise<void> {
    this.#server.signal('SIGTERM')
    const { code, stderr } = await this.#server.outcome()
    if (code !== 0) throw new Error(`Expected ${this.name} to stop, got ${code}: ${stderr}`)
  }

  /** What `webserverctl` does with these arguments. */
  ctl(...args: readonly string[]): Promise<Outcome> {
    return run(WEBSERVERCTL, ['--config', this.folder.configFile, ...args])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }

  #start(): Program {
    return this.machine.start(WEBSERVER, ['--config', this.folder.configFile])
  }
}

/** Requests that go on until they are ended. */
export class Load implements AsyncDisposable {
  readonly #program: Program

  constructor(clients: Namespace, paths: readonly string[]) {
    this.#program = clients.start(join(import.meta.dirname, 'cluster-load.ts'), [BALANCER_ADDRESS, ...paths])
  }

  /** What came of them. */
  async end(): Promise<ClusterReport> {
    this.#program.signal('SIGTERM')
    const { stdout, stderr } = await this.#program.outcome()
    if (stdout === '') throw new Error(`Expected a report, got ${stderr}`)
    return JSON.parse(stdout) as ClusterReport
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
  }
}

/** Three servers with the same files, HAProxy before them, and clients, each on a machine of its own. */
export class Cluster implements AsyncDisposable {
  readonly network: Network
  readonly hosts: readonly Host[]
  readonly clients: Namespace
  readonly #balancer: Program
  readonly #socket: string
  readonly #held: AsyncDisposableStack

  /** @param files By path. */
  static async open(files: Readonly<Record<string, string>>): Promise<Cluster> {
    await using held = new AsyncDisposableStack()
    const network = held.use(await Network.open())
    const hosts: Host[] = []
    for (const [index, name] of ['one', 'two', 'three'].entries()) {
      const address = `192.0.2.${11 + index}`
      hosts.push(held.use(new Host(name, address, await network.attach(address), files)))
    }
    const clients = await network.attach(CLIENT_ADDRESS)
    const machine = await network.attach(BALANCER_ADDRESS)
    return new Cluster({ network, hosts, clients, machine }, held)
  }

  private constructor(
    parts: Pick<Cluster, 'network' | 'hosts' | 'clients'> & { readonly machine: Namespace },
    held: AsyncDisposableStack,
  ) {
    this.network = parts.network
    this.hosts = parts.hosts
    this.clients = parts.clients
    const folder = held.use(new Folder())
    const file = folder.resolve('etc/haproxy.cfg')
    this.#socket = folder.resolve('admin.sock')
    writeFileSync(file, balancerConfiguration(folder, this.hosts))
    this.#balancer = held.use(parts.machine.start('/usr/sbin/haproxy', ['-db', '-f', file]))
    this.#held = held.move()
  }

  /** What the balancer counts of a server, or of all. */
  async statistics(server = 'BACKEND'): Promise<Statistics> {
    await until(() => {
      if (this.#balancer.code !== undefined) throw new Error(`HAProxy has ended: ${this.#balancer.stderr}`)
      return existsSync(this.#socket)
    }, 'HAProxy to be there')
    return await statisticsOf(server, this.#socket)
  }

  /** Waits until the balancer takes a server for what it is. */
  async untilStatus(host: Host, status: 'UP' | 'DOWN'): Promise<void> {
    await until(
      async () => (await this.statistics(host.name)).status === status,
      `${host.name} to be ${status}`,
    )
  }

  /** Waits until so many more requests have been given to a server, or to all. */
  async untilAsked(times: number, server?: string): Promise<void> {
    const { requests } = await this.statistics(server)
    await until(
      async () => (await this.statistics(server)).requests >= requests + times,
      `${times} requests more`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync()
  }
}

/** The example, with other servers. */
function balancerConfiguration(folder: Folder, hosts: readonly Host[]): string {
  const servers = hosts.map(({ name, address }) => `    server ${name} ${address}:80\n`).join('')
  return exampleText('haproxy.cfg')
    .replace('/run/haproxy', folder.path)
    .replace(/( *server \S+ 127\.0\.0\.1:\d+\n)+/, servers)
}
