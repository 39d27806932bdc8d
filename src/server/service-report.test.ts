import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Notification } from '../systemd/notify.ts'
import { type Service, TurnQueue } from '../turn/turn-queue.ts'
import { type ReportedServer, ServiceReport } from './service-report.ts'

const WATCHDOG_TIMEOUT = 3000
/** As often as there must be a sign of life, or three. */
const PULSE = 1000
const MAX_WAIT = 20
const ALIVE = { WATCHDOG: 1 }

/** Waits for its client, which takes nothing. */
const STALLED: Service = {
  client: { delayCaused: 0 },
  beginTurn() {},
  advance: () => 'waiting',
  complete() {},
}
/** A clock that moves only when the test says so, and on which nothing comes by itself: the queue has a fault. */
const clock = { now: () => time, after: () => () => {}, soon: (callback: () => void) => callback() }
let time = 0

/** A server that listens, and what is told of it to a systemd that takes it, or does not. */
function begin(t: TestContext, watchdogTimeout?: number) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const told: Notification[] = []
  const errors: string[] = []
  const systemd = { takes: true }
  const queue = new TurnQueue(MAX_WAIT, clock)
  const server: { -readonly [Name in keyof ReportedServer]: ReportedServer[Name] } = {
    phase: 'serving',
    onPhase: () => {},
    addresses: ['127.0.0.1:80', '[::1]:80'],
    drainingSince: undefined,
    traffic: { requests: 0, bytesSent: 0 },
    connections: { count: 0 },
    refused: undefined,
    site: { config: { file: '/etc/webserver.conf' } },
    errorLog: { error: (module, message) => errors.push(`${module}: ${message}`) },
    queue,
    now: () => time,
  }
  const tell = (notification: Notification) => {
    if (systemd.takes) told.push(notification)
    return systemd.takes
  }
  const report = new ServiceReport(server, { tell }, watchdogTimeout)
  t.after(() => report[Symbol.dispose]())
  /** What is told meanwhile. */
  const pass = (milliseconds: number) => {
    for (const end = time + milliseconds; time < end; ) {
      const step = Math.min(PULSE, end - time)
      time += step
      t.mock.timers.tick(step)
    }
    return told.splice(0)
  }
  return { server, queue, systemd, errors, report, told, pass }
}

const LISTENING = 'Listening on 127.0.0.1:80 and [::1]:80: 0 requests served, 0 B sent, 0 connections open'

test('systemd hears that the server lives three times in its timeout, and never while the turn stands still', t => {
  const { queue, errors, pass } = begin(t, WATCHDOG_TIMEOUT)
  pass(0)
  assert.deepEqual(pass(WATCHDOG_TIMEOUT), Array(3).fill(ALIVE))

  queue.enter(STALLED)
  queue.enter({ ...STALLED })
  assert.deepEqual(pass(11 * PULSE), Array(11).fill(ALIVE), 'a turn may last')
  assert.deepEqual(errors, [])
  assert.deepEqual(pass(10 * PULSE), [])
  assert.deepEqual(errors, ['core: The turn does not move though requests wait for it'])

  queue.leave(STALLED, () => {})
  assert.deepEqual(pass(PULSE), [ALIVE])
})

test('systemd hears what is new, and of its phases once each', t => {
  const { server, told, pass } = begin(t)
  assert.deepEqual(told.splice(0), [{ READY: 1, STATUS: LISTENING }])
  assert.deepEqual(pass(60_000), Array(6).fill(ALIVE), 'nothing is new')

  server.traffic = { requests: 1, bytesSent: 2048 }
  server.connections = { count: 1 }
  assert.deepEqual(pass(9_999), [])
  const served = 'Listening on 127.0.0.1:80 and [::1]:80: 1 request served, 2 KiB sent, 1 connection open'
  assert.deepEqual(pass(1), [{ STATUS: served, ...ALIVE }])

  server.drainingSince = 1_700_000_000_000
  server.onPhase()
  assert.match(String(told.splice(0)[0]?.['STATUS']), /^Draining, and listening on 127\.0\.0\.1:80 and /)
  server.drainingSince = undefined

  server.phase = 'reloading'
  server.onPhase()
  assert.partialDeepStrictEqual(told, [{ RELOADING: 1, STATUS: 'Reloading /etc/webserver.conf' }])
  assert.ok(Number.isSafeInteger(told.splice(0)[0]?.['MONOTONIC_USEC']))
  server.phase = 'serving'
  server.refused = ['webserver.conf:1:1: Unknown\n  Lissen 80\n  ^', 'webserver.conf:2:1: Unknown']
  server.onPhase()
  const refused = `${served}; the last reload was refused: webserver.conf:1:1: Unknown (and 1 more)`
  assert.deepEqual(told.splice(0), [{ READY: 1, STATUS: refused }])
  server.refused = ['webserver.conf:1:1: No']
  assert.match(String(pass(10_000)[0]?.['STATUS']), /refused: webserver\.conf:1:1: No$/)

  server.phase = 'stopping'
  server.onPhase()
  const stopping = { STOPPING: 1, EXTEND_TIMEOUT_USEC: 20_000_000, STATUS: 'Stopping, 1 connection left' }
  assert.deepEqual(told, [stopping])
})

test('systemd hears again what it did not take', t => {
  const { server, systemd, told, pass } = begin(t)
  told.splice(0)
  systemd.takes = false
  server.phase = 'stopping'
  server.onPhase()
  pass(20_000)
  systemd.takes = true
  const stopping = { STOPPING: 1, EXTEND_TIMEOUT_USEC: 20_000_000, STATUS: 'Stopping, 0 connections left' }
  assert.deepEqual(pass(10_000), [{ ...stopping, ...ALIVE }])
  assert.deepEqual(pass(10_000), [ALIVE])
})

test('systemd hears nothing more of a server that is reported of no longer', t => {
  const { server, report, told, pass } = begin(t, WATCHDOG_TIMEOUT)
  told.splice(0)
  report[Symbol.dispose]()
  server.phase = 'stopping'
  server.onPhase()
  assert.deepEqual(pass(60_000), [])
})
