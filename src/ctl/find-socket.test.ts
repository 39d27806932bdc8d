import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findControlSocket } from './find-socket.ts'

/** A server's folder with this configuration. */
function configure(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'find-socket-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['etc', 'var', 'var/www']) mkdirSync(join(folder, name))
  const config = join(folder, 'etc/webserver.conf')
  writeFileSync(config, text)
  return { folder, config, find: () => findControlSocket({ config }) }
}

test('the socket that is named is meant, whatever the configuration says', t => {
  const { config } = configure(t, 'ControlSocket other.sock')
  assert.deepEqual(findControlSocket({ config, socket: 'a.sock' }), {
    kind: 'found',
    path: join(process.cwd(), 'a.sock'),
  })
})

test('the socket of the configuration is meant when none is named', t => {
  const { folder, find } = configure(t, 'ControlSocket run/other.sock')
  assert.deepEqual(find(), { kind: 'found', path: join(folder, 'run/other.sock') })
})

test('a mistake elsewhere in the configuration does not keep anybody from the daemon', t => {
  const { folder, config, find } = configure(
    t,
    'Lissen 80\nSERVERROOT srv\nControlSocket run/other.sock\nMaxWait x',
  )
  const path = join(folder, 'srv/run/other.sock')
  assert.deepEqual(find(), { kind: 'guessed', path, file: config })
})

test('without the directives that decide it, the socket is where it is by default', t => {
  const { folder, config, find } = configure(t, 'Lissen 80')
  assert.deepEqual(find(), { kind: 'guessed', path: join(folder, 'var/run/webserver.sock'), file: config })
})

test('a configuration beside other files has its socket below its own folder', t => {
  const { folder } = configure(t, '')
  const config = join(folder, 'webserver.conf')
  writeFileSync(config, 'Lissen 80')
  const found = findControlSocket({ config })
  assert.deepEqual(found, { kind: 'guessed', path: join(folder, 'var/run/webserver.sock'), file: config })
})

test('a mistake in a directive that decides it asks for the socket itself', t => {
  const { find } = configure(t, 'ControlSocket')
  const found = find()
  assert.equal(found.kind, 'lost')
  assert.match(
    found.problem,
    /webserver\.conf:1:14: Expected a path.*\nName the control socket with --socket PATH$/,
  )
})

test('a configuration that cannot be read asks for the socket, and says why', t => {
  const { folder, config } = configure(t, '')
  const circle = join(folder, 'circle')
  symlinkSync('circle', circle)
  for (const [path, reason] of [
    [join(folder, 'absent.conf'), /no such file/],
    [folder, /it is a folder/],
    [join(config, 'webserver.conf'), /a file stands where a folder should/],
    [circle, /too many symbolic links/],
    [join(folder, 'x'.repeat(256)), /the name is too long/],
  ] as const) {
    const found = findControlSocket({ config: path })
    assert.equal(found.kind, 'lost', path)
    assert.match(found.problem, reason)
    assert.match(found.problem, /\nName the control socket with --socket PATH$/)
  }
})
