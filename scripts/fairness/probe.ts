import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What is asked for: a page of 1 KiB by the well-behaved client, and 64 MiB by the others. */
export const PAGE = '/page.html'
export const PAGE_SIZE = 1024
export const HUGE = '/huge.bin'
export const HUGE_SIZE = 64 * 1024 ** 2

/** After so many milliseconds the well-behaved client gives up: no answer. */
export const PATIENCE = 2000
/** What it does between an answer and its next request, in milliseconds. */
const THINKING = 5

/** Milliseconds from the first packet to the last byte of the page; null is no answer. */
export interface Latencies {
  readonly asked: number
  readonly unanswered: number
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
}

/** Asks for the page again and again, each time on a new connection, until told to stop. */
export async function probe(port: number, isOver: () => boolean): Promise<Latencies> {
  const latencies: number[] = []
  while (!isOver()) {
    latencies.push((await ask(port)) ?? Number.POSITIVE_INFINITY)
    await pause(THINKING)
  }
  return summarize(latencies)
}

/** How many milliseconds the page took; undefined when it did not come in time. */
export function ask(port: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const begun = performance.now()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const patience = setTimeout(() => socket.destroy(), PATIENCE)
  let received = ''
  socket.on('data', bytes => {
    received += bytes.toString('latin1')
    if (!received.startsWith('HTTP/1.')) return
    const body = received.indexOf('\r\n\r\n') + 4
    if (body < 4 || received.length - body < PAGE_SIZE) return
    if (/^HTTP\/1\.[01] 200 /.test(received)) resolve(performance.now() - begun)
    socket.destroy()
  })
  // However it failed, it is no answer.
  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(patience)
    resolve(undefined)
  })
  socket.write(`GET ${PAGE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  return promise
}

function summarize(latencies: readonly number[]): Latencies {
  const sorted = latencies.toSorted((one, other) => one - other)
  const quantile = (share: number) => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
    return value === undefined || value === Number.POSITIVE_INFINITY ? null : Math.round(value * 100) / 100
  }
  return {
    asked: sorted.length,
    unanswered: sorted.filter(latency => latency === Number.POSITIVE_INFINITY).length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: quantile(1),
  }
}
