import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Client, get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { run } from '../support/program.ts'
import { until } from '../support/wait.ts'
import { CONFIG, installedMachine } from './installation.ts'
import { SERVER_ADDRESS } from './lan.ts'

const CLIENT_ADDRESS = '192.0.2.2'

describe('The access log is read', { concurrency: 2 }, () => {
  test('by GoAccess, every line of it', async () => {
    await using daemon = await Daemon.start({ files: { 'a.txt': 'first' } })
    const requests = [
      get('/a.txt'),
      get('/a.txt?b=%22', 'User-Agent: "quoted" \\ agent'),
      get('/absent'),
      'NONSENSE\r\n\r\n',
    ]
    for (const request of requests) await daemon.ask(request)
    await daemon.accessLog(requests.length)
    const report = daemon.folder.resolve('report.json')
    const log = daemon.folder.resolve('var/log/access.log')
    const { code, stderr } = await run('/usr/bin/goaccess', [
      ...[log, '--log-format=COMBINED', '--no-global-config', '--no-progress', `--output=${report}`],
    ])
    assert.equal(code, 0, stderr)
    assert.partialDeepStrictEqual(JSON.parse(readFileSync(report, 'utf8')), {
      general: { total_requests: requests.length, failed_requests: 0 },
    })
  })

  test('by GoAccess with the clients of a Unix socket too, if it is told not to look for addresses', async () => {
    await using daemon = await Daemon.start({ config: ['Listen unix:var/run/web.sock'] })
    using client = await Client.connectUnix(daemon.folder.resolve('var/run/web.sock'))
    client.send(get('/absent'))
    await client.response()
    await daemon.accessLog(1)
    const report = daemon.folder.resolve('report.json')
    const { code, stderr } = await run('/usr/bin/goaccess', [
      ...[daemon.folder.resolve('var/log/access.log'), '--log-format=COMBINED', '--no-ip-validation'],
      ...['--no-global-config', '--no-progress', `--output=${report}`],
    ])
    assert.equal(code, 0, stderr)
    assert.partialDeepStrictEqual(JSON.parse(readFileSync(report, 'utf8')), {
      general: { total_requests: 1, failed_requests: 0 },
    })
  })

  test('by fail2ban, which takes nobody at a Unix socket for an address', async () => {
    await using daemon = await Daemon.start({ config: ['Listen unix:var/run/web.sock'] })
    using client = await Client.connectUnix(daemon.folder.resolve('var/run/web.sock'))
    client.send(get('/absent'))
    await client.response()
    await daemon.accessLog(1)
    const log = daemon.folder.resolve('var/log/access.log')
    const filter = '^<HOST> \\S+ \\S+ \\[\\] "[^"]*" 404 '
    const { stdout } = await run('/usr/bin/fail2ban-regex', ['--usedns', 'yes', log, filter])
    assert.match(stdout, /Lines: 1 lines, 0 ignored, 0 matched, 1 missed/)
  })

  test('by fail2ban, which keeps out who asks for what is not there', async () => {
    const web = await installedMachine()
    await using machine = web.machine
    machine.write(
      '/etc/fail2ban/filter.d/webserver.conf',
      '[Definition]\nfailregex = ^<HOST> \\S+ \\S+ \\[\\] "[^"]*" 404 \n',
    )
    machine.write(
      '/etc/fail2ban/jail.d/webserver.conf',
      `[sshd]
enabled = false
[webserver]
enabled = true
backend = polling
logpath = /var/log/webserver/access.log
maxretry = 5
port = http
banaction = nftables-multiport
`,
    )
    await machine.output('systemctl', 'start', 'fail2ban')
    const jail = () => machine.run('fail2ban-client', 'status', 'webserver')
    await until(async () => (await jail()).code === 0, 'fail2ban to be up')
    assert.equal((await web.fetch('/')).code, 0)
    for (let count = 0; count < 5; count++) await web.fetch(`/absent-${count}`)
    await until(async () => (await jail()).stdout.includes(CLIENT_ADDRESS), 'the ban')
    await until(async () => (await web.fetch('/')).code !== 0, 'the client to be kept out')
    const { stdout } = await machine.run('curl', '-s', `http://${SERVER_ADDRESS}/`)
    assert.match(stdout, /<\/html>\s*$/, 'others are served')
  })
})

test('The error log is read by fail2ban, whose own filter for Apache keeps out who guesses passwords', async () => {
  const web = await installedMachine()
  await using machine = web.machine
  await machine.output('sh', '-c', 'echo secret | webserverctl password /etc/webserver/users bob')
  const rules = [
    'AuthType Basic',
    'AuthName Members',
    'AuthUserFile /etc/webserver/users',
    'Require valid-user',
  ]
  machine.write(CONFIG, `${machine.read(CONFIG)}${rules.join('\n')}\n`)
  await machine.output('systemctl', 'reload', 'webserver')
  machine.write(
    '/etc/fail2ban/jail.d/webserver.conf',
    `[sshd]
enabled = false
[apache-auth]
enabled = true
backend = polling
logpath = /var/log/webserver/error.log
maxretry = 5
port = http
banaction = nftables-multiport
`,
  )
  await machine.output('systemctl', 'start', 'fail2ban')
  const jail = () => machine.run('fail2ban-client', 'status', 'apache-auth')
  await until(async () => (await jail()).code === 0, 'fail2ban to be up')
  assert.match((await web.fetch('/', `bob:secret@${SERVER_ADDRESS}`)).stdout, /<\/html>\s*$/)
  for (let count = 0; count < 5; count++) await web.fetch('/', `bob:guess${count}@${SERVER_ADDRESS}`)
  await until(async () => (await jail()).stdout.includes(CLIENT_ADDRESS), 'the ban')
  await until(async () => (await web.fetch('/')).code !== 0, 'the client to be kept out')
})
