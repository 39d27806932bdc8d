import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Service, TurnQueue } from './turn-queue.ts'
import { TurnWatch } from './turn-watch.ts'

const MAX_WAIT = 20
const MINUTE = 60_000

/** A queue whose clock is set by hand and whose timers never come: it has a fault, and nothing moves by itself. */
function faultyQueue(maxWait: number) {
  const clock = { now: () => time, after: () => () => {}, soon: (callback: () => void) => callback() }
  let time = 0
  const queue = new TurnQueue(maxWait, clock)
  const watch = new TurnWatch(queue)
  return {
    queue,
    isMoving: () => watch.isMoving(time),
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

/** Waits for its client, which takes nothing. */
function service(): Service {
  return { client: { delayCaused: 0 }, beginTurn() {}, advance: () => 'waiting', complete() {} }
}

test('an idle server moves, however long', () => {
  const { isMoving, pass } = faultyQueue(MAX_WAIT)
  assert.ok(isMoving())
  pass(MINUTE)
  assert.ok(isMoving())
})

test('a download that keeps nobody waiting may take its time', () => {
  const { queue, isMoving, pass } = faultyQueue(MAX_WAIT)
  queue.enter(service())
  pass(MINUTE)
  assert.ok(isMoving())
})

test('a turn that should have been given up long ago does not move', () => {
  const { queue, isMoving, pass } = faultyQueue(MAX_WAIT)
  queue.enter(service())
  pass(MINUTE)
  queue.enter(service())
  assert.ok(isMoving())
  pass(MAX_WAIT + 10_000)
  assert.ok(isMoving(), 'so long it may be a slow disk')
  pass(1)
  assert.equal(isMoving(), false)
})

test('a turn that moves again is trusted again', () => {
  const { queue, isMoving, pass } = faultyQueue(MAX_WAIT)
  const stuck = service()
  queue.enter(stuck)
  queue.enter(service())
  assert.ok(isMoving())
  pass(MINUTE)
  assert.equal(isMoving(), false)
  queue.leave(stuck, () => {})
  queue.enter(service())
  assert.ok(isMoving())
  pass(10_000)
  assert.ok(isMoving())
  pass(MINUTE)
  assert.equal(isMoving(), false)
})

test('a long MaxWait lets turns last as long', () => {
  const { queue, isMoving, pass } = faultyQueue(MINUTE)
  queue.enter(service())
  queue.enter(service())
  assert.ok(isMoving())
  pass(MINUTE)
  assert.ok(isMoving())
  pass(MINUTE)
  assert.equal(isMoving(), false)
})

test('with MaxWait off a client may hold the turn for good', () => {
  const { queue, isMoving, pass } = faultyQueue(Number.POSITIVE_INFINITY)
  queue.enter(service())
  queue.enter(service())
  assert.ok(isMoving())
  pass(24 * 60 * MINUTE)
  assert.ok(isMoving())
})
