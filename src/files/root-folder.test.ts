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
  type StatSyncOptions,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { until } from '../../test/support/wait.ts'
import { type Containment, INSIDE, RootFolder } from './root-folder.ts'

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

/** Has something happen after a file was seen, and before it is known to lie below the root: as often as it may. */
function whileItIsLookedAt(happens: () => void, times = 1, containment: Containment = 'by its place'): void {
  const { statSync, readlinkSync } = fs
  let count = 0
  const isInTime = () => count++ < times
  if (containment === 'by its place')
    mock.method(fs, 'readlinkSync', (path: string, options: 'latin1') => {
      if (isInTime()) happens()
      return readlinkSync(path, options)
    })
  else
    mock.method(fs, 'statSync', (path: string, options: StatSyncOptions) => {
      const seen = statSync(path, options)
      if (isInTime()) happens()
      return seen
    })
  syncBuiltinESMExports()
}

/** What a descriptor of this process leads to; undefined for the one that has read the folder of them. */
function linkOf(descriptor: string): string | undefined {
  try {
    return fs.readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    return undefined
  }
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

function rootOf(name: string, followSymLinks: boolean, containment?: Containment): RootFolder {
  return new RootFolder(at(name), followSymLinks ? INSIDE : 'none', containment)
}

const WAYS = [true, false].flatMap(followSymLinks =>
  (['by the kernel', 'by its place'] as const).map(containment => ({ followSymLinks, containment })),
)

for (const { followSymLinks, containment } of WAYS) {
  const options = followSymLinks ? 'FollowSymLinks' : 'None'

  describe(`With Options ${options} a file, contained ${containment},`, () => {
    const lookUp = (happens: () => void, times?: number) => whileItIsLookedAt(happens, times, containment)

    test('that another replaces while it is opened is served as it is then', () => {
      const root = rootOf('www', followSymLinks, containment)
      write('www/page', 'old')
      lookUp(() => {
        write('www/next', 'new')
        renameSync(at('www/next'), at('www/page'))
      }, 10)
      assert.equal(opens(root, '/page'), 'new')
    })

    test('that is removed while it is opened is absent, not forbidden', () => {
      const root = rootOf('www', followSymLinks, containment)
      write('www/page')
      lookUp(() => rmSync(at('www/page')))
      assert.equal(opens(root, '/page'), 'absent')
    })

    test('whose folder is exchanged for another while it is opened is served out of one of them, then the new one', () => {
      const root = rootOf('www', followSymLinks, containment)
      write('www/page', 'old')
      mkdirSync(at('next'))
      write('next/page', 'new')
      lookUp(() => {
        renameSync(at('www'), at('previous'))
        renameSync(at('next'), at('www'))
      })
      // Where a path leads is looked up first, or last.
      assert.equal(opens(root, '/page'), containment === 'by the kernel' ? 'old' : 'new')
      assert.equal(opens(root, '/page'), 'new')
    })

    test('may be named as the kernel names one that was removed', () => {
      const root = rootOf('www', followSymLinks, containment)
      write('www/page (deleted)', 'alive')
      assert.equal(opens(root, '/page (deleted)'), 'alive')
      lookUp(() => {
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
      const root = rootOf('current', followSymLinks, containment)
      assert.equal(opens(root, '/page'), 'one/page')
      rmSync(at('current'))
      symlinkSync('two', at('current'))
      assert.equal(opens(root, '/page'), 'two/page')
    })

    test('that leads elsewhere each time it is looked at is forbidden in the end', () => {
      const root = rootOf('www', followSymLinks, containment)
      let count = 0
      const turn = () => {
        write(`secret-${++count}`)
        symlinkSync(at(`secret-${count}`), at('next'))
        renameSync(at('next'), at('www/page'))
      }
      turn()
      assert.equal(opens(root, '/page'), 'forbidden')
      const before = readdirSync('/proc/self/fd').length
      lookUp(turn, Number.POSITIVE_INFINITY)
      assert.equal(opens(root, '/page'), 'forbidden')
      assert.equal(readdirSync('/proc/self/fd').length, before)
    })
  })
}

for (const followSymLinks of [true, false]) {
  describe(`With Options ${followSymLinks ? 'FollowSymLinks' : 'None'} a folder`, () => {
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

describe('A link out of the root', () => {
  const CONTAINMENTS = ['by the kernel', 'by its place'] as const

  beforeEach(() => {
    mkdirSync(at('photos/old'), { recursive: true })
    mkdirSync(at('photographs'))
    write('photos/old/one')
    write('photographs/secret')
    symlinkSync('../photos/old/one', at('www/one'))
    symlinkSync(at('photos'), at('www/all'))
    symlinkSync('../photographs/secret', at('www/secret'))
    symlinkSync('../../photographs/secret', at('photos/old/secret'))
  })

  function rootWithPhotos(containment: Containment): RootFolder {
    return new RootFolder(at('www'), { mayLeadTo: [at('photos')] }, containment)
  }

  test('is followed to a folder that links may lead to, and to no other', () => {
    for (const root of CONTAINMENTS.map(rootWithPhotos)) {
      assert.equal(opens(root, '/one'), 'photos/old/one')
      assert.equal(opens(root, '/all'), 'folder')
      assert.equal(opens(root, '/all/old/one'), 'photos/old/one')
      assert.equal(opens(root, '/secret'), 'forbidden')
      assert.equal(opens(root, '/all/old/secret'), 'forbidden')
      assert.deepEqual(lists(root, ''), ['all', 'one'])
      assert.deepEqual(lists(root, '/all/old'), ['one'])
      assert.equal(root.look('/secret'), undefined)
      assert.equal(root.look('/one')?.isFile(), true)
    }
  })

  test('is followed to where the folder lies now, which may be a link', () => {
    const roots = CONTAINMENTS.map(rootWithPhotos)
    renameSync(at('photos'), at('disk'))
    symlinkSync('disk', at('photos'))
    for (const root of roots) assert.equal(opens(root, '/one'), 'photos/old/one')
    rmSync(at('photos'))
    symlinkSync('photographs', at('photos'))
    for (const root of roots) {
      assert.equal(opens(root, '/one'), 'absent')
      assert.equal(opens(root, '/all/secret'), 'photographs/secret')
    }
  })

  test('is followed by nobody who follows none', () => {
    for (const containment of CONTAINMENTS)
      assert.equal(opens(new RootFolder(at('www'), 'none', containment), '/one'), 'forbidden')
  })
})

describe('The kernel', () => {
  /** How often the place of an open file is looked up meanwhile. */
  function looksUp(action: () => void): number {
    const readlink = mock.method(fs, 'readlinkSync')
    syncBuiltinESMExports()
    action()
    mock.restoreAll()
    syncBuiltinESMExports()
    return readlink.mock.callCount()
  }

  for (const followSymLinks of [true, false]) {
    test(`alone decides what lies below the root with FollowSymLinks ${followSymLinks}`, () => {
      const root = rootOf('www', followSymLinks)
      mkdirSync(at('www/docs'))
      write('www/docs/page')
      write('www/caf\u00e9')
      const paths = ['/docs/page', '/caf\u00c3\u00a9', '/docs', '', '/docs/nothing']
      const found = ['www/docs/page', 'www/caf\u00e9', 'folder', 'folder', 'absent']
      assert.equal(
        looksUp(() =>
          assert.deepEqual(
            paths.map(path => opens(root, path)),
            found,
          ),
        ),
        0,
      )
    })
  }

  test('follows a link that stays below the root; of any other the place is looked up', () => {
    const root = rootOf('www', true)
    write('secret')
    write('www/page')
    symlinkSync('page', at('www/relative'))
    symlinkSync(at('www/page'), at('www/absolute'))
    symlinkSync('../secret', at('www/outside'))
    const looks = ['/relative', '/absolute', '/outside'].map(path =>
      looksUp(() => assert.equal(opens(root, path), path === '/outside' ? 'forbidden' : 'www/page')),
    )
    assert.deepEqual(looks, [0, 1, 1])
  })

  test('goes on in what the root leads to now', () => {
    for (const release of ['one', 'two']) {
      mkdirSync(at(release))
      write(`${release}/${release}`)
      write(`${release}/page`)
    }
    symlinkSync('one', at('current'))
    const root = rootOf('current', true)
    assert.equal(opens(root, '/page'), 'one/page')
    symlinkSync('two', at('next'))
    renameSync(at('next'), at('current'))
    assert.equal(opens(root, '/two'), 'two/two')
    assert.equal(
      looksUp(() => assert.equal(opens(root, '/page'), 'two/page')),
      0,
    )
    assert.equal(opens(root, '/one'), 'absent')
  })

  test('lets go of the root when nobody has asked for a while, so that it can be unmounted', t => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const isHeld = () => readdirSync('/proc/self/fd').some(name => linkOf(name) === at('www'))
    using root = rootOf('www', true)
    write('www/page')
    for (let time = 0; time < 3; time++) {
      assert.equal(opens(root, '/page'), 'www/page')
      t.mock.timers.tick(1000)
      assert.ok(isHeld())
      t.mock.timers.tick(1000)
      assert.ok(!isHeld())
    }
  })

  test('is let go of with the root, and everything is found all the same', () => {
    const before = readdirSync('/proc/self/fd').length
    const root = rootOf('www', true)
    write('www/page')
    assert.equal(opens(root, '/page'), 'www/page')
    assert.equal(readdirSync('/proc/self/fd').length, before + 1)
    root[Symbol.dispose]()
    assert.equal(opens(root, '/page'), 'www/page')
    assert.equal(readdirSync('/proc/self/fd').length, before)
  })
})

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
