import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually, until } from '../support/wait.ts'
import { CONFIG, DOCUMENT_ROOT, type Installation, installedMachine } from './installation.ts'
import { SERVER_ADDRESS, SERVER_ADDRESS_6 } from './lan.ts'
import type { LoadReport } from './lan-load.ts'

/** Pictures for a person to look at stay there. */
const PICTURES = process.env['TEST_PICTURES'] ?? join(tmpdir(), 'webserver-pictures')

const NET_BIND_SERVICE = '0000000000000400'
const NONE = '0000000000000000'
const COMBINED = /^\S+ - - \[[^\]]+\] "[^"]*" \d{3} (?:\d+|-) "[^"]*" "[^"]*"$/

let web: Installation
let original: string
before(async () => {
  web = await installedMachine()
  original = web.machine.read(CONFIG)
  // Nobody restarts a server as often as these tests.
  await web.override('often', ['[Unit]', 'StartLimitIntervalSec=0'])
  await web.machine.output('useradd', '--groups', 'webserver', 'member')
  await web.machine.output('useradd', 'stranger')
})
after(async () => {
  await web?.machine[Symbol.asyncDispose]()
})

/** What the kernel says of a process: proc(5). */
async function processStatus(): Promise<Record<string, string>> {
  const lines = web.machine
    .read(`/proc/${await web.pid()}/status`)
    .trimEnd()
    .split('\n')
  return Object.fromEntries(lines.map(line => line.split(/:\s+/)))
}

async function exposure(): Promise<number> {
  const table = await web.machine.output('systemd-analyze', 'security', '--no-pager', 'webserver.service')
  return Number(
    /Overall exposure level for webserver\.service: (?<score>[\d.]+)/.exec(table)?.groups?.['score'],
  )
}

/** Has systemd open the port, and the server do without a capability; or has it as it is installed. */
async function useSocket(isUsed: boolean): Promise<void> {
  const { machine } = web
  await web.systemctl('stop')
  await machine.output('systemctl', isUsed ? 'enable' : 'disable', '--now', 'webserver.socket')
  const example = machine.read('/usr/share/doc/webserver/examples/no-capability.conf')
  await web.override('no-capability', isUsed ? [example] : undefined)
  await machine.output('systemctl', 'start', 'webserver.service')
}

/** Restarts the server while clients come one after another. */
async function restartUnderLoad(): Promise<LoadReport> {
  const script = join(import.meta.dirname, 'lan-load.ts')
  await using load = web.machine.lan.start(process.execPath, [script, SERVER_ADDRESS])
  const requests = () => web.machine.read('/var/log/webserver/access.log').split('\n').length
  const before = requests()
  await until(() => requests() > before + 100, 'the load to begin')
  for (let count = 0; count < 3; count++) assert.equal((await web.systemctl('restart')).code, 0)
  const restarted = requests()
  await until(() => requests() > restarted + 100, 'the load to go on')
  load.signal('SIGTERM')
  return JSON.parse((await load.outcome()).stdout)
}

describe('Somebody on the network', () => {
  for (const address of [SERVER_ADDRESS, `[${SERVER_ADDRESS_6}]`]) {
    test(`gets the first page from port 80 of ${address}`, async () => {
      const { code, stdout, stderr } = await web.fetch('/', address)
      assert.equal(code, 0, stderr)
      assert.match(stdout, /<\/html>\s*$/)
    })
  }

  test('sees it in a browser', async () => {
    mkdirSync(PICTURES, { recursive: true })
    const picture = join(PICTURES, 'first-page.png')
    const profile = join(PICTURES, `profile-${process.pid}`)
    try {
      const { stdout, stderr } = await web.machine.lan.run(
        '/usr/bin/chromium',
        [
          ...[
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            '--no-first-run',
            '--disable-background-networking',
          ],
          ...[
            `--user-data-dir=${profile}`,
            '--window-size=1000,1200',
            `--screenshot=${picture}`,
            '--dump-dom',
          ],
          `http://${SERVER_ADDRESS}/`,
        ],
        { environment: { HOME: profile } },
      )
      assert.match(stdout, /<title>[^<]+<\/title>/, stderr)
      assert.doesNotMatch(stdout, /ERR_/)
    } finally {
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
    }
    assert.match(web.machine.read('/var/log/webserver/access.log'), /"GET \/ HTTP\/1\.1" 200 .*Chrome/)
  })
})

describe('webserverctl', () => {
  test('answers root, and members of the group', async () => {
    for (const user of ['root', 'member']) {
      const { code, stdout, stderr } = await web.machine.runAs(user, 'webserverctl', 'status')
      assert.equal(code, 0, stderr)
      assert.match(stdout, /is running/)
    }
  })

  test('tells a stranger how to become a member', async () => {
    const { code, stdout, stderr } = await web.machine.runAs('stranger', 'webserverctl', 'stop')
    assert.deepEqual([code, stdout], [1, ''])
    assert.equal(
      stderr,
      'Permission denied at "/run/webserver/webserver.sock": run this as root, ' +
        'or join the group with "usermod -aG webserver YOUR-NAME" and log in again\n',
    )
    await web.untilServing()
  })
})

describe('systemctl', () => {
  after(async () => {
    web.machine.write(CONFIG, original)
    await web.systemctl('restart')
  })

  test('status shows what the server listens on and has done', async () => {
    assert.match(
      await web.status(),
      /^ +Status: "Listening on \[::\]:80: [\d,]+ requests? served, .* open"$/m,
    )
  })

  test('reload puts an edited configuration in force, and returns when it is', async () => {
    web.edit([/$/, '\nHeader set X-Edited yes\n'])
    const before = await web.pid()
    assert.equal((await web.systemctl('reload')).code, 0)
    const { stdout } = await web.machine.lan.run('/usr/bin/curl', ['-sI', `http://${SERVER_ADDRESS}/`])
    assert.match(stdout, /^X-Edited: yes\r$/m)
    assert.equal(await web.pid(), before)
  })

  test('reload with a mistake fails, says where it is, and the server serves on', async () => {
    web.edit([/$/, '\nLissen 81\n'])
    const line = web.machine.read(CONFIG).split('\n').indexOf('Lissen 81') + 1
    const mistake = `${CONFIG}:${line}:1: Unknown directive "Lissen" (did you mean Listen?)`
    assert.notEqual((await web.systemctl('reload')).code, 0)
    const status = await web.status()
    assert.ok(status.includes(`the last reload was refused: ${mistake}"`), status)
    const told = (await web.journal('--lines', '10')).split('\n')
    assert.ok(told.includes(mistake), 'by webserverctl')
    assert.ok(told.includes(`config: ${mistake}`), 'and by the server')
    assert.equal(await web.property('ActiveState'), 'active')
    await web.untilServing()
  })

  test('start with a mistake fails, and status shows where it is', async () => {
    web.edit([/$/, '\nLissen 81\n'])
    await web.systemctl('stop')
    assert.notEqual((await web.systemctl('start')).code, 0)
    const mistake = /webserver\.conf:\d+:1: Unknown directive "Lissen" \(did you mean Listen\?\)/.source
    assert.match(await web.status(), new RegExp(`^ +Status: "\\S+${mistake}"$`, 'm'))
    const isInJournal = async () => new RegExp(`\\]: \\S+${mistake}$`, 'm').test(await web.status())
    await until(isInJournal, 'its lines of the journal')
    assert.equal(await web.property('ActiveState'), 'failed', 'it is not tried again and again')
  })
})

describe('The sandbox', () => {
  test('leaves the server one capability, and no way to another', async () => {
    const status = await processStatus()
    const user = Number(await web.machine.output('id', '--user', 'webserver'))
    assert.notEqual(user, 0)
    assert.equal(status['Uid'], [user, user, user, user].join('\t'))
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.equal(status[set], NET_BIND_SERVICE, set)
    assert.equal(status['NoNewPrivs'], '1')
    assert.equal(status['Seccomp'], '2')
  })

  test('lets it write nowhere but in its own folders, whoever owns the others', async () => {
    for (const folder of ['/srv/logs', `${DOCUMENT_ROOT}/logs`]) {
      await web.machine.output('install', '--directory', '--owner=webserver', folder)
      web.machine.write(CONFIG, `${original}\nCustomLog ${folder}/access.log combined\n`)
      assert.notEqual((await web.systemctl('reload')).code, 0)
      const told = await web.journal('--lines', '9')
      assert.match(told, /the file system is read-only, ProtectSystem=strict of the service keeps it away/)
      assert.ok(told.includes(`"ReadWritePaths=${folder}"`), told)
      web.machine.remove(folder)
    }
    web.machine.write(CONFIG, original)
  })

  test('is named where it keeps the server from what it is to serve, with the lines that let it be', async () => {
    for (const [folder, setting] of [
      ['/home/anna/site', 'ProtectHome=read-only'],
      ['/tmp/site', 'PrivateTmp=no'],
    ] as const) {
      await web.machine.output('install', '--directory', '--mode=755', folder)
      web.machine.write(CONFIG, original.replace(/^DocumentRoot .*$/m, `DocumentRoot ${folder}`))
      assert.notEqual((await web.systemctl('reload')).code, 0)
      const told = await web.journal('--lines', '5')
      assert.ok(told.includes(`write "[Service]" and "${setting}" with "systemctl edit webserver"`), told)
    }
    web.machine.write(CONFIG, original)
  })

  test('is as tight as it is said to be, and its units without fault', async t => {
    const score = await exposure()
    t.diagnostic(`exposure ${score}`)
    assert.ok(score <= 1.5, `${score}`)
    const units = ['webserver.service', 'webserver.socket', 'webserver-control.socket']
    const { code, stdout, stderr } = await web.machine.run('systemd-analyze', 'verify', ...units)
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
  })

  test('leaves no options to the environment', async () => {
    await web.override('environment', ['[Service]', 'Environment=NODE_OPTIONS=--no-such-option'])
    assert.equal((await web.systemctl('restart')).code, 0)
    await web.untilServing()
    await web.override('environment', undefined)
  })
})

describe('The journal', () => {
  test('has what the server says, with its priority, and no banner', async () => {
    await web.systemctl('restart')
    web.machine.write(CONFIG, `${original}\nLissen 81\n`)
    await web.systemctl('reload')
    web.machine.write(CONFIG, original)
    const since = ['_SYSTEMD_INVOCATION_ID=', await web.property('InvocationID')].join('')
    const entries = (await web.machine.output('journalctl', '--output', 'json', since))
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, string>)
      .filter(entry => entry['_EXE'] === '/usr/sbin/webserver' && entry['SYSLOG_IDENTIFIER'] === 'webserver')
      .map(entry => `${entry['PRIORITY']} ${entry['MESSAGE']}`)
    assert.match(
      entries[0] ?? '',
      new RegExp(`^5 core: Serving ${DOCUMENT_ROOT} with webserver \\S+ on \\[::\\]:80$`),
    )
    assert.match(entries[1] ?? '', /^3 config: .*Unknown directive "Lissen"/)
    assert.equal(entries[2], '3 config: Not reloaded: the old configuration stays in force')
    assert.equal(entries.length, 3)
  })
})

describe('systemd starts the server again', () => {
  test('when it was killed, and its logs are whole', async () => {
    const script = join(import.meta.dirname, 'lan-load.ts')
    await using load = web.machine.lan.start(process.execPath, [script, SERVER_ADDRESS])
    const log = () => web.machine.read('/var/log/webserver/access.log')
    const before = log().length
    await until(() => log().length > before + 10_000, 'the load to begin')
    const pid = await web.pid()
    await web.machine.output('kill', '-KILL', `${pid}`)
    await until(async () => ![0, pid].includes(await web.pid()), 'another process')
    await web.untilServing()
    const restarted = log().length
    await until(() => log().length > restarted + 10_000, 'the load to go on')
    load.signal('SIGTERM')
    await load.outcome()
    const lines = log().split('\n')
    assert.equal(lines.pop(), '', 'the last line has its end')
    for (const line of lines) assert.match(line, COMBINED)
  })

  test('when its turn is stuck in a file that never comes', async t => {
    // A FUSE mount whose file system never answers: a network disk that has gone. Opening a file there blocks the
    // whole process in the kernel, where of all signals only SIGKILL reaches it.
    const folder = `${DOCUMENT_ROOT}/hung`
    await web.override('watchdog', ['[Service]', 'WatchdogSec=2s'])
    await web.systemctl('restart')
    await web.machine.output('mkdir', folder)
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other'
    const mount = `exec 3<>/dev/fuse && mount -i -t fuse -o ${options} none ${folder} && exec sleep infinity`
    await web.machine.output('systemd-run', '--unit=hung-disk', 'sh', '-c', mount)
    try {
      await until(() => web.machine.read('/proc/1/mounts').includes(` ${folder} fuse `), 'the mount')
      const pid = await web.pid()
      const started = performance.now()
      await using _victim = web.machine.lan.start('/usr/bin/curl', [
        '-s',
        `http://${SERVER_ADDRESS}/hung/file`,
      ])
      await until(async () => ![0, pid].includes(await web.pid()), 'another process')
      await web.untilServing()
      t.diagnostic(`served again after ${Math.round(performance.now() - started)} ms, with WatchdogSec=2s`)
      assert.match(await web.machine.output('journalctl', '--unit=webserver'), /Watchdog timeout/)
    } finally {
      await web.machine.run('systemctl', 'stop', 'hung-disk')
      await web.machine.run('umount', folder)
      await web.override('watchdog', undefined)
    }
  })
})

describe('With webserver.socket', () => {
  before(() => useSocket(true))
  after(() => useSocket(false))

  test('the server has no capability, and no network but its sockets', async t => {
    const status = await processStatus()
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.equal(status[set], NONE, set)
    const links = web.machine
      .read(`/proc/${await web.pid()}/net/dev`)
      .split('\n')
      .slice(2)
      .filter(Boolean)
    assert.deepEqual(
      links.map(line => line.split(':')[0]?.trim()),
      ['lo'],
    )
    const score = await exposure()
    t.diagnostic(`exposure ${score}`)
    assert.ok(score <= 1.3, `${score}`)
    await web.untilServing()
  })

  test('a restart fails not one request', async t => {
    const { answered, failures, longestGap } = await restartUnderLoad()
    t.diagnostic(`${answered} answered, the longest wait between two answers was ${longestGap} ms`)
    assert.deepEqual(failures, [])
  })

  test('a request starts a server that is not running', async () => {
    await web.systemctl('stop')
    assert.equal(await web.property('ActiveState'), 'inactive')
    assert.equal((await web.fetch('/')).code, 0)
    assert.equal(await web.property('ActiveState'), 'active')
  })

  test('a reload keeps the port', async () => {
    assert.equal((await web.systemctl('reload')).code, 0)
    await web.untilServing()
  })
})

describe('Without webserver.socket', () => {
  test('a restart refuses clients only for as long as no server listens', async t => {
    const { answered, failures, longestGap } = await restartUnderLoad()
    t.diagnostic(`${answered} answered, ${failures.length} refused, the longest gap was ${longestGap} ms`)
    assert.deepEqual(
      failures.filter(failure => !/ECONNREFUSED|ECONNRESET/.test(failure)),
      [],
    )
  })
})

test('With a socket unit that has a path, a server in front reaches the server, whose group that unit decides', async () => {
  const { machine } = web
  const unit = [
    'ListenStream=/run/web.sock',
    'FileDescriptorName=http',
    'SocketGroup=www-data',
    'SocketMode=0660',
  ]
  machine.write(
    '/etc/systemd/system/webserver-front.socket',
    ['[Socket]', ...unit, 'RemoveOnStop=yes', 'Service=webserver.service', ''].join('\n'),
  )
  await web.systemctl('stop')
  await machine.output('systemctl', 'daemon-reload')
  await machine.output('systemctl', 'start', 'webserver-front.socket')
  const fetch = (user: string) =>
    machine.runAs(
      user,
      'curl',
      '-sf',
      '--max-time',
      '10',
      '--unix-socket',
      '/run/web.sock',
      'http://localhost/',
    )
  try {
    const { code, stdout, stderr } = await fetch('www-data')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /<\/html>\s*$/)
    assert.notEqual((await fetch('stranger')).code, 0)
    assert.match(await web.status(), /^ +Status: "Listening on unix:\/run\/web\.sock: /m)
    assert.equal((await web.systemctl('restart')).code, 0)
    assert.equal((await fetch('www-data')).code, 0)
  } finally {
    await web.systemctl('stop')
    await machine.run('systemctl', 'stop', 'webserver-front.socket')
    machine.remove('/etc/systemd/system/webserver-front.socket')
    await machine.run('systemctl', 'daemon-reload')
    await web.systemctl('start')
  }
})

test('In its own unit the server makes the socket for a server in front, in its folder below /run', async () => {
  const { machine } = web
  web.edit([/^Listen .*$/m, '$&\nListen unix:/run/webserver/web.sock mode=0666'])
  try {
    assert.equal((await web.systemctl('reload')).code, 0)
    const { code, stderr } = await machine.runAs(
      ...([
        'stranger',
        'curl',
        '-sf',
        '--unix-socket',
        '/run/webserver/web.sock',
        'http://localhost/',
      ] as const),
    )
    assert.equal(code, 0, stderr)
    web.edit([/mode=0666$/m, 'group=www-data'])
    assert.notEqual((await web.systemctl('reload')).code, 0)
    assert.match(
      await web.journal('--lines', '5'),
      /"SupplementaryGroups=www-data" and "SystemCallFilter=@chown"/,
    )
    await web.override('group', ['[Service]', 'SupplementaryGroups=www-data', 'SystemCallFilter=@chown'])
    assert.equal((await web.systemctl('restart')).code, 0)
    assert.equal(
      (await machine.output('stat', '-c', '%G %a', '/run/webserver/web.sock')).trim(),
      'www-data 660',
    )
  } finally {
    await web.override('group', undefined)
    machine.write(CONFIG, original)
    await web.systemctl('restart')
  }
})

test('With webserver-control.socket, webserverctl reaches the server through the socket of systemd', async () => {
  const { machine } = web
  await web.systemctl('stop')
  await machine.output('systemctl', 'start', 'webserver-control.socket')
  try {
    const { code, stdout, stderr } = await machine.runAs('member', 'webserverctl', 'status')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /is running/, 'which starts it')
    assert.equal((await machine.runAs('stranger', 'webserverctl', 'status')).code, 1)
    assert.equal((await web.systemctl('restart')).code, 0)
    assert.equal((await machine.run('webserverctl', 'status')).code, 0)
  } finally {
    await web.systemctl('stop')
    await machine.run('systemctl', 'stop', 'webserver-control.socket')
    await web.systemctl('start')
  }
})

test('The server is there again after a reboot, and so are its logs', async t => {
  const before = web.machine.read('/var/log/webserver/access.log')
  await web.machine.reboot()
  await web.untilServing()
  assert.equal(await web.property('UnitFileState'), 'enabled')
  assert.ok(web.machine.read('/var/log/webserver/access.log').startsWith(before))
  const memory = await eventually(
    async () => Number((await processStatus())['VmRSS']?.split(' ')[0]),
    'a figure',
  )
  t.diagnostic(`${(memory / 1024).toFixed(0)} MiB resident`)
})
