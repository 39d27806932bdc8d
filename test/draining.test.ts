import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { callDaemon } from '../src/ctl/control-client.ts'
import { type Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { Program, WEBSERVERCTL } from './support/program.ts'
import { DEADLINE, until } from './support/wait.ts'

const PATH = 'HealthPath /-/health'
const FILES = { 'a.txt': 'first', large: Buffer.alloc(20 * 1024 ** 2) }

function start(...config: readonly string[]): Promise<Daemon> {
  return Daemon.start({ config: [PATH, ...config], files: FILES })
}

async function health(daemon: Daemon): Promise<string> {
  const { status, body } = await daemon.ask(get('/-/health'))
  return `${status} ${body}`
}

/** A client in the middle of a response that it does not take. */
async function stall(daemon: Daemon): Promise<Client> {
  const client = await daemon.connect()
  client.send(get('/large'))
  await client.responseHead()
  return client
}

describe('webserverctl drain', () => {
  test('has HealthPath fail at once, the server listen on, and connections end with their next response', async () => {
    await using daemon = await start()
    using before = await daemon.connect()
    before.send(get('/a.txt'))
    assert.equal((await before.response()).fields.get('connection'), undefined)
    const drained = await daemon.ctl('drain')
    assert.deepEqual(drained, {
      code: 0,
      stdout: 'Draining: 0 requests under way, 1 connection open\n',
      stderr: '',
    })
    assert.equal(await health(daemon), '503 draining\n')
    before.send(get('/a.txt'))
    const last = await before.response()
    assert.deepEqual([`${last.body}`, last.fields.get('connection')], ['first', 'close'])
    assert.equal((await before.untilClosed()).end, 'closed')
    using after = await daemon.connect()
    after.send(get('/a.txt'))
    assert.equal((await after.response()).fields.get('connection'), 'close')
  })

  test('shows in the status, stands in the log, and is not ended by a reload', async () => {
    await using daemon = await start()
    assert.equal((await daemon.status()).drainingSince, null)
    await daemon.ctl('drain')
    const { state, drainingSince } = await daemon.status()
    assert.equal(state, 'draining')
    assert.ok(drainingSince !== null && Math.abs(Date.now() - drainingSince) < DEADLINE)
    const { stdout } = await daemon.ctl('status')
    assert.match(stdout, /^● webserver \S+ is draining, up /)
    assert.match(stdout, /\n {2}Draining since +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, .* ago\n/)
    await daemon.reconfigure(PATH, 'MaxWait 30ms')
    assert.equal(await health(daemon), '503 draining\n')
    assert.equal((await daemon.status()).drainingSince, drainingSince)
    const again = await daemon.ctl('drain')
    assert.equal(again.code, 0)
    assert.match(
      again.stdout,
      /^Draining already, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d: 0 requests under way, /,
    )
    assert.equal((await daemon.status()).drainingSince, drainingSince)
    assert.equal((await daemon.errorLog()).match(/Draining, as asked by webserverctl drain\n/g)?.length, 1)
  })

  test('is taken back by undrain, which says so when there is nothing to take back', async () => {
    await using daemon = await start()
    const nothing = { code: 0, stdout: 'It was not draining: nothing has changed\n', stderr: '' }
    assert.deepEqual(await daemon.ctl('undrain'), nothing)
    await daemon.ctl('drain')
    assert.deepEqual(await daemon.ctl('undrain'), { code: 0, stdout: 'Not draining any more\n', stderr: '' })
    assert.equal(await health(daemon), '200 ok\n')
    assert.equal((await daemon.status()).state, 'running')
    assert.deepEqual(await daemon.ctl('undrain'), nothing)
    assert.match(await daemon.errorLog(), /Draining no more, as asked by webserverctl undrain\n/)
  })

  test('warns where no balancer would be told', async () => {
    await using daemon = await Daemon.start()
    const { code, stderr } = await daemon.ctl('drain')
    assert.equal(code, 0)
    assert.match(stderr, /^Warning: there is no HealthPath in the configuration/)
  })
})

describe('webserverctl drain --wait', () => {
  test('returns when no request is under way and no connection is open', async () => {
    await using daemon = await start('MaxKeepAliveRequests 0')
    using client = await stall(daemon)
    await using waiting = new Program(WEBSERVERCTL, [
      ...['--config', daemon.folder.configFile, 'drain', '--wait=3600'],
    ])
    await until(() => waiting.stderr.includes('Draining; Ctrl-C ends the waiting'), 'a report')
    assert.equal((await daemon.status()).state, 'draining')
    await client.skip(20 * 1024 ** 2)
    client[Symbol.dispose]()
    const { code, stdout } = await waiting.outcome()
    assert.deepEqual([code, stdout], [0, 'Drained: 0 requests under way, 0 connections open\n'])
  })

  test('fails with the number of those that are left when the time is over', async () => {
    await using daemon = await start()
    using _client = await stall(daemon)
    const { code, stdout, stderr } = await daemon.ctl('drain', '--wait', '0')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^Not drained within 0 .*: 1 request under way, 1 connection open\n$/)
  })

  test('ends with undrain, and with Ctrl-C, which does not end the draining', async () => {
    await using daemon = await start()
    using _client = await stall(daemon)
    const wait = () => new Program(WEBSERVERCTL, ['--config', daemon.folder.configFile, 'drain', '--wait'])
    await using first = wait()
    await until(() => first.stderr.includes('Ctrl-C'), 'a report')
    first.signal('SIGINT')
    const ended = await first.outcome()
    assert.equal(ended.code, 1)
    assert.match(
      ended.stderr,
      /Not drained yet: 1 request under way, 1 connection open; the server goes on draining\n$/,
    )
    assert.equal((await daemon.status()).state, 'draining')
    await using second = wait()
    await until(() => second.stderr.includes('Ctrl-C'), 'a report')
    await daemon.ctl('undrain')
    const takenBack = await second.outcome()
    assert.equal(takenBack.code, 1)
    assert.match(takenBack.stderr, /Not drained: it was taken back by "webserverctl undrain"\n$/)
  })

  test('refuses a time that is none', async () => {
    await using daemon = await start()
    for (const text of ['-1', '3601', 'soon', '']) {
      const { code, stderr } = await daemon.ctl('drain', `--wait=${text}`)
      assert.equal(code, 2, text)
      assert.match(stderr, /Expected a number of seconds from 0 to 3600/)
    }
    const outcome = await callDaemon(daemon.folder.socket, 'drain', { wait: 'long' }, DEADLINE)
    const message = 'Expected "wait" from 0 to 3600 seconds, got string'
    assert.deepEqual(outcome, { kind: 'error', message })
    assert.equal((await daemon.status()).state, 'running')
  })
})

describe('A stop', () => {
  test('tells how many requests were finished, by command and in the log', async () => {
    await using daemon = await start()
    using client = await stall(daemon)
    const stopped = daemon.ctl('stop')
    await daemon.untilStatus(({ state }) => state === 'stopping', 'the server to stop')
    await client.skip(FILES.large.length)
    await client.untilClosed()
    assert.deepEqual(await stopped, { code: 0, stdout: 'Stopped, 1 request finished\n', stderr: '' })
    assert.match(daemon.folder.read('var/log/error.log'), /Stopped after .*s, 1 request finished\n$/)
  })

  test('of a server that drains is a stop as any other', async () => {
    await using daemon = await start()
    await daemon.ctl('drain')
    assert.deepEqual(await daemon.ctl('stop'), { code: 0, stdout: 'Stopped\n', stderr: '' })
  })
})
