import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import type { Folder } from '../support/folder.ts'
import { until } from '../support/wait.ts'

const MIB = 1024 ** 2

test('Logs on an ext4 that gets full lose no line uncounted and tear none, and go on when there is room', async () => {
  const config = ['LogRotate size 64K', 'LogKeep 1000 files', 'CustomLog var/log/access.log "%q end"']
  await using daemon = await Daemon.start({ files: { 'a.txt': 'a' }, config, mounting: smallExt4 })
  // Through its process, as only that sees what is mounted.
  const folder = join(`/proc/${daemon.pid}/root`, daemon.folder.resolve('var/log'))
  const ballast = join(folder, 'ballast')
  const accessLog = async () => (await daemon.status()).logs.find(({ path }) => path.endsWith('access.log'))
  const padding = 'x'.repeat(2000)
  let asked = 0
  const ask = async () => assert.equal((await daemon.ask(get(`/a.txt?${asked++}.${padding}`))).status, 200)
  const askUntil = (state: 'ok' | 'failing') =>
    until(async () => {
      await ask()
      return (await accessLog())?.state === state
    }, `the log to be ${state}`)

  for (let count = 0; count < 50; count++) await ask()
  fill(ballast)
  await askUntil('failing')
  for (let count = 0; count < 50; count++) await ask()
  assert.equal((await daemon.ctl('reopen')).code, 0)
  await daemon.reconfigure(...config, 'KeepAlive Off')
  assert.match((await accessLog())?.lastError ?? '', /no space left on device/)

  rmSync(ballast)
  await askUntil('ok')
  for (let count = 0; count < 50; count++) await ask()
  let lines: string[] = []
  let lost = 0
  await until(async () => {
    lost = (await accessLog())?.linesLost ?? 0
    lines = linesIn(folder)
    return lines.length + lost >= asked
  }, 'every request to be in the log, or counted as lost')
  assert.equal(lines.length + lost, asked)
  assert.ok(lost > 0)
  assert.equal(new Set(lines).size, lines.length)
  for (const line of lines) assert.match(line, /^\?\d+\.x{2000} end$/)
  assert.equal(await daemon.stop(), 0)
})

/** Of 4 MiB, in a file beside what is served. */
function smallExt4(folder: Folder): string {
  const image = folder.resolve('disk.img')
  writeFileSync(image, '')
  truncateSync(image, 4 * MIB)
  return `mkfs.ext4 -q -m 0 ${image} && mount -o loop ${image} ${folder.resolve('var/log')} || exit`
}

/** Leaves no room for another byte. */
function fill(path: string): void {
  for (let size = MIB; size >= 1; size /= 2) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
}

/** Of the access log and all that was rotated; a file that is being compressed, or has just been, counts once. */
function linesIn(folder: string): string[] {
  const names = readdirSync(folder).filter(name => name.startsWith('access.log') && !name.endsWith('.tmp'))
  const whole = names.filter(name => !names.includes(name.replace(/\.gz$/, '')) || !name.endsWith('.gz'))
  return whole.flatMap(name => textOf(join(folder, name)).split('\n').slice(0, -1))
}

/** Of a log file, even when it is compressed before it is opened. */
function textOf(path: string): string {
  if (path.endsWith('.gz')) return `${gunzipSync(readFileSync(path))}`
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    return textOf(`${path}.gz`)
  }
}

describe('While a disk does not answer, a server that needs it', () => {
  const FILES = { 'a.txt': 'a', 'disk/page.txt': 'page', 'b.txt': 'b' }
  for (const [what, { folder, target }] of Object.entries({
    'a file': { folder: 'var/www/disk', target: '/disk/page.txt' },
    'a sidecar': { folder: 'var/www/disk', target: '/disk/absent.txt' },
    'a log': { folder: 'var/log', target: '/b.txt' },
  })) {
    test(`for ${what} waits, and then goes on as if nothing had been`, async () => {
      await using daemon = await Daemon.start({ files: FILES, mounting: stoppable(folder) })
      using disk = new Disk(daemon)
      assert.equal((await daemon.ask(get('/a.txt'))).status, 200)
      disk.stop()
      using client = await daemon.connect()
      client.send(get(target, 'Accept-Encoding: br'))
      await until(() => isWaitingForDisk(daemon), 'the server to wait for the disk')

      const { code, stderr } = await daemon.ctl('status')
      assert.equal(code, 1)
      assert.match(
        stderr,
        /^No reply within 5 s: the server is held up, perhaps by a disk that does not answer;/,
      )
      using other = await daemon.connect()
      other.send(get('/a.txt'))

      disk.goOn()
      assert.equal((await client.response()).status, target.includes('absent') ? 404 : 200)
      assert.equal((await other.response()).status, 200)
      assert.equal((await daemon.status()).requests.total, 3)
      assert.equal(await daemon.stop(), 0)
    })
  }

  test('stops once the disk answers, and by SIGKILL at once', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await using daemon = await Daemon.start({ files: FILES, mounting: stoppable('var/www/disk') })
      using disk = new Disk(daemon)
      disk.stop()
      using client = await daemon.connect()
      client.send(get('/disk/page.txt'))
      await until(() => isWaitingForDisk(daemon), 'the server to wait for the disk')
      daemon.program.signal(signal)
      if (signal === 'SIGTERM') disk.goOn()
      assert.equal((await daemon.program.outcome()).code, signal === 'SIGTERM' ? 0 : 'SIGKILL')
      if (signal === 'SIGTERM') assert.equal((await client.response()).status, 200)
    }
  })
})

/** Mounts a folder upon itself, through a process that can be stopped. */
function stoppable(name: string): (folder: Folder) => string {
  return folder => {
    const path = folder.resolve(name)
    return `bindfs -f ${path} ${path} >/dev/null 2>&1 &
      echo $! >${folder.resolve('disk.pid')}
      until mountpoint -q ${path}; do kill -0 $! || exit; sleep 0.05; done`
  }
}

/** The process behind a mount of {@link stoppable}. */
class Disk implements Disposable {
  readonly #pid: number

  constructor(daemon: Daemon) {
    this.#pid = Number(daemon.folder.read('disk.pid'))
  }

  stop(): void {
    process.kill(this.#pid, 'SIGSTOP')
  }

  goOn(): void {
    process.kill(this.#pid, 'SIGCONT')
  }

  /** Whoever waits for it is told that it has gone. */
  [Symbol.dispose](): void {
    process.kill(this.#pid, 'SIGKILL')
  }
}

/** proc(5): its main thread is where the kernel waits for an answer of FUSE. */
function isWaitingForDisk({ pid }: Daemon): boolean {
  return /^(request_wait_answer|fuse_)/.test(readFileSync(`/proc/${pid}/wchan`, 'latin1'))
}
