/**
 * Asks for a page again and again, each time on a new connection and several at a time, until SIGTERM; then prints how
 * many were answered, what failed, and the longest time without an answer in milliseconds, as JSON.
 *
 * Usage: lan-load.ts ADDRESS
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const CLIENTS = 4
/** Milliseconds between two requests of a client: it is not speed that is tested. */
const REST = 2
const REQUEST = 'GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n'

export interface LoadReport {
  readonly answered: number
  readonly failures: readonly string[]
  readonly longestGap: number
}

let answered = 0
const failures: string[] = []
let lastAnswer = performance.now()
let longestGap = 0
let isOver = false

async function ask(host: string): Promise<void> {
  const socket = connect({ host, port: 80 })
  const pieces: Buffer[] = []
  try {
    socket.on('data', (piece: Buffer) => pieces.push(piece))
    socket.write(REQUEST)
    await once(socket, 'end')
    count(Buffer.concat(pieces).toString('latin1'))
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error))
  } finally {
    socket.destroy()
  }
}

function count(response: string): void {
  if (!/^HTTP\/1\.1 200 .*<\/html>\s*$/s.test(response)) {
    failures.push(`${response.length} bytes: ${response.slice(0, 100)}`)
    return
  }
  answered++
  longestGap = Math.max(longestGap, performance.now() - lastAnswer)
  lastAnswer = performance.now()
}

async function askAgainAndAgain(host: string): Promise<void> {
  while (!isOver) {
    await ask(host)
    await pause(REST)
  }
}

process.on('SIGTERM', () => {
  isOver = true
})
const host = process.argv[2] ?? ''
await Promise.all(Array.from({ length: CLIENTS }, () => askAgainAndAgain(host)))
const report: LoadReport = { answered, failures, longestGap: Math.round(longestGap) }
process.stdout.write(JSON.stringify(report))
