import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { OTHER_USER, SKIP_OTHER_USER } from './support/program.ts'

/** What the error log tells of requests that were answered, without what stands before it. */
async function told(daemon: Daemon): Promise<readonly string[]> {
  const lines = (await daemon.errorLog()).split('\n')
  return lines.flatMap(line => /\] (\d{3} for .*)$/.exec(line)?.[1] ?? [])
}

describe('Why a request was answered with an error', () => {
  test('is told with LogLevel debug, and for what a line of the configuration decides where that stands', async () => {
    await using daemon = await Daemon.start({
      config: ['LogLevel debug', 'Options None', 'Redirect gone /gone', 'Redirect /old /page.html'],
      files: { 'page.html': 'page', 'bare/file.txt': 'file' },
    })
    const www = daemon.folder.resolve('var/www')
    const cases = [
      [get('/absent'), `404 for "GET /absent HTTP/1.1": no file is at "${www}/absent"`],
      [get('/caf\xc3\xa9'), `404 for "GET /caf\xc3\xa9 HTTP/1.1": no file is at "${www}/caf\xc3\xa9"`],
      [get('/.git/config'), 'names that begin with a dot are hidden'],
      [get('/bare/'), `"${www}/bare/" is a folder without an index`],
      [get('/gone/a'), `410 for "GET /gone/a HTTP/1.1": Redirect at ${daemon.folder.configFile}:5:1`],
      [request('DELETE /page.html HTTP/1.1'), 'no file is had by this method'],
      [get('/page.html', 'If-Match: "other"'), 'the file is not of the version that the client names'],
      [get('/page.html', 'Range: bytes=100-'), 'has no bytes where the client wants them'],
      ['GET / HTTP/1.1\r\n\r\n', '400 for "GET / HTTP/1.1": No Host'],
    ] as const
    for (const [bytes, expected] of cases) {
      const before = (await told(daemon)).length
      await daemon.ask(bytes)
      const lines = await told(daemon)
      assert.equal(lines.length, before + 1, bytes)
      assert.ok(lines.at(-1)?.includes(expected), `${lines.at(-1)} instead of ${expected}`)
    }
    const before = (await told(daemon)).length
    for (const path of ['/page.html', '/old', '/bare']) await daemon.ask(get(path))
    assert.equal((await told(daemon)).length, before)
  })

  test('is told once a minute of each kind where it can be mended, or the request is at fault', async () => {
    await using daemon = await Daemon.start({ config: ['Options None'], files: { 'bare/file.txt': '' } })
    const www = daemon.folder.resolve('var/www')
    symlinkSync('bare/file.txt', `${www}/link`)
    for (const path of ['/absent', '/link', '/link', '/bare/', '/bare/']) await daemon.ask(get(path))
    for (let time = 0; time < 2; time++) await daemon.ask('GET / HTTP/1.1\r\n\r\n')
    assert.deepEqual(await told(daemon), [
      `403 for "GET /link HTTP/1.1": a symbolic link is on the way to "${www}/link": only with Options FollowSymLinks is it followed`,
      `403 for "GET /bare/ HTTP/1.1": "${www}/bare/" is a folder without an index (DirectoryIndex), and not to be listed (Options)`,
      '400 for "GET / HTTP/1.1": No Host',
    ])
  })

  test('names what was asked for, not the ErrorDocument that was sent for it', async () => {
    await using daemon = await Daemon.start({
      config: [
        'LogLevel debug',
        'Options None',
        'ErrorDocument 403 /error.html',
        'ErrorDocument 404 /error.html',
      ],
      files: { 'error.html': 'error', 'bare/file.txt': 'file' },
    })
    const www = daemon.folder.resolve('var/www')
    for (const path of ['/absent', '/bare/'])
      assert.equal(String((await daemon.ask(get(path))).body), 'error')
    assert.deepEqual(await told(daemon), [
      `404 for "GET /absent HTTP/1.1": no file is at "${www}/absent"`,
      `403 for "GET /bare/ HTTP/1.1": "${www}/bare/" is a folder without an index (DirectoryIndex), and not to be listed (Options)`,
    ])
  })

  test('names the part of the path that is closed, its mode and its owner', {
    skip: SKIP_OTHER_USER,
  }, async () => {
    await using daemon = await Daemon.start({ user: OTHER_USER, files: { 'open/page.html': 'page' } })
    const closed = daemon.folder.resolve('var/www/open/closed')
    mkdirSync(`${closed}/deep`, { recursive: true })
    chmodSync(closed, 0o700)
    assert.equal((await daemon.ask(get('/open/closed/deep/page.html'))).status, 403)
    const [line = ''] = await told(daemon)
    assert.ok(line.includes(`"${closed}" is closed to this server: mode 0700, user 0, group 0`), line)
  })
})

test('A DocumentRoot that disappears is told in the status and the error log, and so is its return', async () => {
  await using daemon = await Daemon.start({ files: { 'a.txt': 'first' } })
  const root = daemon.folder.resolve('var/www')
  const log = () => daemon.folder.read('var/log/error.log')
  renameSync(root, `${root}.away`)
  const problem = 'no such file or directory'
  await daemon.untilStatus(({ documentRootProblem }) => documentRootProblem === problem, 'the loss')
  assert.ok(
    log().includes(`[core:error] [pid ${daemon.pid}] DocumentRoot "${root}" cannot be served: ${problem}\n`),
  )
  assert.match((await daemon.ctl('status')).stdout, /Document root {2}.*\n +cannot be served: no such file/)
  renameSync(`${root}.away`, root)
  await daemon.untilStatus(({ documentRootProblem }) => documentRootProblem === null, 'the return')
  assert.ok(log().includes(`[core:notice] [pid ${daemon.pid}] DocumentRoot "${root}" is back\n`))
  assert.equal((await daemon.ask(get('/a.txt'))).status, 200)
})
