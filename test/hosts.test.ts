import assert from 'node:assert/strict'
import { mkdirSync, renameSync } from 'node:fs'
import { test } from 'node:test'
import { Daemon } from './support/daemon.ts'
import { until } from './support/wait.ts'

function of(host: string, path = '/'): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
}

const TWO_HOSTS = [
  'LogLevel debug',
  'CustomLog var/log/main.log "%v %V %U"',
  '<VirtualHost *>',
  'ServerName one.example',
  'DocumentRoot var/www/one',
  'CustomLog var/log/one.log "%v %V %U"',
  'ErrorLog var/log/one-error.log',
  '</VirtualHost>',
  '<VirtualHost *>',
  'ServerName two.example',
  'DocumentRoot var/www/two',
  '</VirtualHost>',
]
const FILES = { 'one/index.html': 'one', 'two/index.html': 'two' }

test('each host answers with its own files and logs to its own files, or to those of the server', async () => {
  await using daemon = await Daemon.start({ config: TWO_HOSTS, files: FILES })
  const { folder } = daemon
  for (const host of ['one.example', 'two.example', 'unknown', 'one.example']) {
    const { status, body } = await daemon.ask(of(host))
    assert.deepEqual([status, body.toString()], [200, host === 'two.example' ? 'two' : 'one'])
  }
  await daemon.ask(of('one.example', '/none'))
  await daemon.ask(of('two.example', '/gone'))
  assert.equal((await daemon.ask('GET / HTTP/1.1\r\n\r\n')).status, 400)
  await daemon.status()
  assert.equal(folder.read('var/log/main.log'), 'two.example two.example /\ntwo.example two.example /gone\n')
  assert.deepEqual(folder.read('var/log/one.log').trimEnd().split('\n'), [
    'one.example one.example /',
    'one.example unknown /',
    'one.example one.example /',
    'one.example one.example /none',
    'one.example one.example /',
  ])
  assert.match(folder.read('var/log/one-error.log'), /404 for "GET \/none HTTP\/1\.1"/)
  assert.match(folder.read('var/log/error.log'), /404 for "GET \/gone HTTP\/1\.1"/)
  assert.doesNotMatch(folder.read('var/log/error.log'), /none/)
})

test('a reload that takes a name from one host to another holds for open connections too', async () => {
  await using daemon = await Daemon.start({ config: TWO_HOSTS, files: FILES })
  using connection = await daemon.connect()
  const ask = async () => {
    connection.send(of('two.example'))
    return (await connection.response()).body.toString()
  }
  assert.equal(await ask(), 'two')
  assert.equal(await ask(), 'two')
  await daemon.reconfigure(...TWO_HOSTS.map(line => line.replace(/^ServerName two/, 'ServerName other')))
  assert.equal(await ask(), 'one')
})

test('a folder of a host that goes away, and is back, is told of in the error log', async () => {
  const lines = [...TWO_HOSTS, 'Alias /more var/more']
  await using daemon = await Daemon.start()
  const { folder } = daemon
  for (const [name, content] of Object.entries(FILES)) folder.publish(name, content)
  mkdirSync(folder.resolve('var/more'))
  await daemon.reconfigure(...lines)
  const log = () => folder.read('var/log/error.log')
  for (const [name, what] of [
    ['var/www/two', 'DocumentRoot'],
    ['var/more', 'The folder of an Alias,'],
  ] as const) {
    const path = folder.resolve(name)
    renameSync(path, `${path}-away`)
    await until(
      () => log().includes(`${what} "${path}" cannot be served: no such file or directory\n`),
      `word of ${name}`,
    )
    renameSync(`${path}-away`, path)
    await until(() => log().includes(`${what} "${path}" is back\n`), `word of ${name} again`)
  }
})
