import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import { OTHER_USER, Program, run, SKIP_OTHER_USER, WEBSERVERCTL } from './support/program.ts'
import { eventually, until } from './support/wait.ts'

const TEXT = 'A line like any other, with a few words in it.\n'.repeat(40)

function publishedNames(folder: Folder): string[] {
  return readdirSync(folder.resolve('var/www')).sort()
}

test('precompresses DocumentRoot while no server runs, and does nothing the second time', async () => {
  using folder = new Folder()
  folder.configure(['AddType text/x-poem poem'])
  folder.publish('page.html', TEXT)
  folder.publish('ode.poem', TEXT)
  folder.publish('image.png', TEXT)
  const args = ['--config', folder.configFile, 'precompress']
  const first = await run(WEBSERVERCTL, args)
  assert.equal(first.stderr, '')
  assert.match(first.stdout, /^page\.html: 1\.84 KiB, br \d+ B, zstd \d+ B, gzip \d+ B$/m)
  assert.match(first.stdout, /^br {4}2 files: 3\.67 KiB became \d+ B \(\d+ %\)$/m)
  assert.match(first.stdout, /\n2 files precompressed, 0 up to date, 0 without gain\n$/)
  assert.equal(first.code, 0)
  const expected = ['.br', '.gz', '.zst'].flatMap(extension => [
    `ode.poem${extension}`,
    `page.html${extension}`,
  ])
  assert.deepEqual(publishedNames(folder), [...expected, 'image.png', 'ode.poem', 'page.html'].sort())

  const second = await run(WEBSERVERCTL, args)
  assert.equal(second.stdout, '0 files precompressed, 2 up to date, 0 without gain\n')
  assert.equal(second.code, 0)
})

test('a server that runs sends what was precompressed', async () => {
  await using daemon = await Daemon.start({ files: { 'page.html': TEXT }, config: ['Compress Off'] })
  assert.equal((await daemon.ask(get('/page.html', 'Accept-Encoding: br'))).body.toString(), TEXT)
  assert.equal((await daemon.ctl('precompress')).code, 0)
  const response = await eventually(async () => {
    const each = await daemon.ask(get('/page.html', 'Accept-Encoding: br'))
    return each.fields.get('content-encoding') === 'br' ? each : undefined
  }, 'the sidecar')
  assert.equal(brotliDecompressSync(response.body).toString(), TEXT)
})

test('precompresses a folder that is named, whatever the configuration says', async () => {
  using folder = new Folder()
  folder.publish('page.html', TEXT)
  const { code } = await run(WEBSERVERCTL, ['precompress', folder.resolve('var/www')])
  assert.equal(code, 0)
  assert.equal(publishedNames(folder).length, 4)
})

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`leaves nothing half done when ${signal} interrupts it`, async () => {
    using folder = new Folder()
    // Seconds of work.
    folder.publish('large.json', randomBytes(6_000_000).toString('base64'))
    await using program = new Program(WEBSERVERCTL, ['precompress', folder.resolve('var/www')])
    await until(() => publishedNames(folder).length > 1, 'a temporary file')
    program.signal(signal)
    const { code, stdout } = await program.outcome()
    assert.equal(code, status)
    assert.match(stdout, /0 files precompressed, .*; interrupted\n$/)
    assert.deepEqual(publishedNames(folder), ['large.json'])
  })
}

test('tells which folder it may not read, goes on with the others, and exits with 1', {
  skip: SKIP_OTHER_USER,
}, async () => {
  using folder = new Folder(OTHER_USER)
  for (const name of ['a.html', 'closed/b.html', 'd.html']) folder.publish(name, TEXT)
  for (const name of ['var/www', 'var/www/closed']) chownSync(folder.resolve(name), OTHER_USER, OTHER_USER)
  chmodSync(folder.resolve('var/www/closed'), 0)
  const args = ['precompress', folder.resolve('var/www')]
  const { code, stdout, stderr } = await run(WEBSERVERCTL, args, { user: OTHER_USER })
  assert.equal(code, 1)
  assert.match(stderr, /^Cannot precompress "closed": EACCES: permission denied/)
  // Each is told of when it is done, whichever that is first.
  const done = stdout.split('\n', 2).map(line => line.slice(0, line.indexOf(':')))
  assert.deepEqual(done.sort(), ['a.html', 'd.html'])
})

test('exits with 1 and says why when there is nothing it could work on', async () => {
  using folder = new Folder()
  folder.configure(['DocumentRoott x'])
  const cases: [args: string[], expected: RegExp][] = [
    [['precompress', folder.resolve('absent')], /^Expected a folder, got "[^"]*absent": name another\n$/],
    [['precompress', folder.configFile], /^Expected a folder, got/],
    [['precompress', `${folder.configFile}/x`], /^Expected a folder, got/],
    [['precompress', 'x'.repeat(300)], /^Expected a folder, got/],
    [
      ['--config', folder.configFile, 'precompress'],
      /Unknown directive(?:.|\n)*name the folder to precompress\n$/,
    ],
  ]
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await run(WEBSERVERCTL, args)
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, expected)
  }
  assert.equal((await run(WEBSERVERCTL, ['precompress', 'one', 'two'])).code, 2)
})
