import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instanceAt, instancePath, isInstanceName } from './instance.ts'

test('an instance has its name before the ending of a file, in the same folder', () => {
  assert.equal(instancePath('/var/log/access.log', '2'), '/var/log/access-2.log')
  assert.equal(instancePath('/run/web.d/socket', 'blue'), '/run/web.d/socket-blue')
  assert.equal(instancePath('/socket', '1'), '/socket-1')
  assert.equal(instancePath('/var/log/access.log', undefined), '/var/log/access.log')
})

test('standard streams and devices are for all instances', () => {
  assert.equal(instancePath('/dev/stdout', '2'), '/dev/stdout')
  assert.equal(instancePath('/dev/null', '2'), '/dev/null')
})

test('the instance is read back from the path of its socket, and from no other', () => {
  const plain = '/run/web-server.sock'
  assert.equal(instanceAt(instancePath(plain, 'a_1'), plain), 'a_1')
  for (const path of [plain, '/run/web-server-.sock', '/run/web-server-2.log', '/run/other-2.sock'])
    assert.equal(instanceAt(path, plain), undefined, path)
})

test('a name that would not fit in file names is none', () => {
  for (const name of ['1', 'blue_2', 'a'.repeat(32)]) assert.ok(isInstanceName(name), name)
  for (const name of ['', 'a-b', '../x', 'a b', 'ä', 'a'.repeat(33)]) assert.ok(!isInstanceName(name), name)
})
