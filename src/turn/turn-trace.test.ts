import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextEvents } from 'node:timers/promises'
import { systemClock } from './clock.ts'
import { TurnQueue } from './turn-queue.ts'
import { type TracedService, type TraceRecord, TurnTrace } from './turn-trace.ts'

/** Longer than any test takes. */
const LONG = 600_000

function takenAtOnce(requestLine: string): TracedService {
  return {
    client: { delayCaused: 0 },
    remoteAddress: '192.0.2.7',
    remotePort: 5,
    requestLine,
    bytesSent: 100,
    beginTurn() {},
    advance: () => 'finished',
    complete() {},
  }
}

function stalled(requestLine: string): TracedService {
  return { ...takenAtOnce(requestLine), advance: () => 'waiting' }
}

function begin(duration = LONG, wanted = Number.POSITIVE_INFINITY) {
  const queue = new TurnQueue<TracedService>(0, systemClock)
  const records: TraceRecord[] = []
  const batches: number[] = []
  const trace = new TurnTrace(queue, systemClock, batch => {
    records.push(...batch)
    batches.push(batch.length)
    return records.length < wanted
  })
  const enough = new AbortController()
  return { queue, records, batches, enough, run: () => trace.run(duration, enough.signal) }
}

/** Until nobody waits any more, which takes a busy machine several runs of the queue. */
async function allServed(queue: TurnQueue<TracedService>): Promise<void> {
  do await nextEvents()
  while (queue.waiting > 0)
}

/** Without the times. */
function outline(records: readonly TraceRecord[]): string[] {
  return records.map(record =>
    record.kind === 'request'
      ? `${record.request}: ${record.requestLine} on ${record.connection}`
      : `${record.request} ${record.kind}`,
  )
}

test('records who was there at the beginning, and all that came of the turn until the end', async () => {
  const { queue, records, enough, run } = begin()
  const [first, second] = [stalled('GET /first'), stalled('GET /second')]
  queue.enter(first)
  queue.enter(second)
  await allServed(queue)
  const end = run()
  queue.enter({ ...takenAtOnce('GET /third'), client: first.client })
  await allServed(queue)
  queue.leave(second, () => {})
  enough.abort()
  assert.equal((await end).reason, 'ended early')
  assert.deepEqual(outline(records), [
    '1: GET /second on 1',
    '1 in service',
    '2: GET /first on 2',
    '2 set aside',
    '3: GET /third on 2',
    '3 waiting',
    '1 set aside',
    '3 in service',
    '3 left',
    '1 left',
  ])
  assert.deepEqual(records[0], {
    kind: 'request',
    request: 1,
    connection: 1,
    remoteAddress: '192.0.2.7 port 5',
    requestLine: 'GET /second',
  })
  const left = records.at(-1)
  assert.ok(left?.kind === 'left' && left.bytesSent === 100)
})

test('tells times in microseconds since its beginning, none of them going back', async () => {
  const { queue, records, enough, run } = begin()
  const end = run()
  for (let index = 0; index < 100; index++) queue.enter(takenAtOnce('GET /'))
  await allServed(queue)
  enough.abort()
  const { duration } = await end
  const times = [0, ...records.flatMap(record => (record.kind === 'request' ? [] : [record.at])), duration]
  assert.equal(times.length, 302)
  assert.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
  )
})

test('ends when its time is over, and records no more', async () => {
  const { queue, batches, run } = begin(10)
  assert.equal((await run()).reason, 'over')
  const { length } = batches
  // More than are reported together.
  for (let index = 0; index < 300; index++) queue.enter(takenAtOnce('GET /'))
  await allServed(queue)
  await nextEvents()
  assert.equal(batches.length, length)
  assert.deepEqual(batches, Array(length).fill(0))
})

test('ends at once when there is no need for it any more', async () => {
  const { enough, run } = begin()
  enough.abort()
  assert.equal((await run()).reason, 'ended early')
})

test('reports a few records at a time, and no more than 100,000 of all', async () => {
  const { queue, records, batches, run } = begin()
  const end = run()
  const busy = setInterval(() => {
    for (let index = 0; index < 300; index++) queue.enter(takenAtOnce('GET /'))
  })
  assert.equal((await end).reason, 'full')
  clearInterval(busy)
  assert.equal(records.length, 100_000)
  assert.ok(batches.length > 50, `${batches.length} batches`)
})

test('ends when its client has left too much unread, and records no more', async () => {
  const { queue, records, run } = begin(LONG, 10)
  const end = run()
  for (let index = 0; index < 1000; index++) queue.enter(takenAtOnce('GET /'))
  assert.equal((await end).reason, 'unread')
  const { length } = records
  queue.enter(takenAtOnce('GET /'))
  await allServed(queue)
  assert.equal(records.length, length)
})

test('shows a hostile request line in printable ASCII, and no more than its beginning', async () => {
  const { queue, records, enough, run } = begin()
  const end = run()
  queue.enter(takenAtOnce(`GET /\x1b[2J\n"${'a'.repeat(100_000)}`))
  enough.abort()
  await end
  const [request] = records
  assert.ok(request?.kind === 'request')
  assert.match(request.requestLine, /^GET \/\\x1b\[2J\\n\\"a+\.\.\.$/)
  assert.ok(request.requestLine.length < 300)
})
