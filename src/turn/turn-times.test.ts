import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from './turn-queue.ts'
import { TurnTimes } from './turn-times.ts'

const download: Service = {
  client: { delayCaused: 0 },
  beginTurn() {},
  advance: () => 'waiting',
  complete() {},
}
const page: Service = { ...download }

test('counts each turn by itself: how long it was waited for, and how long it lasted', () => {
  const times = new TurnTimes()
  times.served(download, 100, 50)
  times.setAside(download, 120)
  times.served(page, 120, 20)
  times.left(page, 121)
  assert.equal(times.wait.quantiles(200)?.count, 2)
  assert.equal(times.service.quantiles(200)?.count, 2)
  assert.ok(Math.abs((times.service.quantiles(200)?.max ?? 0) - 20_000) <= 200)
})

test('does not count one who leaves without having the turn', () => {
  const times = new TurnTimes()
  times.served(page, 100, 0)
  times.left(download, 120)
  times.left(page, 121)
  times.left(page, 150)
  assert.equal(times.service.quantiles(200)?.count, 1)
})
