import assert from 'node:assert/strict'
import type { TraceEvent } from '../../src/ctl/chrome-trace.ts'

export type Slice = Extract<TraceEvent, { readonly ph: 'X' }>

/** What two slices of one track may have in common, in microseconds: the trace tells nanoseconds apart. */
const ROUNDING = 0.001

/**
 * Reads a trace as strictly as the Trace Event Format says, for tests: every event has what its kind demands and
 * nothing else, every track has one name, and the slices of a track follow one another or lie in one another.
 */
export function checkTrace(text: string): TraceEvent[] {
  const trace = JSON.parse(text)
  assert.deepEqual(Object.keys(trace), ['displayTimeUnit', 'traceEvents'])
  assert.equal(trace.displayTimeUnit, 'ms')
  const events: TraceEvent[] = trace.traceEvents
  for (const event of events) checkEvent(event)
  const tracks = Map.groupBy(events, ({ tid }) => tid)
  for (const [track, members] of tracks) {
    assert.equal(
      members.filter(({ name }) => name === 'thread_name').length,
      1,
      `track ${track} has one name`,
    )
    checkNesting(members.filter(isSlice))
  }
  return events
}

/** Of the track with this name, by their beginning, the longest first. */
export function slicesOf(events: readonly TraceEvent[], track: string): Slice[] {
  const named = events.find(event => event.name === 'thread_name' && event.args['name'] === track)
  return events
    .filter(isSlice)
    .filter(({ tid }) => tid === named?.tid)
    .sort(outermostFirst)
}

const METADATA = new Map([
  ['process_name', 'name'],
  ['thread_name', 'name'],
  ['thread_sort_index', 'sort_index'],
])

function checkEvent(event: TraceEvent): void {
  assert.ok(Number.isSafeInteger(event.pid) && Number.isSafeInteger(event.tid))
  if (event.ph === 'M') {
    assert.deepEqual(Object.keys(event), ['ph', 'pid', 'tid', 'name', 'args'])
    assert.deepEqual(Object.keys(event.args), [METADATA.get(event.name)])
    return
  }
  assert.equal(event.ph, 'X')
  assert.deepEqual(Object.keys(event), ['ph', 'pid', 'tid', 'ts', 'dur', 'name', 'cat', 'args'])
  assert.ok(Number.isFinite(event.ts) && event.ts >= 0, `begins at ${event.ts}`)
  assert.ok(Number.isFinite(event.dur) && event.dur >= 0, `lasts ${event.dur}`)
  assert.ok(event.name !== '' && event.cat !== '')
}

function checkNesting(slices: Slice[]): void {
  const around: Slice[] = []
  for (const slice of slices.toSorted(outermostFirst)) {
    while (endOf(around.at(-1)) <= slice.ts + ROUNDING) around.pop()
    const outer = around.at(-1)
    assert.ok(
      outer === undefined || endOf(slice) <= endOf(outer) + ROUNDING,
      `${JSON.stringify(slice)} reaches beyond ${JSON.stringify(outer)}`,
    )
    around.push(slice)
  }
}

function isSlice(event: TraceEvent): event is Slice {
  return event.ph === 'X'
}

function outermostFirst(one: Slice, other: Slice): number {
  return one.ts - other.ts || other.dur - one.dur
}

function endOf(slice: Slice | undefined): number {
  return slice === undefined ? Number.POSITIVE_INFINITY : slice.ts + slice.dur
}
