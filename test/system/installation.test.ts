import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../support/wait.ts'
import { CONFIG, DOCUMENT_ROOT, Installation, installedMachine } from './installation.ts'
import { SERVER_ADDRESS } from './lan.ts'
import { Machine } from './machine.ts'

/** What every package leaves behind, and what the machine itself has made meanwhile. */
const LASTING = ['/var/lib/dpkg/', '/var/log/journal/', '/var/cache/', '/root/', '/run/', '/tmp/']

function changes(machine: Machine): string[] {
  const isLasting = (change: string) => LASTING.some(lasting => change.startsWith(lasting, 1))
  return machine
    .changes()
    .filter(change => !isLasting(change))
    .sort()
}

async function packageState(machine: Machine): Promise<string | undefined> {
  return /^Status: (?<state>.*)$/m.exec(await machine.output('dpkg', '--status', 'webserver'))?.groups?.[
    'state'
  ]
}

test('The package installs, serves, and is gone without a trace when it is purged', async t => {
  await using machine = await Machine.boot()
  const web = Installation.prepare(machine)
  const before = changes(machine)

  const started = performance.now()
  const { code, stderr } = await web.install()
  assert.equal(code, 0, stderr)
  await web.untilServing()
  t.diagnostic(`${((performance.now() - started) / 1000).toFixed(1)} s from dpkg --install to the first page`)
  assert.equal(await web.property('UnitFileState'), 'enabled')
  for (const page of ['webserver.8', 'webserverctl.1', 'webserver.conf.5'])
    await machine.output('man', '--where', page)

  assert.equal((await machine.run('dpkg', '--remove', 'webserver')).code, 0)
  assert.equal((await web.fetch('/')).code, 7, 'nobody listens')
  assert.ok(existsSync(machine.path(CONFIG)), 'the configuration waits for another installation')
  assert.ok(existsSync(machine.path('/var/log/webserver/access.log')), 'and so do the logs')

  assert.equal((await machine.run('dpkg', '--purge', 'webserver')).code, 0)
  assert.deepEqual(changes(machine), before)
})

test('The package leaves the pages alone that are there', async () => {
  await using machine = await Machine.boot()
  const web = Installation.prepare(machine)
  machine.write(`${DOCUMENT_ROOT}/mine.html`, 'mine')
  assert.equal((await web.install()).code, 0)
  await until(async () => (await web.fetch('/mine.html')).stdout === 'mine', 'the page')
  assert.equal(existsSync(machine.path(`${DOCUMENT_ROOT}/index.html`)), false)
  assert.equal((await machine.run('dpkg', '--purge', 'webserver')).code, 0)
  assert.equal(machine.read(`${DOCUMENT_ROOT}/mine.html`), 'mine')
})

test('Where port 80 is taken the package is installed all the same, and says what to do', async () => {
  await using machine = await Machine.boot()
  const web = Installation.prepare(machine)
  await machine.output('systemd-run', '--unit=other', 'systemd-socket-activate', '--listen=80', 'cat')
  await until(async () => (await machine.run('ss', '-Hltn', 'sport = :80')).stdout !== '', 'the other server')

  const { code, stderr } = await web.install()
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^webserver is installed, but does not start:$/m)
  assert.match(stderr, /Cannot listen on \S+: the port is taken by/)
  assert.match(stderr, /choose (?:one|another port) with "?Listen/)
  assert.equal(await packageState(machine), 'install ok installed')
  const reason = /Status: "webserver: Cannot listen on \*:80: the port is taken by another process/
  assert.match(await web.status(), reason)

  web.edit([/^Listen 80$/m, 'Lissen 80'])
  const again = await web.install()
  assert.match(again.stderr, /Unknown directive "Lissen"/)
  assert.doesNotMatch(again.stderr, /Cannot listen/, 'that was the start before')

  web.edit([/^Lissen 80$/m, 'Listen 8080'])
  assert.equal((await web.systemctl('start')).code, 0)
  const { stdout } = await machine.lan.run('/usr/bin/curl', ['-sS', `http://${SERVER_ADDRESS}:8080/`])
  assert.match(stdout, /<\/html>\s*$/)
})

test('An upgrade keeps an edited configuration and edited pages, and restarts the server', async () => {
  const web = await installedMachine()
  await using machine = web.machine
  web.edit([/$/, '\nHeader set X-Edited yes\n'])
  const edited = machine.read(CONFIG)
  machine.write(`${DOCUMENT_ROOT}/index.html`, 'edited')
  const before = await web.pid()

  const { code, stderr } = await web.upgrade('99.0.0', '# What is new')
  assert.equal(code, 0, stderr)
  assert.equal(machine.read(CONFIG), edited)
  assert.match(machine.read(`${CONFIG}.dpkg-dist`), /# What is new\n$/)
  await web.untilServing()
  assert.notEqual(await web.pid(), before)
  const { stdout } = await machine.lan.run('/usr/bin/curl', ['-sSi', `http://${SERVER_ADDRESS}/`])
  assert.match(stdout, /^X-Edited: yes\r\n[\s\S]*edited$/m)
})
