import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takeActivationSockets } from './activation.ts'

const PID = 4711
const passed = (count: number, names?: string) => ({
  LISTEN_PID: `${PID}`,
  LISTEN_FDS: `${count}`,
  ...(names === undefined ? {} : { LISTEN_FDNAMES: names }),
})

test('sockets are taken by their names, in any order', () => {
  const environment = { ...passed(3, 'http:control:http'), PATH: '/bin' }
  assert.deepEqual(takeActivationSockets(environment, PID), { http: [3, 5], control: 4 })
  assert.deepEqual(environment, { PATH: '/bin' }, 'and by no process that this one starts')
})

test('none are taken where none are passed, or to another process', () => {
  const none = { http: [], control: undefined }
  assert.deepEqual(takeActivationSockets({}, PID), none)
  assert.deepEqual(takeActivationSockets({ ...passed(1, 'http'), LISTEN_PID: '1' }, PID), none)
})

test('a socket whose name says nothing is refused, with what to write into its unit', () => {
  const message =
    'Expected sockets named http or control from systemd, got "webserver.socket": ' +
    'write FileDescriptorName=http, or control, into the [Socket] section of its unit'
  assert.throws(() => takeActivationSockets(passed(2, 'http:webserver.socket'), PID), { message })
  assert.throws(() => takeActivationSockets(passed(1), PID), /got "unknown"/)
})

test('a second control socket is refused', () => {
  assert.throws(() => takeActivationSockets(passed(2, 'control:control'), PID), /one socket named control/)
})
