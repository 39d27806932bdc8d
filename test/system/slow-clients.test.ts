import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { until } from '../support/wait.ts'
import { ATTACKERS_AT_ONCE, HUGE, PAGE, Siege } from './attackers.ts'

const MIB = 1024 ** 2
const CONTENT = Buffer.alloc(1024, 'x')
const LOG = 'CustomLog var/log/access.log "%{wait}x %{turns}x %>s %X %r"'

const MAX_WAIT = 20
/** More than one chunk should take to serve, in milliseconds, and more than other processes may take. */
const CHUNK_TIME = 1
const SCHEDULING = 1000
/** The longest that a request may wait for a turn: it finds no more than one request of each client ahead. */
const LONGEST_WAIT = MAX_WAIT + ATTACKERS_AT_ONCE * CHUNK_TIME + SCHEDULING

async function startDaemon(...config: readonly string[]): Promise<Daemon> {
  const daemon = await Daemon.start({ config: [LOG, ...config], files: { [PAGE.slice(1)]: CONTENT } })
  daemon.folder.publishSparse(HUGE.slice(1), 64 * MIB)
  return daemon
}

/** Asks for the page again and again, as a browser does who keeps its connection, until told to stop. */
class WellBehaved {
  answered = 0
  readonly #daemon: Daemon
  readonly #done: Promise<void>
  #stopped = false

  constructor(daemon: Daemon) {
    this.#daemon = daemon
    this.#done = this.#ask()
  }

  /** How many were answered: all that were asked, or this fails. */
  async stop(): Promise<number> {
    this.#stopped = true
    await this.#done
    return this.answered
  }

  async #ask(): Promise<void> {
    while (!this.#stopped) {
      using client = await this.#daemon.connect()
      for (let count = 0; count < 20 && !this.#stopped; count++) {
        client.send(get(`${PAGE}?well-behaved=${this.answered}`))
        const { status, body } = await client.response()
        assert.equal(status, 200)
        assert.deepEqual(body, CONTENT)
        this.answered++
        await pause(5)
      }
    }
  }
}

/** What the log says of each request: the longest it waited for one of its turns, in milliseconds. */
function longestWaits(log: readonly string[]): number[] {
  return log.map(line => {
    const [wait, turns] = line.split(' ').map(Number)
    assert.ok(wait !== undefined && turns !== undefined, line)
    // Those set aside wait several times, and the log adds that up.
    return wait / 1000 / Math.max(1, turns)
  })
}

async function answersAll(daemon: Daemon): Promise<boolean> {
  for (let count = 0; count < 100; count++) {
    if ((await daemon.ask(get(PAGE, 'Connection: close'))).status !== 200) return false
  }
  return true
}

function openDescriptors(daemon: Daemon): number {
  return readdirSync(`/proc/${daemon.pid}/fd`).length
}

/** The most memory the daemon has had so far, in bytes (proc(5)). */
function peakMemory(daemon: Daemon): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'latin1'))?.[1]) * 1024
}

test('Hundreds of slow, stalled, vanishing and greedy clients cost nobody an answer, nor the server anything', async () => {
  await using daemon = await startDaemon(
    `MaxWait ${MAX_WAIT}ms`,
    'RequestReadTimeout 3s',
    'Timeout 4s',
    'KeepAliveTimeout 2s',
  )
  assert.ok(ATTACKERS_AT_ONCE >= 300)
  await daemon.ask(get(PAGE))
  const before = { descriptors: openDescriptors(daemon), memory: peakMemory(daemon) }

  const wellBehaved = new WellBehaved(daemon)
  {
    using _siege = new Siege(daemon.port)
    await daemon.untilStatus(({ connections }) => connections.open > ATTACKERS_AT_ONCE * 0.9, 'all to attack')
    await daemon.untilStatus(({ turn }) => turn.setAside > 100, 'a hundred to be set aside')
    // Long enough for each deadline to pass.
    await pause(6000)
  }
  const answered = await wellBehaved.stop()
  assert.ok(answered > 10, `${answered} answers`)

  await daemon.untilStatus(({ connections }) => connections.open === 0, 'all connections to end')
  const { turn, requests } = await daemon.status()
  assert.deepEqual([turn.inService, turn.waiting, turn.setAside], [null, 0, 0])
  await until(() => openDescriptors(daemon) <= before.descriptors, 'all descriptors to be closed')
  // What a connection can hold: a chunk, what it has sent ahead, and what an interpreter needs besides.
  assert.ok(peakMemory(daemon) - before.memory < ATTACKERS_AT_ONCE * MIB, `${peakMemory(daemon)} bytes`)

  const log = await daemon.accessLog(requests.total)
  assert.equal(log.length, requests.total)
  for (let number = 0; number < answered; number++) {
    const lines = log.filter(line => line.endsWith(` 200 + GET ${PAGE}?well-behaved=${number} HTTP/1.1`))
    assert.equal(lines.length, 1, `?well-behaved=${number}`)
  }
  const longest = Math.max(...longestWaits(log))
  assert.ok(longest <= LONGEST_WAIT, `${longest} ms`)
})

test('With MaxWait off a single stalled client breaks the bound that holds with it', async () => {
  await using daemon = await startDaemon('MaxWait off')
  using stalled = await daemon.connect()
  stalled.send(get(HUGE))
  await stalled.responseHead()
  using client = await daemon.connect()
  client.send(get(PAGE))
  await daemon.untilStatus(({ turn }) => turn.waiting === 1, 'one to wait')
  await pause(LONGEST_WAIT + 10)
  stalled[Symbol.dispose]()
  await client.response()
  assert.ok(Math.max(...longestWaits(await daemon.accessLog(2))) > LONGEST_WAIT)
})

describe('With a hundred MaxConnections', () => {
  for (const silent of [50, 100, 150]) {
    test(`${silent} silent clients leave room for others`, async () => {
      await using daemon = await startDaemon('MaxConnections 100')
      using clients = new DisposableStack()
      for (let count = 0; count < silent; count++) clients.use(await daemon.connect())
      await daemon.untilStatus(({ connections }) => connections.accepted >= silent, 'all to come')
      // A client that has just come may be about to ask, and is not sent away before it has had time to.
      await until(() => answersAll(daemon), 'silent clients to make room')
      clients.dispose()
      await daemon.untilStatus(({ connections }) => connections.open === 0, 'all connections to end')
    })
  }
})
