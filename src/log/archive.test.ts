import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { inZone, namesIn } from '../../test/support/log.ts'
import { testFolder } from '../../test/support/temporary-folder.ts'
import { untilPasses } from '../../test/support/wait.ts'
import type { LogKeep } from '../config/config.ts'
import { Archive } from './archive.ts'

function archiveOf(t: TestContext, names: readonly string[], keep: LogKeep, compress = false) {
  const folder = testFolder(t)
  for (const name of names) {
    fs.writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(`${name}\n`) : `${name}\n`)
  }
  const problems: string[] = []
  const path = join(folder, 'access.log')
  const archive = new Archive(path, keep, compress, problem => problems.push(problem))
  t.after(() => archive.close())
  return { folder, path, archive, problems }
}

const files = (count: number): LogKeep => ({ kind: 'files', count })
const days = (count: number): LogKeep => ({ kind: 'days', count })

test('keeps the newest files, compressed or not, and no more than LogKeep', async t => {
  const { folder, archive } = archiveOf(
    t,
    [
      'access.log',
      'access.log.2026-11-19.gz',
      'access.log.2026-11-19.gz.tmp',
      'access.log.2026-11-20',
      'access.log.2026-11-20.2.gz',
      'access.log.2026-11-20.10',
      'access.log.2026-11-21-09',
    ],
    files(3),
  )
  archive.tidy()
  const kept = [
    'access.log',
    'access.log.2026-11-20.10',
    'access.log.2026-11-20.2.gz',
    'access.log.2026-11-21-09',
  ]
  await untilPasses(() => assert.deepEqual(namesIn(folder), kept))
})

test('keeps the files of as many days as LogKeep says, and that of today', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: new Date(2026, 10, 22, 15).getTime() })
  const { folder, archive } = archiveOf(
    t,
    [
      'access.log.2026-11-19-23.gz',
      'access.log.2026-11-20-00',
      'access.log.2026-11-21',
      'access.log.2026-11-22',
    ],
    days(2),
  )
  archive.tidy()
  await untilPasses(() =>
    assert.deepEqual(namesIn(folder), [
      'access.log.2026-11-20-00',
      'access.log.2026-11-21',
      'access.log.2026-11-22',
    ]),
  )
})

test('counts days by the calendar, also when one of them has 23 or 25 hours', async t => {
  inZone(t, 'Europe/Berlin')
  t.mock.timers.enable({ apis: ['Date'] })
  for (const [now, kept] of [
    ['2026-10-26T23:30+01:00', ['2026-10-24', '2026-10-25']],
    ['2026-10-26T00:30+01:00', ['2026-10-24', '2026-10-25']],
    ['2026-03-30T00:30+02:00', ['2026-03-28', '2026-03-29']],
  ] as const) {
    t.mock.timers.setTime(Date.parse(now))
    const names = ['2026-03-27', '2026-03-28', '2026-03-29', '2026-10-23', '2026-10-24', '2026-10-25']
    const month = now.slice(0, 7)
    const ours = names.filter(name => name.startsWith(month)).map(name => `access.log.${name}`)
    const { folder, archive } = archiveOf(t, ours, days(2))
    archive.tidy()
    const wanted = kept.map(name => `access.log.${name}`)
    await untilPasses(() => assert.deepEqual(namesIn(folder), wanted))
  }
})

test('touches no file that is not one of ours by name', async t => {
  const foreign = [
    'access.log.1',
    'access.log.2.gz',
    'access.log-20261101',
    'access.log.2026-11-01.bak',
    'access.log.2026-11-01.gz.gz',
    'access.log.2026-1-1',
    'access_log.2026-11-01',
    'error.log.2026-11-01',
    'xaccess.log.2026-11-01',
  ].sort()
  const { folder, archive } = archiveOf(
    t,
    [...foreign, 'access.log.2026-11-02', 'access.log.2026-11-03'],
    files(1),
    true,
  )
  archive.tidy()
  await untilPasses(() => assert.deepEqual(namesIn(folder), [...foreign, 'access.log.2026-11-03.gz'].sort()))
})

test('compresses every finished file whole, with its time and its mode', async t => {
  const { folder, path, archive, problems } = archiveOf(
    t,
    ['access.log', 'access.log.2026-11-20', 'access.log.2026-11-21'],
    files(9),
    true,
  )
  const text = 'line\n'.repeat(500_000)
  fs.writeFileSync(`${path}.2026-11-20`, text)
  fs.chmodSync(`${path}.2026-11-20`, 0o600)
  fs.utimesSync(`${path}.2026-11-20`, 1e9, 1e9)
  archive.tidy()
  await untilPasses(() =>
    assert.deepEqual(namesIn(folder), ['access.log', 'access.log.2026-11-20.gz', 'access.log.2026-11-21.gz']),
  )
  assert.equal(gunzipSync(fs.readFileSync(`${path}.2026-11-20.gz`)).toString(), text)
  assert.equal(fs.statSync(`${path}.2026-11-20.gz`).mtimeMs, 1e12)
  assert.equal(fs.statSync(`${path}.2026-11-20.gz`).mode & 0o777, 0o600)
  assert.deepEqual(problems, [])
})

test('compresses anew what a crash left half compressed', async t => {
  const { folder, path, archive } = archiveOf(
    t,
    [
      'access.log.2026-11-20',
      'access.log.2026-11-20.gz',
      'access.log.2026-11-21',
      'access.log.2026-11-21.gz.tmp',
    ],
    files(2),
    true,
  )
  archive.tidy()
  await untilPasses(() =>
    assert.deepEqual(namesIn(folder), ['access.log.2026-11-20.gz', 'access.log.2026-11-21.gz']),
  )
  assert.equal(gunzipSync(fs.readFileSync(`${path}.2026-11-20.gz`)).toString(), 'access.log.2026-11-20\n')
})

test('keeps the plain file and tells when it cannot be compressed, and goes on with the next', async t => {
  const { folder, path, archive, problems } = archiveOf(t, ['access.log.2026-11-21'], files(9), true)
  fs.mkdirSync(`${path}.2026-11-20`)
  archive.tidy()
  await untilPasses(() =>
    assert.deepEqual(namesIn(folder), ['access.log.2026-11-20', 'access.log.2026-11-21.gz']),
  )
  assert.deepEqual(problems, [
    `Cannot compress "${path}.2026-11-20": EISDIR: illegal operation on a directory, read`,
  ])
})

test('tells when the folder has gone', async t => {
  const { folder, archive, problems } = archiveOf(t, [], files(1))
  fs.rmSync(folder, { recursive: true })
  archive.tidy()
  await untilPasses(() => assert.match(problems[0] ?? '', /^Cannot tidy up behind ".*access\.log": ENOENT/))
})

test('never gives a new file the name of one that is there, and numbers them in order', t => {
  const { path, archive } = archiveOf(
    t,
    [
      'access.log.2026-11-20.gz',
      'access.log.2026-11-21',
      'access.log.2026-11-21.9.gz',
      'access.log.2026-11-21.10',
    ],
    files(9),
  )
  assert.equal(archive.nextPath('2026-11-20'), `${path}.2026-11-20.1`)
  assert.equal(archive.nextPath('2026-11-21'), `${path}.2026-11-21.11`)
  assert.equal(archive.nextPath('2026-11-22'), `${path}.2026-11-22`)
})

test('finds a name beside any number of other files without looking through them', async t => {
  const foreign = Array.from({ length: 300 }, (_, number) => `foreign-${number}`)
  const { path, archive, folder } = archiveOf(
    t,
    [...foreign, 'access.log.2026-11-20', 'access.log.2026-11-21.7.gz'],
    files(2),
    true,
  )
  const looks = [t.mock.method(fs, 'readdirSync'), t.mock.method(fs, 'opendirSync')]
  archive.tidy()
  await untilPasses(() => assert.ok(fs.existsSync(`${path}.2026-11-20.gz`)))

  for (const name of ['21.8', '21.9', '22', '22.1', '20.1']) {
    const next = `${path}.2026-11-${name}`
    assert.equal(archive.nextPath(`2026-11-${name.slice(0, 2)}`), next)
    fs.writeFileSync(next, '')
  }
  fs.writeFileSync(`${path}.2026-11-23.gz`, '')
  fs.writeFileSync(`${path}.2026-11-23.1`, '')
  assert.equal(archive.nextPath('2026-11-23'), `${path}.2026-11-23.2`)
  for (const look of looks) assert.equal(look.mock.callCount(), 0)

  archive.tidy()
  await untilPasses(() => assert.ok(!fs.existsSync(`${path}.2026-11-23.1`)))
  assert.deepEqual(
    namesIn(folder).filter(name => name.startsWith('access')),
    ['access.log.2026-11-23.1.gz', 'access.log.2026-11-23.gz'],
  )
})

test('takes a file whose number nobody can count on from for a foreign one', t => {
  const { path, archive } = archiveOf(t, ['access.log.2026-11-21.9007199254740993'], files(9))
  assert.equal(archive.nextPath('2026-11-21'), `${path}.2026-11-21`)
})

test('stops compressing when it is closed, and leaves the plain file', async t => {
  const { folder, path, archive, problems } = archiveOf(t, [], files(9), true)
  fs.writeFileSync(`${path}.2026-11-20`, Buffer.alloc(50_000_000, 'line\n'))
  archive.tidy()
  await untilPasses(() => assert.equal(namesIn(folder).length, 2))
  archive.close()
  await untilPasses(() => assert.deepEqual(namesIn(folder), ['access.log.2026-11-20']))
  assert.deepEqual(problems, [])
})
