import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lockPath, prepareFolder, temporaryPath, withUmask } from './socket-path.ts'

function testFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'socket-path-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('lets files have their usual permissions again once the socket is made, or could not be', t => {
  const folder = testFolder(t)
  const before = process.umask()
  const modeOf = (name: string) => {
    writeFileSync(join(folder, name), '')
    return statSync(join(folder, name)).mode & 0o777
  }
  assert.equal(
    withUmask(0o177, () => modeOf('within')),
    0o600,
  )
  assert.throws(
    () =>
      withUmask(0o177, () => {
        throw new Error('out of order')
      }),
    /out of order/,
  )
  assert.equal(modeOf('after'), 0o666 & ~before)
  assert.equal(process.umask(), before)
})

test('makes a socket ready beside its path, under a name that a socket can have', t => {
  const folder = testFolder(t)
  const path = join(folder, 'webserver.sock')
  assert.notEqual(temporaryPath(path, 'ControlSocket'), temporaryPath(path, 'ControlSocket'))
  assert.match(temporaryPath(path, 'ControlSocket').slice(folder.length), /^\/\.[0-9a-f]{8}$/)

  const longest = join(folder, 'a'.repeat(107 - folder.length - 1))
  assert.equal(Buffer.byteLength(longest), 107)
  temporaryPath(longest, 'ControlSocket')
  assert.throws(
    () => temporaryPath(`${longest}a`, 'ControlSocket'),
    /^SocketPathError: Expected a path of at most 107 bytes/,
  )
  // The name within is longer than the one that is wanted.
  const deep = join(folder, 'b'.repeat(107 - folder.length - 8))
  assert.throws(
    () => temporaryPath(join(deep, 'short'), 'ControlSocket'),
    /^SocketPathError: Expected a path of at most 107 bytes/,
  )
})

test('lets one daemon at a time have a path, until it gives it up', t => {
  const path = join(testFolder(t), 'webserver.sock')
  const lock = lockPath(path, 'ControlSocket')
  assert.throws(() => lockPath(path, 'ControlSocket'), {
    name: 'SocketPathError',
    message: `Cannot lock "${path}.lock": another daemon (pid ${process.pid}) has it, which is just starting or whose socket was deleted; stop it first, or choose another ControlSocket`,
  })
  lock[Symbol.dispose]()
  lockPath(path, 'ControlSocket')[Symbol.dispose]()
})

test('says what to do about a lock that cannot be had', t => {
  const path = join(testFolder(t), 'webserver.sock')
  mkdirSync(`${path}.lock`)
  assert.throws(() => lockPath(path, 'ControlSocket'), {
    name: 'SocketPathError',
    message: `Cannot lock "${path}.lock": unable to open database file, remove the file or give it to the user of the daemon`,
  })
  // That is no fault of the file.
  assert.throws(() => lockPath('a\0b', 'ControlSocket'), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('makes the folders of a socket for all to enter and for their owner to change', t => {
  const folder = testFolder(t)
  const path = join(folder, 'var/run/webserver.sock')
  prepareFolder(path, 'ControlSocket')
  for (const name of ['var', 'var/run'])
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o755 & ~process.umask())
  prepareFolder(path, 'ControlSocket')
})
