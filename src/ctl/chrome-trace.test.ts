import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkTrace, type Slice, slicesOf } from '../../test/support/trace-format.ts'
import type { TraceRecord } from '../turn/turn-trace.ts'
import { chromeTrace, type TraceEvent } from './chrome-trace.ts'

function traced(records: readonly TraceRecord[], end: number): TraceEvent[] {
  const text = chromeTrace(records, end)
  return checkTrace(text)
}

function request(request: number, connection: number): TraceRecord {
  return {
    kind: 'request',
    request,
    connection,
    remoteAddress: '192.0.2.7 port 5',
    requestLine: `GET /${request}`,
  }
}

const names = (slices: readonly Slice[]) => slices.map(({ name, ts, dur }) => [name, ts, ts + dur])

test('shows a request with its stretches on the track of its connection, and its service on that of the turn', () => {
  const events = traced(
    [
      request(1, 1),
      { kind: 'waiting', request: 1, at: 10 },
      { kind: 'in service', request: 1, at: 12.5 },
      { kind: 'set aside', request: 1, at: 20 },
      { kind: 'waiting', request: 1, at: 30 },
      { kind: 'in service', request: 1, at: 31 },
      { kind: 'left', request: 1, at: 40, bytesSent: 1024 },
    ],
    100,
  )
  assert.deepEqual(names(slicesOf(events, 'the turn')), [
    ['GET /1', 12.5, 20],
    ['GET /1', 31, 40],
  ])
  const track = slicesOf(events, 'connection 1, 192.0.2.7 port 5')
  assert.deepEqual(names(track), [
    ['GET /1', 10, 40],
    ['waiting', 10, 12.5],
    ['in service', 12.5, 20],
    ['set aside', 20, 30],
    ['waiting', 30, 31],
    ['in service', 31, 40],
  ])
  assert.deepEqual(track[0]?.args, { request: 1, remoteAddress: '192.0.2.7 port 5', bytesSent: 1024 })
})

test('ends what is under way with the trace', () => {
  const events = traced([request(1, 1), { kind: 'set aside', request: 1, at: 0 }], 50)
  assert.deepEqual(names(slicesOf(events, 'connection 1, 192.0.2.7 port 5')), [
    ['GET /1', 0, 50],
    ['set aside', 0, 50],
  ])
})

test('begins a pipelined request where the one before it ends', () => {
  const events = traced(
    [
      request(1, 1),
      { kind: 'waiting', request: 1, at: 0 },
      { kind: 'in service', request: 1, at: 0 },
      request(2, 1),
      { kind: 'waiting', request: 2, at: 9 },
      { kind: 'left', request: 1, at: 10, bytesSent: 1 },
      { kind: 'in service', request: 2, at: 11 },
      { kind: 'left', request: 2, at: 12, bytesSent: 1 },
    ],
    20,
  )
  const requests = slicesOf(events, 'connection 1, 192.0.2.7 port 5').filter(({ cat }) => cat === 'request')
  assert.deepEqual(names(requests), [
    ['GET /1', 0, 10],
    ['GET /2', 10, 12],
  ])
})

test('is a trace also when there was nothing to record', () => {
  assert.deepEqual(slicesOf(traced([], 1000), 'the turn'), [])
})
