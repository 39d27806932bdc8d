import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Folder } from '../../test/support/folder.ts'
import { type Machine, thisMachine } from '../measure/machine.ts'
import { forgetPeak, residentBytes } from '../measure/memory.ts'
import { RunningServer, type Server } from '../measure/server.ts'
import { webserver } from '../measure/web-servers.ts'
import { attend, type Outcome, type Placement } from './attend.ts'
import { compile } from './compile.ts'
import { Load, type LoadOptions } from './load.ts'
import { peers } from './peers.ts'
import { createRandom, zipfOrder } from './random.ts'
import { PAGE, PAGE_SIZE } from './site.ts'

/** How far each scale goes, and how long each step is measured, in seconds. */
export interface ScalePace {
  readonly connections: readonly number[]
  readonly idle: readonly number[]
  readonly files: readonly number[]
  readonly sizes: readonly number[]
  readonly downloads: number
  readonly warmUp: number
  readonly seconds: number
}

/** One step on a scale: what was asked for, and what it cost. */
export interface Step extends Outcome {
  readonly server: ScaledServer
  /** Connections, files or bytes, by the scale. */
  readonly size: number
  /** Bytes the server has in memory: at the end, and at the most. */
  readonly resident: number
  readonly peak: number
}

/** This server, and what Node takes for the same connections without any server around it. */
export type ScaledServer = 'webserver' | 'node:net constant'

export const SCALES = ['connections', 'idle', 'files', 'sizes', 'downloads'] as const
export type Scale = (typeof SCALES)[number]

export interface ScaleMeasurement {
  readonly measuredAt: string
  readonly machine: Machine
  readonly pace: ScalePace
  readonly steps: Readonly<Record<Scale, readonly Step[]>>
}

/** So that ten thousand connections are let in, and none of them is closed for being idle. */
const PATIENT = [
  'MaxConnections 20000',
  'KeepAliveTimeout 1h',
  'RequestReadTimeout 1h',
  'MaxKeepAliveRequests 0',
]
const ACTIVE = 64
const FILES_PER_FOLDER = 1000
const DRAWN = 200_000
const SEED = 6
/** What each of the many downloads is after, in bytes. */
const LARGE = 100 * 1024 ** 2

/** Measures what requests cost, and how much memory is taken, as things grow. */
export async function measureScale(
  scales: readonly Scale[],
  pace: ScalePace,
  placement: Placement,
  report: (progress: string) => void,
): Promise<ScaleMeasurement> {
  await using bench = new ScaleBench(pace, placement, report)
  const steps: Record<Scale, readonly Step[]> = {
    connections: [],
    idle: [],
    files: [],
    sizes: [],
    downloads: [],
  }
  const measuredAt = new Date().toISOString()
  for (const scale of scales) steps[scale] = await bench[scale]()
  return { measuredAt, machine: thisMachine(), pace, steps }
}

class ScaleBench implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack()
  readonly #programs: Folder
  readonly #load: readonly string[]
  readonly #placement: Placement
  readonly #servers: Readonly<Record<ScaledServer, Server>>
  readonly #pace: ScalePace
  readonly #report: (progress: string) => void

  constructor(pace: ScalePace, placement: Placement, report: (progress: string) => void) {
    this.#programs = this.#stack.use(new Folder())
    this.#load = [...placement.client, compile('load', this.#programs)]
    this.#placement = placement
    const { 'node:net constant': constant } = peers('')
    if (constant === undefined) throw new Error('Expected the floor among the peers')
    this.#servers = { webserver: webserver(PATIENT), 'node:net constant': constant }
    this.#pace = pace
    this.#report = report
  }

  /** All of them ask, as soon as they are answered. */
  async connections(): Promise<Step[]> {
    const steps: Step[] = []
    for (const name of ['webserver', 'node:net constant'] as const) {
      for (const size of this.#pace.connections) {
        await using stack = new AsyncDisposableStack()
        const server = await this.#start(name, this.#page(stack), stack)
        steps.push(await this.#step('connections', name, size, server, { connections: size }))
      }
    }
    return steps
  }

  /** Some ask, while so many others are connected, have asked once, and say nothing. */
  async idle(): Promise<Step[]> {
    const steps: Step[] = []
    for (const name of ['webserver', 'node:net constant'] as const) {
      for (const size of this.#pace.idle) {
        await using stack = new AsyncDisposableStack()
        const server = await this.#start(name, this.#page(stack), stack)
        if (size > 0) await this.#hold(server, size, stack)
        const resident = await settledBytes(server.pid)
        const step = await this.#step('idle', name, size, server, { connections: ACTIVE })
        steps.push({ ...step, resident })
      }
    }
    return steps
  }

  /** So many files are there, and asked for by popularity. */
  async files(): Promise<Step[]> {
    using folder = new Folder()
    const steps: Step[] = []
    let published = 0
    for (const size of this.#pace.files) {
      this.#report(`files: making ${size.toLocaleString('en')}`)
      publishFiles(folder, published, size)
      published = size
      const paths = Array.from({ length: size }, (_, index) => numberedPath(index))
      const requests = this.#write('files', paths)
      const order = this.#programs.resolve('order')
      writeFileSync(order, zipfOrder(size, DRAWN, createRandom(SEED)))
      await using stack = new AsyncDisposableStack()
      const server = await this.#start('webserver', folder, stack, numberedPath(0))
      steps.push(
        await this.#step('files', 'webserver', size, server, { connections: ACTIVE, requests, order }),
      )
    }
    return steps
  }

  /** A file of that size is asked for. */
  async sizes(): Promise<Step[]> {
    using folder = new Folder()
    const steps: Step[] = []
    for (const size of this.#pace.sizes) {
      folder.publishSparse(`${size}.bin`, size)
      const path = `/${size}.bin`
      await using stack = new AsyncDisposableStack()
      const server = await this.#start('webserver', folder, stack, path)
      const requests = this.#write('sizes', [path])
      steps.push(await this.#step('sizes', 'webserver', size, server, { connections: 8, requests }))
    }
    return steps
  }

  /** So many large files are taken at the same time. */
  async downloads(): Promise<Step[]> {
    await using stack = new AsyncDisposableStack()
    const folder = this.#page(stack)
    folder.publishSparse('large.bin', LARGE)
    const server = await this.#start('webserver', folder, stack)
    const { downloads } = this.#pace
    const idle = { connections: 1, seconds: 0.1, warmUp: 0 }
    const before = await this.#step('downloads', 'webserver', 0, server, idle)
    const options = { connections: downloads, requests: this.#write('downloads', ['/large.bin']), warmUp: 0 }
    return [before, await this.#step('downloads', 'webserver', downloads, server, options)]
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }

  async #step(
    scale: Scale,
    server: ScaledServer,
    size: number,
    { pid, port }: RunningServer,
    options: Pick<LoadOptions, 'connections'> & Partial<LoadOptions>,
  ): Promise<Step> {
    this.#report(`${scale}: ${server}, ${size.toLocaleString('en')}`)
    const { warmUp, seconds } = this.#pace
    const load = new Load(this.#load, {
      port,
      requests: this.#write('page', [PAGE]),
      warmUp,
      seconds,
      ...options,
    })
    await using _ = load
    forgetPeak(pid)
    const outcome = await attend(pid, load)
    const { now, peak } = residentBytes(pid)
    return { ...outcome, server, size, resident: now, peak }
  }

  async #hold(server: RunningServer, connections: number, stack: AsyncDisposableStack): Promise<void> {
    const requests = this.#write('page', [PAGE])
    const load = stack.use(
      new Load(this.#load, { port: server.port, requests, connections, seconds: 0, idles: true }),
    )
    await load.begun()
  }

  async #start(
    name: ScaledServer,
    site: Folder,
    stack: AsyncDisposableStack,
    path = PAGE,
  ): Promise<RunningServer> {
    const place = { folder: stack.use(new Folder()), documentRoot: site.resolve('var/www') }
    return stack.use(await RunningServer.start(this.#servers[name], place, path, this.#placement.server))
  }

  #page(stack: AsyncDisposableStack): Folder {
    const folder = stack.use(new Folder())
    folder.publish(PAGE, 'x'.repeat(PAGE_SIZE))
    return folder
  }

  #write(name: string, paths: readonly string[]): string {
    const file = this.#programs.resolve(`requests-${name}`)
    writeFileSync(file, paths.map(path => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`).join(''))
    return file
  }
}

function numberedPath(index: number): string {
  return `/${Math.floor(index / FILES_PER_FOLDER)}/${index}.html`
}

/** Makes the files from one number up to another; they are holes of 1 KiB, which take no room but for their names. */
function publishFiles(folder: Folder, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const path = folder.resolve(`var/www${numberedPath(index)}`)
    if (index % FILES_PER_FOLDER === 0)
      mkdirSync(folder.resolve(`var/www/${index / FILES_PER_FOLDER}`), { recursive: true })
    const file = openSync(path, 'w')
    ftruncateSync(file, PAGE_SIZE)
    closeSync(file)
  }
}

/** What a process has in memory once that does not shrink any more, for at most some seconds. */
async function settledBytes(pid: number): Promise<number> {
  let least = residentBytes(pid).now
  for (let look = 0; look < 8; look++) {
    await pause(500)
    least = Math.min(least, residentBytes(pid).now)
  }
  return least
}
