import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ListedService, listTurns } from './turn-list.ts'
import type { Standing } from './turn-queue.ts'

const service: ListedService = {
  client: { delayCaused: 0 },
  remoteAddress: '192.0.2.7',
  requestLine: 'GET / HTTP/1.1',
  arrivedAt: 1_700_000_000_000.25,
  bytesSent: 10,
  bytesTotal: undefined,
  beginTurn() {},
  advance: () => 'waiting',
  complete() {},
}

function queueOf(waiting: number, setAside: number) {
  const standing = (state: Standing['state']) => ({ service, state, since: 1000 })
  return {
    waiting,
    setAside,
    *standings(): Generator<Standing<ListedService>> {
      yield standing('in service')
      for (let count = 0; count < waiting; count++) yield standing('waiting')
      for (let count = 0; count < setAside; count++) yield standing('set aside')
    },
  }
}

function counts(waiting: number, setAside: number): Record<string, number> {
  const list = listTurns(queueOf(waiting, setAside), 2000)
  assert.deepEqual([list.waiting, list.setAside], [waiting, setAside])
  const states = Map.groupBy(list.requests, ({ state }) => state)
  return Object.fromEntries([...states].map(([state, requests]) => [state, requests.length]))
}

test('lists everybody while they are few, and some of each when they are many', () => {
  assert.deepEqual(counts(2, 3), { 'in service': 1, waiting: 2, 'set aside': 3 })
  assert.deepEqual(counts(10_000, 3), { 'in service': 1, waiting: 96, 'set aside': 3 })
  assert.deepEqual(counts(10_000, 10_000), { 'in service': 1, waiting: 59, 'set aside': 40 })
  assert.deepEqual(counts(0, 10_000), { 'in service': 1, 'set aside': 40 })
})

test('tells how long each has been so in microseconds, and how far it is', () => {
  assert.deepEqual(listTurns(queueOf(0, 0), 1000.5).requests, [
    {
      remoteAddress: '192.0.2.7',
      requestLine: 'GET / HTTP/1.1',
      since: 1_700_000_000_000,
      bytesSent: 10,
      bytesTotal: null,
      state: 'in service',
      duration: 500,
    },
  ])
})
