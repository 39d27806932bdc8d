import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { until } from '../support/wait.ts'
import { type Installation, installedMachine } from './installation.ts'
import { SERVER_ADDRESS } from './lan.ts'
import type { LoadReport } from './lan-load.ts'

const NAMES = ['1', '2', '3']
const UNITS = NAMES.map(name => `webserver@${name}.service`)

let web: Installation
before(async () => {
  web = await installedMachine()
  await web.machine.output('systemctl', 'disable', '--now', 'webserver')
  await web.machine.output('systemctl', 'enable', '--now', 'webserver.target', ...UNITS)
})
after(async () => {
  await web?.machine[Symbol.asyncDispose]()
})

async function states(): Promise<string[]> {
  return (await web.machine.run('systemctl', 'is-active', ...UNITS)).stdout.trimEnd().split('\n')
}

/** A target is stopped before those that are part of it. */
async function untilStopped(): Promise<void> {
  await until(async () => (await states()).every(state => state === 'inactive'), 'the end of all instances')
}

/** The instances that answer, with their processes. */
async function instances(): Promise<Map<string, number>> {
  const { stdout } = await web.machine.run('webserverctl', '--all', 'status', '--json')
  const all = stdout.trimEnd().split('\n').filter(Boolean)
  return new Map(all.map(line => JSON.parse(line)).map(({ instance, pid }) => [instance, pid]))
}

/** Clients on the network, one after another, while something is done. */
async function underLoad(act: () => Promise<void>): Promise<LoadReport> {
  const script = join(import.meta.dirname, 'lan-load.ts')
  await using load = web.machine.lan.start(process.execPath, [script, SERVER_ADDRESS])
  const requests = () =>
    NAMES.reduce(
      (count, name) => count + web.machine.read(`/var/log/webserver/access-${name}.log`).split('\n').length,
      0,
    )
  const before = requests()
  await until(() => requests() > before + 100, 'the load to begin')
  await act()
  const acted = requests()
  await until(() => requests() > acted + 100, 'the load to go on')
  load.signal('SIGTERM')
  return JSON.parse((await load.outcome()).stdout)
}

describe('Instances of webserver@.service', () => {
  test('serve together, and are asked together', async () => {
    assert.deepEqual([...(await instances()).keys()], NAMES)
    await web.untilServing()
    assert.equal((await web.machine.run('webserverctl', '--all', 'reload')).code, 0)
    for (const unit of UNITS) await web.machine.output('systemctl', 'reload', unit)
  })

  test('have units without fault', async () => {
    const { code, stdout, stderr } = await web.machine.run(
      'systemd-analyze',
      'verify',
      'webserver@1.service',
      'webserver.target',
    )
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
  })

  test('are restarted one after the other, and no request is lost', async t => {
    const report = await underLoad(async () => {
      for (const unit of UNITS) await web.machine.output('systemctl', 'restart', unit)
    })
    t.diagnostic(JSON.stringify(report))
    assert.deepEqual(report.failures, [])
  })

  test('are restarted so by an upgrade, which leaves the one server stopped', async t => {
    const before = await instances()
    const report = await underLoad(async () => {
      const { code, stderr } = await web.upgrade('99', '# newer')
      assert.equal(code, 0, stderr)
    })
    t.diagnostic(JSON.stringify(report))
    assert.deepEqual(report.failures, [])
    const after = await instances()
    for (const name of NAMES) assert.notEqual(after.get(name), before.get(name))
    assert.equal(await web.pid(), 0)
  })

  test('are stopped and started by their target, and by a boot', async () => {
    await web.machine.output('systemctl', 'stop', 'webserver.target')
    await untilStopped()
    await web.machine.output('systemctl', 'start', 'webserver.target')
    await web.untilServing()
    assert.deepEqual(await states(), ['active', 'active', 'active'])
    await web.machine.reboot()
    await web.untilServing()
    assert.deepEqual([...(await instances()).keys()], NAMES)
  })

  test('lose no request either with sockets of systemd', async t => {
    const sockets = NAMES.map(name => `webserver@${name}.socket`)
    await web.machine.output('systemctl', 'stop', 'webserver.target')
    await untilStopped()
    await web.machine.output('systemctl', 'enable', '--now', ...sockets)
    await web.machine.output('systemctl', 'start', 'webserver.target')
    await web.untilServing()
    const report = await underLoad(async () => {
      for (const unit of UNITS) await web.machine.output('systemctl', 'restart', unit)
    })
    t.diagnostic(JSON.stringify(report))
    assert.deepEqual(report.failures, [])
    await web.machine.output('systemctl', 'disable', '--now', ...sockets)
  })

  test('are gone with the package', async () => {
    await web.machine.output('dpkg', '--purge', 'webserver')
    assert.deepEqual(await states(), ['inactive', 'inactive', 'inactive'])
  })
})
