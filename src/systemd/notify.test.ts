import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { NotifySocket } from '../../test/support/notify-socket.ts'
import { Notifier, socketAddress } from './notify.ts'

function pathFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'webserver-notify-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'notify')
}

/** A notifier that knows its manager only from its environment. */
function connect(name: string): Notifier {
  const environment = { NOTIFY_SOCKET: name, PATH: '/bin' }
  const notifier = Notifier.connect(environment)
  assert.ok(notifier !== undefined)
  assert.deepEqual(environment, { PATH: '/bin' }, 'no process that this one starts may speak for it')
  return notifier
}

test('systemd is told over a socket with a path', t => {
  using manager = new NotifySocket(pathFor(t))
  using notifier = connect(manager.name)
  assert.ok(notifier.tell({ READY: 1, STATUS: 'Größe: 3 MiB' }))
  assert.ok(notifier.tell({ WATCHDOG: 1 }))
  assert.deepEqual(manager.messages, ['READY=1\nSTATUS=Größe: 3 MiB', 'WATCHDOG=1'])
})

test('systemd is told over a socket without a path', () => {
  using manager = new NotifySocket(`@webserver-${randomUUID()}`)
  using notifier = connect(manager.name)
  assert.ok(notifier.tell({ STOPPING: 1, EXTEND_TIMEOUT_USEC: 20_000_000 }))
  assert.deepEqual(manager.messages, ['STOPPING=1\nEXTEND_TIMEOUT_USEC=20000000'])
})

test('a name that begins with @ is of no file: it begins with NUL, and does not end with one', () => {
  // As in unix(7): the family in the order of this machine's bytes, then the path.
  const family = Buffer.from(Uint16Array.of(1).buffer).toString('latin1')
  assert.equal(socketAddress('@a/b').toString('latin1'), `${family}\0a/b`)
  assert.equal(socketAddress('/run/@b').toString('latin1'), `${family}/run/@b\0`)
})

test('nothing that stands in a status can pass for another message, or steer a terminal', t => {
  using manager = new NotifySocket(pathFor(t))
  using notifier = connect(manager.name)
  notifier.tell({ STATUS: 'first\nWATCHDOG=trigger\x1b[2J' })
  assert.deepEqual(manager.messages, ['STATUS=first\\x0aWATCHDOG=trigger\\x1b[2J'])
})

test('without a manager nobody is told anything', () => {
  assert.equal(Notifier.connect({}), undefined)
  assert.equal(Notifier.connect({ NOTIFY_SOCKET: '' }), undefined)
})

test('a manager that cannot be reached would wait in vain, so that is an error', t => {
  assert.throws(() => Notifier.connect({ NOTIFY_SOCKET: pathFor(t) }), /Cannot tell systemd anything/)
})

test('a manager that is behind with its messages delays nobody', t => {
  using manager = new NotifySocket(pathFor(t))
  using notifier = connect(manager.name)
  let taken = 0
  while (notifier.tell({ WATCHDOG: 1 })) taken++
  assert.equal(manager.messages.length, taken)
  assert.ok(notifier.tell({ WATCHDOG: 1 }), 'once it has caught up, it is told again')
})

test('a manager that has gone delays nobody', t => {
  const manager = new NotifySocket(pathFor(t))
  using notifier = connect(manager.name)
  manager[Symbol.dispose]()
  assert.equal(notifier.tell({ WATCHDOG: 1 }), false)
})
