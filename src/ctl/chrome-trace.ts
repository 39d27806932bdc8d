import type { TurnState } from '../turn/turn-list.ts'
import type { TraceRecord } from '../turn/turn-trace.ts'

/*
 * The Trace Event Format, as chrome://tracing and Perfetto read it: complete events ("X") make slices, which
 * stack on their track as their times nest, and metadata events ("M") name the tracks. Times are microseconds.
 *
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
export type TraceEvent =
  | {
      readonly ph: 'X'
      readonly pid: number
      readonly tid: number
      readonly ts: number
      readonly dur: number
      readonly name: string
      readonly cat: string
      readonly args: Readonly<Record<string, string | number>>
    }
  | {
      readonly ph: 'M'
      readonly pid: number
      readonly tid: number
      readonly name: string
      readonly args: Readonly<Record<string, string | number>>
    }

/** The process of all tracks, and the track of the turn; the tracks of connections follow. */
const PROCESS = 1
const TURN_TRACK = 0

/** A request on its way through the trace. */
interface Journey {
  readonly request: number
  readonly track: number
  readonly name: string
  readonly remoteAddress: string
  /** In order, each lasting up to the next. */
  readonly stretches: { readonly state: TurnState; readonly from: number }[]
}

/**
 * Records as a file for a trace viewer: what holds the turn on the first track, and on a track for each
 * connection its requests, each with its stretches of waiting, service and being set aside.
 *
 * @param end When the trace ended, in microseconds since it began.
 */
export function chromeTrace(records: readonly TraceRecord[], end: number): string {
  const timeline = new Timeline()
  for (const record of records) timeline.add(record)
  timeline.end(end)
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents: timeline.events })
}

class Timeline {
  readonly events: TraceEvent[] = [
    named('process_name', TURN_TRACK, 'webserver'),
    named('thread_name', TURN_TRACK, 'the turn'),
    ordered(TURN_TRACK),
  ]
  readonly #journeys = new Map<number, Journey>()
  /** The time up to which each track is filled. */
  readonly #filled = new Map<number, number>()

  add(record: TraceRecord): void {
    if (record.kind === 'request') return this.#begin(record)
    const journey = this.#journeys.get(record.request)
    if (journey === undefined) throw new Error(`Request ${record.request} has not been described`)
    if (record.kind === 'left') return this.#end(journey, record.at, { bytesSent: record.bytesSent })
    journey.stretches.push({ state: record.kind, from: record.at })
  }

  /** Ends the requests that are still under way. */
  end(at: number): void {
    for (const journey of this.#journeys.values()) this.#end(journey, at, { end: 'after the trace' })
  }

  #begin({ request, connection, remoteAddress, requestLine }: TraceRecord & { kind: 'request' }): void {
    const track = TURN_TRACK + connection
    if (!this.#filled.has(track)) {
      this.#filled.set(track, 0)
      this.events.push(
        named('thread_name', track, `connection ${connection}, ${remoteAddress}`),
        ordered(track),
      )
    }
    const name = requestLine === '' ? 'unreadable request' : requestLine
    this.#journeys.set(request, { request, track, name, remoteAddress, stretches: [] })
  }

  #end(journey: Journey, at: number, args: Readonly<Record<string, string | number>>): void {
    const { request, track, name, remoteAddress, stretches } = journey
    this.#journeys.delete(request)
    // A request that came along with the one before it enters the queue just before that one has left it.
    const free = this.#filled.get(track) ?? 0
    this.#filled.set(track, at)

    const begun = Math.max(free, stretches[0]?.from ?? at)
    // Of slices with the same times, the outer one comes first.
    this.events.push(slice(track, begun, at, name, 'request', { request, remoteAddress, ...args }))
    for (const [index, { state, from }] of stretches.entries()) {
      const to = stretches[index + 1]?.from ?? at
      this.events.push(slice(track, Math.max(free, from), to, state, state, { request }))
      if (state === 'in service') this.events.push(slice(TURN_TRACK, from, to, name, 'the turn', { request }))
    }
  }
}

function slice(
  tid: number,
  from: number,
  to: number,
  name: string,
  cat: string,
  args: Readonly<Record<string, string | number>>,
): TraceEvent {
  return { ph: 'X', pid: PROCESS, tid, ts: from, dur: nanoseconds(Math.max(0, to - from)), name, cat, args }
}

/** Rounds microseconds to whole nanoseconds, without what a subtraction leaves of other decimals. */
function nanoseconds(microseconds: number): number {
  return Math.round(microseconds * 1000) / 1000
}

function named(name: string, tid: number, value: string): TraceEvent {
  return { ph: 'M', pid: PROCESS, tid, name, args: { name: value } }
}

/** Orders the tracks by their numbers. */
function ordered(tid: number): TraceEvent {
  return { ph: 'M', pid: PROCESS, tid, name: 'thread_sort_index', args: { sort_index: tid } }
}
