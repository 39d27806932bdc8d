import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Folder } from '../support/folder.ts'
import { type Outcome, Program, run } from '../support/program.ts'
import { eventually } from '../support/wait.ts'
import { debianPackage } from './debian-package.ts'

const EXAMPLES = join(import.meta.dirname, '../../etc/examples/container')
/** As `USER` of the Containerfile, without groups, capabilities, and ways to get any. */
const AS_USER = [
  ...['setpriv', '--reuid=10001', '--regid=10001', '--clear-groups', '--no-new-privs'],
  ...['--inh-caps=-all', '--bounding-set=-all'],
]
const BINARIES = '/image/usr'

/**
 * What an engine gives to a container with `--read-only --cap-drop all --security-opt no-new-privileges`: a root that
 * cannot be written to, with /run/webserver in memory, a network, and process numbers of its own. The libraries are those of
 * this machine.
 */
const CONTAIN = `set -e
cd "$1"
mount --bind . .
cd "$1"
for name in usr lib lib64 dev; do mount --rbind -o ro /$name $name; done
mount -t proc proc proc
mount -t tmpfs -o mode=1777,size=1m none run/webserver
mount -o remount,bind,ro .
ip link set lo up
exec chroot . ${AS_USER.join(' ')} ${BINARIES}/sbin/webserver`

let folder: Folder
let engine: Program
before(async () => {
  folder = new Folder()
  for (const name of ['usr', 'lib', 'lib64', 'dev', 'proc', 'run/webserver', 'etc/webserver', 'var/www/html'])
    mkdirSync(folder.resolve(name), { recursive: true })
  const { status } = spawnSync('dpkg-deb', ['--extract', debianPackage(), folder.resolve('image')])
  assert.equal(status, 0)
  copyFileSync(join(EXAMPLES, 'webserver.conf'), folder.resolve('etc/webserver/webserver.conf'))
  const page = folder.resolve('image/usr/share/webserver/www/index.html')
  copyFileSync(page, folder.resolve('var/www/html/index.html'))
  const own = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--propagation', 'private']
  engine = new Program('/usr/bin/unshare', [...own, 'sh', '-c', CONTAIN, 'sh', folder.path])
  await eventually(async () => {
    if (engine.code !== undefined) throw new Error(`The server has ended: ${engine.stderr}`)
    return pid() > 0 && (await ctl('status')).code === 0 ? true : undefined
  }, 'an answer of the server')
})
after(async () => {
  await engine?.[Symbol.asyncDispose]()
  folder?.[Symbol.dispose]()
})

/** Of the server, as seen from outside; 0 before there is one. */
function pid(): number {
  return Number(readFileSync(`/proc/${engine.pid}/task/${engine.pid}/children`, 'latin1').trim())
}

function inside(...kinds: readonly string[]): readonly string[] {
  return ['--target', `${pid()}`, ...kinds, '--']
}

/** As `HEALTHCHECK` and `preStop` have it run. */
function ctl(...args: readonly string[]): Promise<Outcome> {
  const kinds = ['--mount', '--net', '--pid', '--root', '--wd']
  return run('/usr/bin/nsenter', [...inside(...kinds), ...AS_USER, `${BINARIES}/bin/webserverctl`, ...args])
}

/** The status and the body of an answer. */
async function fetch(path: string): Promise<string> {
  const curl = ['curl', '--silent', '--show-error', '--write-out', '%{http_code}']
  return (await run('/usr/bin/nsenter', [...inside('--net'), ...curl, `http://127.0.0.1:8080${path}`])).stdout
}

describe('In a container', () => {
  test('the server is nobody, cannot write to its root, and has no capability', () => {
    const status = readFileSync(`/proc/${pid()}/status`, 'latin1')
    assert.match(status, /^Uid:\s10001\s10001\s10001\s10001$/m)
    assert.match(status, /^NSpid:\s\d+\s1$/m)
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      assert.match(status, new RegExp(`^Cap${set}:\\s0{16}$`, 'm'))
    assert.match(status, /^NoNewPrivs:\s1$/m)
    assert.match(readFileSync(`/proc/${pid()}/mountinfo`, 'latin1'), / \/ ro[, ]/)
  })

  test('it serves, and its log is on standard output', async () => {
    assert.match(await fetch('/'), /<\/html>\s*200$/)
    assert.match(await eventually(() => /^.*"GET \/ .*$/m.exec(engine.stdout)?.[0]), /^127\.0\.0\.1 - - \[/)
    assert.match(engine.stderr, /^notice: core: Serving \/var\/www\/html with webserver /m)
  })

  test('its health is asked without a line in the log, and a drain shows in it', async () => {
    assert.equal(await fetch('/-/health'), 'ok\n200')
    assert.equal((await ctl('drain', '--wait=10')).code, 0)
    assert.equal(await fetch('/-/health'), 'draining\n503')
    assert.ok(!engine.stdout.includes('/-/health'))
  })

  test('it stops in good order as process 1', async () => {
    process.kill(pid(), 'SIGTERM')
    assert.equal((await engine.outcome()).code, 0)
    assert.match(engine.stderr, /Stopped after /)
  })
})
