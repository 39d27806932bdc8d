/**
 * Asks for files again and again, several at a time, now on a new connection and now on one that is kept, until SIGTERM; then
 * prints what came of it as JSON.
 *
 * Usage: cluster-load.ts ADDRESS PATH ...
 */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, get } from '../support/client.ts'

const CLIENTS = 4
/** Milliseconds between two requests of a client: it is not speed that is tested. */
const REST = 30

export interface ClusterReport {
  readonly answered: number
  readonly failures: readonly string[]
  /** Milliseconds that one answer took. */
  readonly longest: number
  /** Every entity-tag with the SHA-256 of the bytes that came with it, by path. */
  readonly versions: Readonly<Record<string, readonly string[]>>
}

const [address = '', ...paths] = process.argv.slice(2)
const versions = new Map(paths.map(path => [path, new Set<string>()]))
const failures: string[] = []
let answered = 0
let longest = 0
let asked = 0
let isOver = false

/** Asks so often on one connection. */
async function visit(times: number): Promise<void> {
  using client = await Client.connect(80, address)
  for (let time = 0; time < times && !isOver; time++) {
    const path = paths[asked++ % paths.length] ?? ''
    const begin = performance.now()
    client.send(get(path))
    const { status, fields, body } = await client.response()
    longest = Math.max(longest, performance.now() - begin)
    if (status !== 200) throw new Error(`${status} for ${path}`)
    answered++
    versions.get(path)?.add(`${fields.get('etag')} ${createHash('sha256').update(body).digest('hex')}`)
    await pause(REST)
  }
}

async function askAgainAndAgain(): Promise<void> {
  for (let times = 1; !isOver; times = (times % 8) + 1) {
    try {
      await visit(times)
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
}

process.on('SIGTERM', () => {
  isOver = true
})
await Promise.all(Array.from({ length: CLIENTS }, askAgainAndAgain))
const report: ClusterReport = {
  answered,
  failures,
  longest: Math.round(longest),
  versions: Object.fromEntries([...versions].map(([path, seen]) => [path, [...seen]])),
}
process.stdout.write(JSON.stringify(report))
