import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { DaemonStatus } from '../../src/control/daemon.ts'
import { Client } from '../support/client.ts'
import { portOf } from '../support/daemon.ts'
import { Folder } from '../support/folder.ts'
import { Program, run } from '../support/program.ts'
import { eventually, until } from '../support/wait.ts'
import { debianPackage } from './debian-package.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Milliseconds: making the packages takes longer than any other test may. */
const PREPARATION = { timeout: 600_000 }

/** Where all that these tests make is. */
let folder: string
let deb: string
let archive: string
/** Where the files of the Debian package are unpacked. */
let system: string
/** Where the archive is unpacked. */
let unpacked: string

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'webserver-package-test-'))
  deb = debianPackage()
  archive =
    globSync('dist/webserver-*-linux-x64.tar.gz', { cwd: ROOT }).map(name => join(ROOT, name))[0] ?? ''
  system = join(folder, 'system')
  execFileSync('dpkg-deb', ['--raw-extract', deb, system])
  execFileSync('tar', ['-xzf', archive, '-C', folder])
  unpacked = join(folder, basename(archive, '.tar.gz'))
}, PREPARATION)

after(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('whoever makes the packages again gets the same bytes', PREPARATION, async () => {
  const again = join(folder, 'again')
  // A checkout may have gained commits since, which decide the times of files.
  const epoch = statSync(join(system, 'usr/sbin/webserver')).mtimeMs / 1000
  // Other tests run meanwhile, and have deadlines.
  const command = 'umask 077; exec nice -n 19 "$0" "$@"'
  const script = ['scripts/package.ts', '--output', again]
  const { status, stderr } = spawnSync('sh', ['-c', command, process.execPath, ...script], {
    cwd: ROOT,
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' },
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  assert.equal(digest(join(again, basename(deb))), digest(deb))
  assert.equal(digest(join(again, basename(archive))), digest(archive))
})

test('Debian has nothing against the package', PREPARATION, () => {
  const { stdout } = spawnSync('lintian', ['--allow-root', '--tag-display-limit=0', deb], {
    encoding: 'utf8',
  })
  assert.equal(stdout, '')
})

test('needs the packages that Debian says it needs, and none that is newer', () => {
  mkdirSync(join(folder, 'shlibdeps/debian'), { recursive: true })
  writeFileSync(
    join(folder, 'shlibdeps/debian/control'),
    'Source: webserver\n\nPackage: webserver\nArchitecture: any\n',
  )
  const line = execFileSync('dpkg-shlibdeps', ['-O', '-e', join(system, 'usr/sbin/webserver')], {
    cwd: join(folder, 'shlibdeps'),
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  })
  const debians = dependencies(line.replace('shlibs:Depends=', ''))
  const ours = dependencies(execFileSync('dpkg-deb', ['--field', deb, 'Depends'], { encoding: 'utf8' }))
  assert.deepEqual([...debians.keys()].sort(), [...ours.keys()].filter(name => name.startsWith('lib')).sort())
  for (const [name, version] of debians) {
    const { status } = spawnSync('dpkg', ['--compare-versions', ours.get(name) ?? '', 'le', version])
    assert.equal(status, 0, `${name} ${ours.get(name)} is newer than ${version}`)
  }
})

test('asks before it replaces an edited configuration, and changes no page that is served', () => {
  assert.equal(readFileSync(join(system, 'DEBIAN/conffiles'), 'utf8'), '/etc/webserver/webserver.conf\n')
  assert.equal(existsSync(join(system, 'var')), false)
})

test('everything in it belongs to root, and nobody else may write to it', () => {
  for (const line of execFileSync('dpkg-deb', ['--contents', deb], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')) {
    assert.match(line, /^(?:d|-)rw[x-]r-[x-]r-[x-] root\/root |^lrwxrwxrwx root\/root /)
  }
})

test('says beside the program what it is made of, in Debian and elsewhere', async () => {
  const path = 'usr/share/webserver/webserver.cdx.json'
  const text = readFileSync(join(system, path), 'utf8')
  assert.equal(readFileSync(join(unpacked, 'files', path), 'utf8'), text)

  const { metadata, components } = JSON.parse(text)
  const { stdout } = await run(join(system, 'usr/sbin/webserver'), ['--version'])
  assert.ok(stdout.startsWith(`${metadata.component.version}, on Node.js `), stdout)
  const names = components.map(({ name }: { name: string }) => name)
  for (const name of ['node', 'winston', 'commander']) assert.ok(names.includes(name), name)
})

test('is the server or operates it, by its name, and takes no orders from NODE_OPTIONS', async () => {
  using site = new Folder()
  site.configure([])
  site.publish('index.html', 'hello')
  const environment = { NODE_OPTIONS: '--an-option-that-there-is-not' }
  const ctl = (command: string, ...options: readonly string[]) =>
    run(join(system, 'usr/bin/webserverctl'), ['--socket', site.socket, command, ...options], { environment })

  await using server = new Program(join(system, 'usr/sbin/webserver'), ['--config', site.configFile], {
    environment,
  })
  const status: DaemonStatus = await eventually(async () => {
    if (server.code !== undefined) throw new Error(`The server has ended: ${server.stderr}`)
    const { code, stdout } = await ctl('status', '--json')
    return code === 0 ? JSON.parse(stdout) : undefined
  }, 'an answer of the server')

  using client = await Client.connect(portOf(status.listening[0]))
  client.send('GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n')
  assert.equal(String((await client.response('GET')).body), 'hello')
  assert.deepEqual(await ctl('stop'), { code: 0, stdout: 'Stopped\n', stderr: '' })
  assert.equal(await server.ended, 0)
})

test('opens no debugger, whatever NODE_OPTIONS say and whenever SIGUSR1 comes', async () => {
  using site = new Folder()
  site.configure([])
  await using server = new Program(join(system, 'usr/sbin/webserver'), ['--config', site.configFile], {
    environment: { NODE_OPTIONS: '--inspect=127.0.0.1:0' },
  })
  const blocksUser1 = () => {
    const [, mask = '0'] = /^SigBlk:\s+(\w+)$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? []
    return (BigInt(`0x${mask}`) & (1n << BigInt(constants.signals.SIGUSR1 - 1))) !== 0n
  }
  await until(blocksUser1, 'the runtime to begin')
  while (!existsSync(site.socket) && server.code === undefined) {
    server.signal('SIGUSR1')
    await pause(1)
  }
  await until(() => /Reopened/.test(site.read('var/log/error.log')), 'the logs to be opened anew')
  assert.equal(server.code, undefined, server.stderr)
  assert.doesNotMatch(server.stderr, /debugger|inspector/i)
})

test('without dpkg: shows what it would do, and does nothing', async () => {
  const root = join(folder, 'dry')
  const { code, stdout, stderr } = await install(root, '--dry-run')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^mv -f \S+ \S+\/dry\/usr\/local\/sbin\/webserver$/m)
  assert.equal(existsSync(root), false)
})

test('without dpkg: an upgrade keeps an edited configuration and puts the new one beside it', async () => {
  const root = join(folder, 'upgraded')
  const config = join(root, 'etc/webserver/webserver.conf')
  assert.equal((await install(root)).code, 0)
  assert.match(
    readFileSync(join(root, 'usr/local/lib/systemd/system/webserver.service'), 'utf8'),
    /^ExecStart=\/usr\/local\/sbin\/webserver /m,
  )
  assert.equal((await run(join(root, 'usr/local/bin/webserverctl'), ['--version'])).code, 0)

  appendFileSync(config, '# mine\n')
  // As if the version before had come with another.
  appendFileSync(join(root, 'usr/local/share/webserver/webserver.conf'), '# of old\n')
  assert.match((await install(root)).stdout, /stays as it is; the new one is \S+webserver\.conf\.new$/m)
  assert.match(readFileSync(config, 'utf8'), /^# mine$/m)
  assert.equal(existsSync(`${config}.new`), true)
})

test('without dpkg: an upgrade replaces a configuration that nobody has edited', async () => {
  const root = join(folder, 'unedited')
  const config = join(root, 'etc/webserver/webserver.conf')
  assert.equal((await install(root)).code, 0)
  const text = readFileSync(config, 'utf8')
  for (const file of [config, join(root, 'usr/local/share/webserver/webserver.conf')])
    writeFileSync(file, '# of old\n')
  assert.equal((await install(root)).code, 0)
  assert.equal(readFileSync(config, 'utf8'), text)
})

test('without dpkg: takes away what it has brought, and leaves what others have made', async () => {
  const root = join(folder, 'removed')
  assert.equal((await install(root, '--prefix', '/opt/webserver')).code, 0)
  appendFileSync(join(root, 'var/www/html/404.html'), '<!-- mine -->')
  assert.equal((await uninstall(root, '--prefix', '/opt/webserver')).code, 0)
  assert.deepEqual(filesIn(root), [
    'etc/webserver/webserver.conf',
    'var/lib/webserver/first-pages',
    'var/lib/webserver/made-folders',
    'var/lib/webserver/pages',
    'var/www/html/404.html',
    'var/www/html/index.html',
  ])
  assert.equal((await uninstall(root, '--purge', '--prefix', '/opt/webserver')).code, 0)
  assert.deepEqual(filesIn(root), ['var/www/html/404.html'])
})

test('without dpkg: touches no page that is there', async () => {
  const root = join(folder, 'served')
  mkdirSync(join(root, 'var/www/html'), { recursive: true })
  writeFileSync(join(root, 'var/www/html/home.html'), 'mine')
  assert.equal((await install(root)).code, 0)
  assert.equal((await uninstall(root, '--purge')).code, 0)
  assert.deepEqual(filesIn(root), ['var/www/html/home.html'])
})

test('its scripts run in every shell, and have no traps', () => {
  const scripts = ['*.sh', 'package/first-pages', 'package/debian/p*'].map(name => `scripts/${name}`)
  const { stdout } = spawnSync('shellcheck', globSync(scripts, { cwd: ROOT }), {
    cwd: ROOT,
    encoding: 'utf8',
  })
  assert.equal(stdout, '')
})

function install(root: string, ...options: readonly string[]) {
  return run(join(unpacked, 'install.sh'), options, { environment: { DESTDIR: root } })
}

function uninstall(root: string, ...options: readonly string[]) {
  return run(join(unpacked, 'uninstall.sh'), options, { environment: { DESTDIR: root } })
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

function filesIn(root: string): string[] {
  return globSync('**/*', { cwd: root, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}

/** The versions of the packages in a Depends field, by name; without alternatives. */
function dependencies(field: string): Map<string, string> {
  return new Map(
    field.split(',').flatMap(item => {
      const { name, version = '0' } =
        /^\s*(?<name>\S+)(?: \(>= (?<version>\S+)\))?\s*$/.exec(item)?.groups ?? {}
      return name === undefined ? [] : [[name, version] as const]
    }),
  )
}
