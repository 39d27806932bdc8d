import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, test } from 'node:test'
import { Client, get } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import {
  OTHER_USER,
  type Outcome,
  Program,
  run,
  SKIP_OTHER_USER,
  WEBSERVER,
  WEBSERVERCTL,
} from './support/program.ts'
import { until } from './support/wait.ts'

const SKIP_MOUNT = process.getuid?.() === 0 ? false : 'only root can mount'
const UNPRIVILEGED = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
const PRIVILEGED_PORT = 1023
/** A number that nobody has in /etc/passwd. */
const NO_ACCOUNT = 54_321
const SKIP_PRIVILEGED_PORT =
  UNPRIVILEGED <= PRIVILEGED_PORT
    ? `this machine lets everybody have ports from ${UNPRIVILEGED} on`
    : SKIP_OTHER_USER

/** Starts a daemon that must refuse to start, and gives what it says. */
async function refusal(folder: Folder, user?: number): Promise<string> {
  const { code, stdout, stderr } = await run(WEBSERVER, ['--config', folder.configFile], { user })
  assert.equal(code, 1, stderr)
  assert.equal(stdout, '')
  const sockets = readdirSync(folder.resolve('var/run')).filter(name => !name.endsWith('.lock'))
  assert.deepEqual(sockets, [], 'leaves no socket behind')
  return stderr
}

/** The mistakes of a configuration it must refuse, each without the name of the file, its source and its caret. */
async function refusals(folder: Folder, user?: number): Promise<string[]> {
  const lines = (await refusal(folder, user)).split('\n')
  return lines
    .filter(line => line.startsWith(folder.configFile))
    .map(line => line.slice(folder.configFile.length))
}

describe('The command line', { concurrency: 3 }, () => {
  test('is explained by --help', async () => {
    const { code, stdout, stderr } = await run(WEBSERVER, ['--help'])
    assert.equal(code, 0)
    assert.equal(stderr, '')
    for (const option of ['--config <file>', '--check', '--version', '--help']) {
      assert.ok(stdout.includes(option), option)
    }
  })

  test('gives the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
    assert.deepEqual(await run(WEBSERVER, ['--version']), {
      code: 0,
      stdout: `${version}, on Node.js ${process.versions.node}\n`,
      stderr: '',
    })
  })

  test('is refused with an option that does not exist', async () => {
    const { code, stdout, stderr } = await run(WEBSERVER, ['--confg', 'file'])
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /unknown option '--confg'/)
  })
})

describe('A check of the configuration', { concurrency: 3 }, () => {
  test('finds nothing wrong with a good one, and starts nothing', async () => {
    using folder = new Folder()
    folder.configure(['CustomLog var/log/new/access.log combined'])
    const checked = await run(WEBSERVER, ['--check', '--config', folder.configFile])
    assert.deepEqual(checked, { code: 0, stdout: `${folder.configFile}: no mistakes\n`, stderr: '' })
    assert.deepEqual(readdirSync(folder.resolve('var/log')), [])
    assert.deepEqual(readdirSync(folder.resolve('var/run')), [])
  })

  test('shows every mistake with its line', async () => {
    using folder = new Folder()
    folder.configure(['KeepAliveTimeout 5x', 'DocumnetRoot var/www'])
    const { code, stdout, stderr } = await run(WEBSERVER, ['--check', '--config', folder.configFile])
    assert.equal(code, 1)
    assert.equal(stdout, '')
    const file = folder.configFile
    assert.match(
      stderr.replaceAll(file, 'FILE'),
      /^FILE:3:18: .*"5x".*\n {2}KeepAliveTimeout 5x\n {19}\^\nFILE:4:1: .*did you mean DocumentRoot.*\n {2}DocumnetRoot var\/www\n {2}\^\n$/,
    )
  })
})

test('A server runs as a user who has no account, as in a container', { skip: SKIP_OTHER_USER }, async () => {
  await using daemon = await Daemon.start({ user: NO_ACCOUNT, files: { 'a.txt': 'first' } })
  assert.equal(`${(await daemon.ask(get('/a.txt'))).body}`, 'first')
})

test('A check names both lines of addresses that overlap, which no start could have together', async () => {
  using folder = new Folder()
  folder.configure(['Listen 0.0.0.0:8080', 'Listen [::]:8080', 'Listen 127.0.0.1:8080'])
  const { code, stderr } = await run(WEBSERVER, ['--check', '--config', folder.configFile])
  assert.equal(code, 1)
  assert.match(
    stderr.replaceAll(folder.configFile, 'FILE'),
    /^FILE:4:1: Listen 0\.0\.0\.0:8080 overlaps with it and is given at FILE:2:1: keep one of the two\n/,
  )
})

describe('A check finds what a start would refuse, or serve in another way than is meant', {
  concurrency: 3,
}, () => {
  /** Exit code, and both outputs without the name of the folder. */
  async function check(
    folder: Folder,
    user?: number,
  ): Promise<[code: unknown, stdout: string, stderr: string]> {
    const options = ['--check', '--config', folder.configFile]
    const { code, stdout, stderr } = await run(WEBSERVER, options, { user })
    const short = (text: string) => text.replaceAll(`${folder.path}/`, '')
    return [code, short(stdout), short(stderr)]
  }

  test('that there is nothing to listen on', async () => {
    using folder = new Folder()
    writeFileSync(folder.configFile, 'KeepAlive On\n')
    const [code, stdout, stderr] = await check(folder)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^etc\/webserver\.conf: nothing to listen on; add a line such as "Listen 8080", which/,
    )
  })

  test('that the machine does not have an address', async () => {
    using folder = new Folder()
    folder.configure(['Listen 127.0.0.1:8080', 'Listen 192.0.2.1:8080'])
    const [code, stdout, stderr] = await check(folder)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^etc\/webserver\.conf:3:1: Cannot listen on 192\.0\.2\.1:8080: this machine does not/,
    )
  })

  test('that a page to send is not there, nor readable, which no start is refused for', async () => {
    using folder = new Folder()
    folder.publish('there.html')
    mkdirSync(folder.resolve('var/www/folder.html'))
    folder.configure([
      'ErrorDocument 404 /there.html',
      'ErrorDocument 403 /absent.html',
      'ErrorDocument 500 "Sorry"',
      'FallbackResource /folder.html',
    ])
    assert.deepEqual(await check(folder), [
      0,
      'etc/webserver.conf: no mistakes, 2 warnings\n',
      'etc/webserver.conf:4:19: Warning: Cannot send "var/www/absent.html": no such file or folder, create it or name another: ErrorDocument status path|"text"|default\n' +
        '  ErrorDocument 403 /absent.html\n                    ^\n' +
        'etc/webserver.conf:6:18: Warning: Cannot send "var/www/folder.html": it is a folder, name a file: FallbackResource path|disabled\n' +
        '  FallbackResource /folder.html\n                   ^\n',
    ])
  })

  test('that the sandbox of a service is in the way', { skip: SKIP_MOUNT }, async () => {
    using folder = new Folder()
    const [tmp, own, logs] = ['tmp', 'systemd-private-x/tmp', 'logs'].map(name => folder.resolve(name))
    for (const path of [tmp, own, logs]) mkdirSync(path ?? '', { recursive: true })
    mkdirSync(folder.resolve('tmp/site'))
    folder.configure(['DocumentRoot tmp/site', 'CustomLog logs/access.log common'])
    const mounting = `mount --bind ${own} ${tmp} && mount --bind ${logs} ${logs} && mount -o remount,bind,ro ${logs}`
    const options = ['--check', '--config', folder.configFile]
    const { code, stderr } = await run(WEBSERVER, options, { mounting })
    assert.equal(code, 1)
    assert.match(stderr, /:3:14: .*: no such file or folder, PrivateTmp=yes of the service .*"PrivateTmp=no"/)
    assert.match(
      stderr,
      /:4:11: .*: the file system is read-only, ProtectSystem=strict .*"ReadWritePaths=.*\/logs"/,
    )
  })

  test('that a log would stand where the control socket is to be', async () => {
    using folder = new Folder()
    folder.configure(['CustomLog var/run/new common', 'ControlSocket var/run/new'])
    const [code, , stderr] = await check(folder)
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^etc\/webserver\.conf:4:15: Cannot make a socket of "var\/run\/new": it is a log, name/,
    )
  })

  test('that a log cannot be read to its end, or the lock of the control socket be had', {
    skip: SKIP_OTHER_USER,
  }, async () => {
    using folder = new Folder(OTHER_USER)
    writeFileSync(folder.resolve('var/log/access.log'), '', { mode: 0o622 })
    chmodSync(folder.resolve('var/log/access.log'), 0o622)
    writeFileSync(`${folder.socket}.lock`, '', { mode: 0o600 })
    folder.configure(['CustomLog var/log/access.log common', 'ControlSocket var/run/webserver.sock'])
    const [code, , stderr] = await check(folder, OTHER_USER)
    assert.equal(code, 1)
    assert.match(stderr, /:3:11: Cannot write "var\/log\/access\.log": permission denied/)
    assert.match(stderr, /:4:15: Cannot write "var\/run\/webserver\.sock\.lock": permission denied/)
  })
})

describe('The server does not start and says why', { concurrency: 3 }, () => {
  test('without its configuration', async () => {
    using folder = new Folder()
    assert.equal(
      await refusal(folder),
      `${folder.configFile}: Cannot read "${folder.configFile}": no such file or folder, create it or name another\n`,
    )
  })

  test('with a configuration it may not read', { skip: SKIP_OTHER_USER }, async () => {
    using folder = new Folder(OTHER_USER)
    folder.configure([])
    chmodSync(folder.configFile, 0o600)
    assert.match(
      await refusal(folder, OTHER_USER),
      /: Cannot read ".*webserver\.conf": permission denied.*\n$/,
    )
  })

  test('with nothing to listen on', async () => {
    using folder = new Folder()
    writeFileSync(folder.configFile, 'KeepAlive On\n')
    assert.match(
      await refusal(folder),
      /^webserver: .*nothing to listen on; add a line such as "Listen 8080", which has no .*\n$/,
    )
  })

  test('with paths it cannot use, each by its line', async () => {
    using folder = new Folder()
    writeFileSync(folder.resolve('file'), 'something else')
    mkdirSync(folder.resolve('var/log/folder.log'))
    folder.configure([
      'DocumentRoot var/absent',
      'CustomLog file/access.log combined',
      'ErrorLog var/log/folder.log',
      'ControlSocket file',
    ])
    const path = (name: string) => JSON.stringify(folder.resolve(name))
    assert.deepEqual(await refusals(folder), [
      `:3:14: Cannot use ${path('var/absent')}: no such file or folder, create it or name another: DocumentRoot folder`,
      `:4:11: Cannot make ${path('file/access.log')} in ${path('file')}: a file stands where a folder should, name another: CustomLog file|stdout|stderr|journal|off format-name|"format"`,
      `:5:10: Cannot write ${path('var/log/folder.log')}: it is a folder, name a file: ErrorLog file|journal|stderr|stdout`,
      `:6:15: Cannot make a socket of ${path('file')}: something else stands there, move it or name another: ControlSocket file`,
    ])
    assert.equal(folder.read('file'), 'something else')
  })

  test('with paths that are not for its user', { skip: SKIP_OTHER_USER }, async () => {
    using folder = new Folder(OTHER_USER)
    writeFileSync(folder.resolve('var/log/access.log'), '', { mode: 0o600 })
    mkdirSync(folder.resolve('var/closed'), { mode: 0o700 })
    mkdirSync(folder.resolve('var/root'))
    folder.configure([
      'DocumentRoot var/closed',
      'CustomLog var/log/access.log common',
      'ControlSocket var/root/web.sock',
    ])
    const path = (name: string) => JSON.stringify(folder.resolve(name))
    const state = 'permission denied, give it to the user of the server or name another'
    assert.deepEqual(await refusals(folder, OTHER_USER), [
      `:3:14: Cannot use ${path('var/closed')}: ${state}: DocumentRoot folder`,
      `:4:11: Cannot write ${path('var/log/access.log')}: ${state}: CustomLog file|stdout|stderr|journal|off format-name|"format"`,
      `:5:15: Cannot make ${path('var/root/web.sock')} in ${path('var/root')}: ${state}: ControlSocket file`,
    ])
  })

  test('when another process has the port, and names that process', async () => {
    await using daemon = await Daemon.start({ files: { 'a.txt': 'first' } })
    using folder = new Folder()
    folder.configure(['Listen 127.0.0.2:0', `Listen 127.0.0.1:${daemon.port}`])
    assert.equal(
      await refusal(folder),
      `webserver: Cannot listen on 127.0.0.1:${daemon.port}: the port is taken by webserver (pid ${daemon.pid}); ` +
        'stop it, or choose another port with "Listen"\n',
    )
    assert.equal((await daemon.ask(get('/a.txt'))).status, 200)
  })

  test('when the machine does not have the address', async () => {
    using folder = new Folder()
    folder.configure(['Listen 192.0.2.1:8080'])
    assert.match(
      await refusal(folder),
      /^webserver: Cannot listen on 192\.0\.2\.1:8080: this machine does not have/,
    )
  })

  test('when the port needs a privilege', { skip: SKIP_PRIVILEGED_PORT }, async () => {
    using folder = new Folder(OTHER_USER)
    folder.configure([`Listen 127.0.0.1:${PRIVILEGED_PORT}`])
    const line = await refusal(folder, OTHER_USER)
    assert.match(line, /^webserver: Cannot listen on 127\.0\.0\.1:1023: ports below 1024 need .*systemd.*\n$/)
  })

  test('when the path of the control socket is too long', async () => {
    using folder = new Folder()
    folder.configure([`ControlSocket var/run/${'a'.repeat(107)}`])
    assert.match(await refusal(folder), /:3:15: Expected a path of at most 107 bytes.*\n.*\n *\^\n$/)
  })
})

test('A server that runs as root warns of it', { skip: SKIP_OTHER_USER }, async () => {
  for (const user of [0, OTHER_USER]) {
    await using daemon = await Daemon.start({ user })
    await until(() => daemon.program.stdout.includes('Stop'), 'the banner')
    const warnings = (await daemon.errorLog()).match(/\[core:warn\] .* Running as root, .*/g) ?? []
    assert.equal(warnings.length, user === 0 ? 1 : 0)
  }
})

test('A server that may have fewer descriptors than MaxConnections asks for warns of it', async () => {
  await using daemon = await Daemon.start({ descriptorLimit: 200, config: ['MaxConnections 300'] })
  await until(() => daemon.program.stdout.includes('Stop'), 'the banner')
  assert.match(
    await daemon.errorLog(),
    /\[config:warn\] .* MaxConnections 300 is more than 200 file descriptors allow: .* lower MaxConnections to 176\n/,
  )
  await daemon.reconfigure('MaxConnections 176')
  assert.doesNotMatch(await daemon.errorLog(), /warn.*MaxConnections 176/)
})

test('The server tells whoever starts it where to browse, and what it writes where', async () => {
  await using daemon = await Daemon.start()
  await until(() => daemon.program.stdout.includes('Stop'), 'the banner')
  const { folder, port, program } = daemon
  assert.ok(program.stdout.includes(` http://127.0.0.1:${port}/\n`), program.stdout)
  for (const name of ['var/www', 'var/log/access.log', 'var/log/error.log', 'var/run/webserver.sock']) {
    assert.ok(program.stdout.includes(relative('/', folder.resolve(name))), program.stdout)
  }
  assert.doesNotMatch(daemon.program.stdout, /\x1b/, 'no colours where nobody sees them')
})

test('A server whose banner nobody reads starts and serves all the same', async () => {
  using folder = new Folder()
  folder.configure([])
  // Its standard output is a pipe whose reader has gone.
  const script = 'exec "$@" > >(exit 0)'
  const server = [process.execPath, '--disable-sigusr1', WEBSERVER, '--config', folder.configFile]
  await using program = new Program('/bin/bash', ['-c', script, 'bash', ...server])
  const ctl = (command: string) => run(WEBSERVERCTL, ['--config', folder.configFile, command])
  await until(
    async () => program.code !== undefined || (await ctl('status')).code === 0,
    'the server to answer',
  )
  assert.deepEqual(await ctl('stop'), { code: 0, stdout: 'Stopped\n', stderr: '' })
  assert.equal((await program.outcome()).code, 0)
})

/** Runs a program as a command of bash has it. */
function runAs(script: string, program: string, args: readonly string[]): Promise<Outcome> {
  return run('/bin/bash', ['-c', script, 'bash', process.execPath, '--disable-sigusr1', program, ...args])
}

test('What cannot be printed is told in one line, and is no success', async () => {
  await using daemon = await Daemon.start()
  const config = ['--config', daemon.folder.configFile]
  const printing: readonly (readonly [string, readonly string[]])[] = [
    [WEBSERVER, ['--directives']],
    [WEBSERVER, ['--version']],
    [WEBSERVER, ['--check', ...config]],
    [WEBSERVERCTL, ['--help']],
    [WEBSERVERCTL, [...config, 'status']],
    [WEBSERVERCTL, [...config, 'turns', '--follow']],
    [WEBSERVERCTL, [...config, 'precompress']],
  ]
  for (const [program, args] of printing) {
    const { code, stdout, stderr } = await runAs('exec "$@" >/dev/full', program, args)
    const [line, ...more] = stderr.trimEnd().split('\n').toReversed()
    assert.match(line ?? '', /^Cannot write to standard output: .*no space left on device/, args.join(' '))
    assert.deepEqual([code, stdout, more], [1, '', []], args.join(' '))
  }
  // A reader that has gone before anything is written.
  const gone = await runAs('exec 3> >(true); wait $!; exec "$@" >&3', WEBSERVER, ['--directives'])
  assert.deepEqual(gone, { code: 1, stdout: '', stderr: 'Cannot write to standard output: broken pipe\n' })
  const silent = await runAs('exec "$@" 2>/dev/full', WEBSERVER, ['--config', '/absent.conf'])
  assert.deepEqual(silent, { code: 1, stdout: '', stderr: '' })
})

test('A server whose standard output is full serves all the same', async () => {
  using folder = new Folder()
  folder.configure([])
  folder.publish('a.txt', 'first')
  const server = [process.execPath, '--disable-sigusr1', WEBSERVER, '--config', folder.configFile]
  await using program = new Program('/bin/bash', [
    '-c',
    'exec "$@" >/dev/full 2>/dev/full',
    'bash',
    ...server,
  ])
  const ctl = (command: string) => run(WEBSERVERCTL, ['--config', folder.configFile, command])
  await until(async () => program.code !== undefined || (await ctl('status')).code === 0, 'an answer')
  assert.equal((await ctl('reload')).code, 0)
  assert.equal((await ctl('stop')).code, 0)
  assert.equal((await program.outcome()).code, 0)
})

test('A server that was killed leaves nothing in the way of the next one', async () => {
  // No other test talks from this address, and so none is given the port while nobody has it.
  const host = '127.0.0.9'
  await using daemon = await Daemon.start({ config: [`Listen ${host}:0`], files: { 'a.txt': 'first' } })
  using before = await Client.connect(daemon.port, host)
  daemon.program.signal('SIGKILL')
  await daemon.program.outcome()
  assert.ok(existsSync(daemon.folder.socket))

  assert.equal((await before.untilClosed()).bytes.length, 0)

  daemon.folder.configure([`Listen ${host}:${daemon.port}`])
  await using next = new Program(WEBSERVER, ['--config', daemon.folder.configFile])
  const isUp = async () => next.code !== undefined || (await daemon.ctl('status')).code === 0
  await until(isUp, 'the next server')
  assert.equal(next.code, undefined, next.stderr)
  using after = await Client.connect(daemon.port, host)
  after.send(get('/a.txt'))
  assert.equal((await after.response()).status, 200)
})
