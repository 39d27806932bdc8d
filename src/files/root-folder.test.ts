import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import fs, {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { until } from '../../test/support/wait.ts'
import { RootFolder } from './root-folder.ts'

let folder: ReturnType<typeof temporaryFolder>

beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(at('www'))
})

afterEach(() => {
  mock.restoreAll()
  syncBuiltinESMExports()
  folder[Symbol.dispose]()
})

function at(name: string): string {
  return join(folder.path, name)
}

function write(name: string, content = name): void {
  writeFileSync(at(name), content)
}

/** Has something happen after a file was opened, and before it is known where it is: as often as it may. */
function whileItIsLookedAt(happens: () => void, times = 1): void {
  const readlink = fs.readlinkSync
  let count = 0
  mock.method(fs, 'readlinkSync', (path: string, options: 'latin1') => {
    if (count++ < times) happens()
    return readlink(path, options)
  })
  syncBuiltinESMExports()
}

/** What it opens by this path: the content of a file, or the kind of anything else. */
function opens(root: RootFolder, path: string): string {
  const opened = root.open(path)
  if (opened.kind !== 'file') return opened.kind
  try {
    return readFileSync(opened.descriptor, 'utf8')
  } finally {
    closeSync(opened.descriptor)
  }
}

function lists(root: RootFolder, path: string): readonly string[] | string {
  using opened = new DisposableStack()
  const found = root.openFolder(path)
  if ('kind' in found) return found.kind
  return [...opened.use(found).entries()].flatMap(entry => entry?.name ?? []).sort()
}

function rootOf(name: string, followSymLinks: boolean): RootFolder {
  return new RootFolder(at(name), followSymLinks)
}

for (const followSymLinks of [true, false]) {
  const options = followSymLinks ? 'FollowSymLinks' : 'None'

  describe(`With Options ${options} a file`, () => {
    test('that another replaces while it is opened is served as it is then', () => {
      const root = rootOf('www', followSymLinks)
      write('www/page', 'old')
      whileItIsLookedAt(() => {
        write('www/next', 'new')
        renameSync(at('www/next'), at('www/page'))
      }, 10)
      assert.equal(opens(root, '/page'), 'new')
    })

    test('that is removed while it is opened is absent, not forbidden', () => {
      const root = rootOf('www', followSymLinks)
      write('www/page')
      whileItIsLookedAt(() => rmSync(at('www/page')))
      assert.equal(opens(root, '/page'), 'absent')
    })

    test('whose folder is exchanged for another while it is opened is served out of the new one', () => {
      const root = rootOf('www', followSymLinks)
      write('www/page', 'old')
      mkdirSync(at('next'))
      write('next/page', 'new')
      whileItIsLookedAt(() => {
        renameSync(at('www'), at('previous'))
        renameSync(at('next'), at('www'))
      })
      assert.equal(opens(root, '/page'), 'new')
    })

    test('may be named as the kernel names one that was removed', () => {
      const root = rootOf('www', followSymLinks)
      write('www/page (deleted)', 'alive')
      assert.equal(opens(root, '/page (deleted)'), 'alive')
      whileItIsLookedAt(() => {
        write('www/next', 'new')
        renameSync(at('www/next'), at('www/page (deleted)'))
      })
      assert.equal(opens(root, '/page (deleted)'), 'new')
    })

    test('is found in another release once the root, a link, leads there', () => {
      for (const release of ['one', 'two']) {
        mkdirSync(at(release))
        write(`${release}/page`)
      }
      symlinkSync('one', at('current'))
      const root = rootOf('current', followSymLinks)
      assert.equal(opens(root, '/page'), 'one/page')
      rmSync(at('current'))
      symlinkSync('two', at('current'))
      assert.equal(opens(root, '/page'), 'two/page')
    })

    test('that leads elsewhere each time it is looked at is forbidden in the end', () => {
      const root = rootOf('www', followSymLinks)
      let count = 0
      const turn = () => {
        write(`secret-${++count}`)
        symlinkSync(at(`secret-${count}`), at('next'))
        renameSync(at('next'), at('www/page'))
      }
      turn()
      const before = readdirSync('/proc/self/fd').length
      whileItIsLookedAt(turn, Number.POSITIVE_INFINITY)
      assert.equal(opens(root, '/page'), 'forbidden')
      assert.equal(readdirSync('/proc/self/fd').length, before)
    })
  })

  describe(`With Options ${options} a folder`, () => {
    test('that another replaces, or that is removed, while it is opened is listed as it is then', () => {
      const root = rootOf('www', followSymLinks)
      mkdirSync(at('www/docs'))
      mkdirSync(at('next'))
      write('next/new')
      whileItIsLookedAt(() => {
        rmdirSync(at('www/docs'))
        renameSync(at('next'), at('www/docs'))
      })
      assert.deepEqual(lists(root, '/docs'), ['new'])
      whileItIsLookedAt(() => rmSync(at('www/docs'), { recursive: true }))
      assert.equal(lists(root, '/docs'), 'absent')
    })
  })
}

describe('Without FollowSymLinks a link', () => {
  test('is refused also when its file is removed while it is opened, whatever the kernel calls that then', () => {
    const root = rootOf('www', false)
    write('www/page')
    symlinkSync('page', at('www/page (deleted)'))
    assert.equal(opens(root, '/page (deleted)'), 'forbidden')
    whileItIsLookedAt(() => {
      write('next', 'new')
      renameSync(at('next'), at('www/page'))
    })
    assert.equal(opens(root, '/page (deleted)'), 'forbidden')
  })
})

describe('A file outside the root', () => {
  test('is refused also when it is removed or replaced while it is opened through a link', () => {
    const root = rootOf('www', true)
    write('secret')
    symlinkSync(at('secret'), at('www/page'))
    whileItIsLookedAt(() => {
      write('next')
      renameSync(at('next'), at('secret'))
    })
    assert.equal(opens(root, '/page'), 'forbidden')
    whileItIsLookedAt(() => rmSync(at('secret')))
    assert.equal(opens(root, '/page'), 'absent')
  })

  test('is not taken for the root because it was removed and the root is named so', () => {
    mkdirSync(at('site (deleted)'))
    const root = rootOf('site (deleted)', true)
    write('site', 'secret')
    symlinkSync(at('site'), at('site (deleted)/page'))
    whileItIsLookedAt(() => {
      linkSync(at('site'), at('kept'))
      renameSync(at('kept'), at('site-kept'))
      rmSync(at('site'))
      write('site', 'another secret')
    })
    assert.equal(opens(root, '/page'), 'forbidden')
  })
})

describe('A link in a listing', () => {
  test('is shown also when another file replaces the one it leads to meanwhile', () => {
    const root = rootOf('www', true)
    write('www/file')
    symlinkSync('file', at('www/link'))
    const readlink = fs.readlinkSync
    mock.method(fs, 'readlinkSync', (path: string, options: 'latin1') => {
      if (readlink(path).endsWith('/file')) {
        write('www/.next')
        renameSync(at('www/.next'), at('www/file'))
        mock.restoreAll()
        syncBuiltinESMExports()
      }
      return readlink(path, options)
    })
    syncBuiltinESMExports()
    assert.deepEqual(lists(root, ''), ['file', 'link'])
  })
})

describe('A FIFO', () => {
  test('is absent, and whoever waits to write into it goes on waiting', async () => {
    const root = rootOf('www', true)
    execFileSync('mkfifo', [at('www/pipe')])
    symlinkSync('pipe', at('www/link'))
    using processes = new DisposableStack()
    const script = 'echo > started; echo written > www/pipe'
    const writer = spawn('sh', ['-c', script], { cwd: folder.path, stdio: 'ignore' })
    processes.adopt(writer, each => each.kill('SIGKILL'))
    // By then all it can sleep for is a reader.
    await until(
      () => existsSync(at('started')) && / S /.test(readFileSync(`/proc/${writer.pid}/stat`, 'latin1')),
    )
    for (const path of ['/pipe', '/link']) assert.equal(opens(root, path), 'absent')
    const read = execFileSync('cat', [at('www/pipe')], { encoding: 'utf8', timeout: 10_000 })
    assert.equal(read, 'written\n')
  })
})
