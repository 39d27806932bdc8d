import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TraceRecord } from '../../src/turn/turn-trace.ts'
import { TurnWitness } from './turn-witness.ts'

function request(number: number): TraceRecord {
  const requestLine = `GET /${number} HTTP/1.1`
  return { kind: 'request', request: number, connection: number, remoteAddress: '::1 port 1', requestLine }
}

function is(request: number, kind: 'in service' | 'waiting' | 'set aside', at: number): TraceRecord {
  return { kind, request, at }
}

function left(request: number, at: number): TraceRecord {
  return { kind: 'left', request, at, bytesSent: 1 }
}

function witness(...records: readonly TraceRecord[]): TurnWitness {
  const witness = new TurnWitness()
  witness.begin()
  witness.take([request(1), request(2), ...records])
  return witness
}

test('Turns one after another, also of one who is set aside and comes back, are no overlap', () => {
  const { turns, overlaps } = witness(
    is(1, 'waiting', 0),
    is(1, 'in service', 1),
    is(2, 'waiting', 2),
    is(1, 'set aside', 3),
    is(2, 'in service', 3),
    is(1, 'waiting', 4),
    left(2, 5),
    is(1, 'in service', 5),
    left(1, 6),
  )
  assert.deepEqual([turns, overlaps], [3, []])
})

test('One who is served while another is, is found', () => {
  const { overlaps } = witness(is(1, 'in service', 1), is(2, 'in service', 2), left(1, 3))
  assert.deepEqual(overlaps, [
    '"GET /2 HTTP/1.1" was served while "GET /1 HTTP/1.1" was, 2 µs into the trace',
  ])
})

test('A trace that has ended says nothing of the next', () => {
  const seen = witness(is(1, 'in service', 1))
  seen.begin()
  seen.take([request(1), request(2), is(2, 'in service', 0)])
  assert.deepEqual(seen.overlaps, [])
})
