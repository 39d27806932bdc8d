import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { get } from '../../test/support/client.ts'
import { Daemon } from '../../test/support/daemon.ts'
import { readTrace, type TracedRequest } from './trace.ts'

interface Arrival {
  readonly path: string
  readonly at: number
}

/** Two downloads whose clients take 16 kB/ms, and pages that are asked for while they last; times in ms. */
const DOWNLOADS = [
  { path: '/download-1', at: 0 },
  { path: '/download-2', at: 25 },
] as const
const DOWNLOAD_SIZE = 4 * 1024 ** 2
const RATE = 16_000
/** The most that is taken at a time, in bytes. */
const PIECE = 32 * 1024
const PAGES = Array.from({ length: 10 }, (_, index) => ({ path: `/page-${index + 1}`, at: 50 + index * 40 }))

/** How long is recorded, in seconds, and how long recording may take to begin, in milliseconds. */
const RECORDED = 4
const BEGIN = 1500

/** How late a request may come, in milliseconds, and how often it is tried to have all come in time. */
const LATEST = 5
const ATTEMPTS = 5

/** Plays the scenario against a real daemon until all goes by the plan, and gives what its trace tells. */
export async function record(maxWait: string): Promise<TracedRequest[]> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const requests = await play(maxWait)
    if (lateness(requests) <= LATEST) return requests
  }
  console.error(`The machine is busy: the clients of "MaxWait ${maxWait}" do not keep to their times`)
  return await play(maxWait)
}

function lateness(requests: readonly TracedRequest[]): number {
  const planned: readonly Arrival[] = [...DOWNLOADS, ...PAGES]
  const late = requests.map(({ path, arrival }) =>
    Math.abs(arrival - (planned.find(each => each.path === path)?.at ?? 0)),
  )
  return Math.max(...late)
}

async function play(maxWait: string): Promise<TracedRequest[]> {
  await using daemon = await Daemon.start({
    config: [`MaxWait ${maxWait}`],
    files: Object.fromEntries([
      ...DOWNLOADS.map(({ path }) => [path.slice(1), Buffer.alloc(DOWNLOAD_SIZE)]),
      ...PAGES.map(({ path }) => [path.slice(1), Buffer.alloc(1024)]),
    ]),
  })
  // What is compiled or opened for the first time is no part of the picture.
  for (let count = 0; count < 300; count++) await daemon.ask(get('/page-1', 'Connection: close'))

  const file = daemon.folder.resolve('trace.json')
  const tracing = daemon.ctl('trace', String(RECORDED), '-o', file)
  await pause(BEGIN)
  const begun = performance.now()
  const arrive = async ({ path, at }: Arrival, rate: number) => {
    await pause(Math.max(0, at - (performance.now() - begun)))
    await fetchSlowly(daemon.port, path, rate)
  }
  await Promise.all([
    ...DOWNLOADS.map(download => arrive(download, RATE)),
    ...PAGES.map(page => arrive(page, Number.POSITIVE_INFINITY)),
  ])
  const { code, stderr } = await tracing
  if (code !== 0) throw new Error(`Cannot trace: ${stderr}`)

  const requests = readTrace(daemon.folder.read('trace.json'))
  const expected = DOWNLOADS.length + PAGES.length
  if (requests.length !== expected)
    throw new Error(`Expected ${expected} requests in the trace, got ${requests.length}: the machine is busy`)
  return requests
}

/** Asks for a path and takes no more than so many bytes a millisecond. */
function fetchSlowly(port: number, path: string, rate: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // What it might have taken while nothing came is lost to it.
  let allowance = 0
  let counted = performance.now()
  const mayTake = () => {
    const now = performance.now()
    allowance = Math.min(allowance + (now - counted) * rate, PIECE)
    counted = now
    return allowance > 0
  }
  const callback = (length: number) => {
    allowance -= length
    return mayTake()
  }
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer: Buffer.alloc(PIECE), callback } })
  const timer = setInterval(() => {
    if (mayTake()) socket.resume()
  }, 1)
  socket.on('error', reject)
  socket.on('close', () => {
    clearInterval(timer)
    resolve()
  })
  socket.write(get(path, 'Connection: close'))
  return promise
}
