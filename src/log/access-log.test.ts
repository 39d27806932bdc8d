import assert from 'node:assert/strict'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { namesIn } from '../../test/support/log.ts'
import { testFolder } from '../../test/support/temporary-folder.ts'
import { type LogFormat, parseLogFormat } from '../config/values/log-format.ts'
import { AccessLog } from './access-log.ts'
import type { AccessLogEntry } from './access-log-entry.ts'

const ROTATION = {
  logRotate: { kind: 'daily' },
  logKeep: { kind: 'files', count: 9 },
  logCompress: false,
} as const

const read = (path: string) => readFileSync(path, 'utf8')

function format(text: string): LogFormat {
  const parsed = parseLogFormat(text)
  if (parsed.kind === 'mistake') throw new Error(parsed.message)
  return parsed
}

function entry(requestLine: string): AccessLogEntry {
  return {
    cacheKey: undefined,
    user: undefined,
    remoteAddress: '::1',
    remotePort: 1,
    connectionAddress: '::1',
    localAddress: '::1',
    localPort: 2,
    requestLine,
    method: 'GET',
    path: '/',
    query: '',
    protocol: 'HTTP/1.1',
    requestField: () => undefined,
    status: 200,
    responseField: () => undefined,
    filename: undefined,
    serverName: 'localhost',
    hostAsked: 'localhost',
    bytesReceived: 0,
    bytesSent: 0,
    bodyBytesSent: 0,
    arrivedAt: 0,
    duration: 0,
    wait: 0,
    turns: 1,
    keepAliveRequests: 0,
    connection: 'close',
  }
}

test('writes each request to every CustomLog, and logs of one path into one file', async t => {
  const folder = testFolder(t)
  const [one, two] = [join(folder, 'one.log'), join(folder, 'two.log')]
  const customLog = [
    { path: one, format: format('%s') },
    { path: two, format: format('%r') },
    { path: one, format: format('%h') },
  ]
  const log = new AccessLog({ customLog, bufferedLogs: false, hosts: [], ...ROTATION }, assert.fail)
  t.after(() => log.close())

  log.record(entry('GET /1'), customLog)
  log.record(entry('GET /2'), customLog)
  await nextTurn()
  assert.equal(read(one), '200\n::1\n200\n::1\n')
  assert.equal(read(two), 'GET /1\nGET /2\n')
  assert.deepEqual(log.status(), [
    { path: one, state: 'ok', linesLost: 0, lastError: null },
    { path: two, state: 'ok', linesLost: 0, lastError: null },
  ])
})

test('writes the requests of a host to its own logs, and where it shares a file with others, into that', async t => {
  const folder = testFolder(t)
  const [one, two] = [join(folder, 'one.log'), join(folder, 'two.log')]
  const customLog = [{ path: one, format: format('%r') }]
  const own = [
    { path: two, format: format('%r') },
    { path: one, format: format('own %r') },
  ]
  const hosts = [{ customLog: own }, { customLog }]
  const log = new AccessLog({ customLog, bufferedLogs: false, hosts, ...ROTATION }, assert.fail)
  t.after(() => log.close())
  log.record(entry('1'), customLog)
  log.record(entry('2'), own)
  log.record(entry('3'), structuredClone(customLog))
  await nextTurn()
  assert.equal(read(one), '1\nown 2\n3\n')
  assert.equal(read(two), '2\n')
})

test('writes what began before a reload once to each log there is now, if one of its own is open no more', async t => {
  const folder = testFolder(t)
  const [before, now, shared] = ['before', 'now', 'shared'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const customLog = [
    { path: now, format: format('%r') },
    { path: shared, format: format('%r') },
  ]
  const log = new AccessLog({ customLog, bufferedLogs: false, hosts: [], ...ROTATION }, assert.fail)
  t.after(() => log.close())
  log.record(entry('GET /'), [
    { path: before, format: format('%r') },
    { path: shared, format: format('%r') },
  ])
  await nextTurn()
  assert.equal(read(now), 'GET /\n')
  assert.equal(read(shared), 'GET /\n')
})

test('opens every file anew for logrotate, and has all on disk when it is closed', t => {
  const folder = testFolder(t)
  const path = join(folder, 'access.log')
  const customLog = [{ path, format: format('%r') }]
  const log = new AccessLog({ customLog, bufferedLogs: false, hosts: [], ...ROTATION }, assert.fail)
  log.record(entry('1'), customLog)
  log.reopen()
  renameSync(path, `${path}.1`)
  log.reopen()
  log.record(entry('2'), customLog)
  log.close()
  log.record(entry('3'), customLog)
  assert.equal(read(`${path}.1`), '1\n')
  assert.equal(read(path), '2\n3\n')
})

test('says which file it cannot open', t => {
  const folder = testFolder(t)
  writeFileSync(join(folder, 'file'), '')
  const customLog = [
    { path: join(folder, 'good.log'), format: format('%r') },
    { path: join(folder, 'file/bad.log'), format: format('%r') },
  ]
  assert.throws(
    () => new AccessLog({ customLog, bufferedLogs: false, hosts: [], ...ROTATION }, assert.fail),
    {
      message: `Cannot open "${folder}/file/bad.log" for writing: not a directory`,
    },
  )
  assert.deepEqual(namesIn(folder), ['file', 'good.log'])
})

test('records nothing where no CustomLog asks for it', () => {
  const log = new AccessLog({ customLog: [], bufferedLogs: false, hosts: [], ...ROTATION }, assert.fail)
  log.record(entry('1'), [])
  log.close()
  assert.deepEqual(log.status(), [])
})
