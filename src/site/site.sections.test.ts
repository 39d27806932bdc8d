import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ask, openSite } from '../../test/support/site.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { Site } from './site.ts'

let folder: ReturnType<typeof temporaryFolder>
const now = Date.now() + 10_000

beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(join(folder.path, 'www'))
})
afterEach(() => folder[Symbol.dispose]())

function write(...names: readonly string[]): void {
  for (const name of names) {
    const path = join(folder.path, 'www', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, name)
    const time = Math.floor(now / 1000) - 3600
    utimesSync(path, time, time)
  }
}

function section(tag: string, ...lines: readonly string[]): string[] {
  return [`<${tag}>`, ...lines, `</${tag.split(' ')[0]}>`]
}

function headerOf(site: Site, path: string, name: string): string | undefined {
  const answer = ask(site, now, path)
  assert.equal(ask(site, now, path), answer, 'as it is remembered')
  return new RegExp(`\r\n${name}: (.*)\r\n`).exec(answer)?.[1]
}

function statusOf(site: Site, path: string): number {
  return Number(ask(site, now, path).slice(9, 12))
}

function bodyOf(site: Site, path: string): string {
  return ask(site, now, path).split('\r\n\r\n').slice(1).join('\r\n\r\n')
}

/** The section that had the last word, of some that each say their name. */
function winner(sections: readonly string[], path: string): string | undefined {
  const lines = sections.flatMap(tag =>
    section(tag.replace(' $', ` ${folder.path}/www`), `Header set X-Last '${tag}'`),
  )
  using site = openSite(folder.path, lines)
  return headerOf(site, path, 'X-Last')
}

describe('Which section has the last word', () => {
  test('is decided by the kind, then the depth of folders, then the order of the file', () => {
    write('a/b/c.txt')
    const path = '/a/b/c.txt'
    for (const [sections, last] of [
      [['Directory $/a/b', 'Directory $/a'], 'Directory $/a/b'],
      [['Directory $/a/*', 'Directory $/a'], 'Directory $/a/*'],
      [['Directory $/*/b', 'Directory $/a/b'], 'Directory $/a/b'],
      [['Directory $/a/b', 'Directory /'], 'Directory $/a/b'],
      [['DirectoryMatch c', 'Directory $/a/b'], 'DirectoryMatch c'],
      [['FilesMatch c', 'Files *.txt'], 'Files *.txt'],
      [['LocationMatch /a', 'Location /a/b'], 'Location /a/b'],
      [['Files c.txt', 'Directory $/a/b/c.txt'], 'Files c.txt'],
      [['Files c.txt', 'Files *.txt'], 'Files *.txt'],
      [['Location /', 'Files c.txt'], 'Location /'],
      [['Location /a/b', 'Location /a'], 'Location /a'],
    ] as const)
      assert.equal(winner(sections, path), last, sections.join())
  })

  test('those of the host come after those of the server, whatever their order', () => {
    write('a.txt')
    const set = (value: string) => `Header set X-Last ${value}`
    using site = openSite(folder.path, [
      '<VirtualHost *>',
      'DocumentRoot www',
      ...section('Directory www', set('host')),
      ...section('Files *.txt', set('host-files')),
      '</VirtualHost>',
      ...section('Directory www', set('server')),
    ])
    assert.equal(headerOf(site, '/a.txt', 'X-Last'), 'host-files')
    assert.equal(headerOf(site, '/', 'X-Last'), undefined, 'not on errors')
  })

  test('files within a folder come after others', () => {
    write('a/b.txt')
    using site = openSite(folder.path, [
      ...section('Directory www/a', ...section('Files b.txt', 'Header set X-Last inner')),
      ...section('Files b.txt', 'Header set X-Last outer'),
    ])
    assert.equal(headerOf(site, '/a/b.txt', 'X-Last'), 'inner')
  })
})

test('a section holds for the paths that Apache has it hold for, and no others', () => {
  write('a/x', 'ab', 'A/x', 'a/b/c.css')
  for (const [tag, yes, no] of [
    ['Directory $/a', ['/a/x', '/a/b/c.css'], ['/ab', '/A/x']],
    ['Directory $/ab', ['/ab'], ['/a/x']],
    ['Directory $/a/', ['/a/x'], ['/ab']],
    ['Directory $/?', ['/a/x', '/A/x'], ['/ab']],
    ['Directory $/[a-z]/*', ['/a/x', '/a/b/c.css'], ['/A/x', '/ab']],
    ['Files x', ['/a/x', '/A/x'], ['/ab']],
    ['Files *.css', ['/a/b/c.css'], ['/a/x']],
    ['Files X', [], ['/a/x']],
    ['Location /a', ['/a/x', '/a/b/c.css'], ['/ab', '/A/x']],
    ['Location /a/', ['/a/x'], ['/ab']],
    ['Location /a*', ['/ab'], ['/a/x', '/a/b/c.css']],
    ['Location /*/x', ['/a/x', '/A/x'], ['/ab', '/a/b/c.css']],
    ['DirectoryMatch /a/[^/]+$', ['/a/x'], ['/a/b/c.css', '/ab']],
    ['Directory ~ "/b/"', ['/a/b/c.css'], ['/a/x']],
    ['FilesMatch "\\.(css|js)$"', ['/a/b/c.css'], ['/a/x', '/a/']],
    ['Files ~ ^x', ['/a/x'], ['/a/b/c.css']],
    ['LocationMatch ^/(a|A)/x', ['/a/x', '/A/x'], ['/ab']],
    ['LocationMatch "(?i)^/AB$"', ['/ab'], ['/a/x']],
  ] as const) {
    for (const path of yes) assert.equal(winner([tag], path), tag, `${tag} ${path}`)
    for (const path of no) assert.equal(winner([tag], path), undefined, `${tag} ${path}`)
  }
  assert.equal(winner(['Location /a'], '//a/%78'), 'Location /a', 'however the path is written')
})

test('the index of a folder is answered by the rules of its own name', () => {
  write('index.html', 'a/other.html')
  using site = openSite(folder.path, [
    ...section('Files index.html', 'Header set X-Last index', 'ExpiresDefault 0'),
    ...section('Location /a', 'DirectoryIndex /a/none other.html /index.html'),
    ...section('Location /none', 'DirectoryIndex disabled', 'Options +Indexes'),
  ])
  assert.equal(headerOf(site, '/', 'X-Last'), 'index')
  assert.equal(headerOf(site, '/', 'Cache-Control'), 'max-age=0')
  assert.equal(bodyOf(site, '/a/'), 'a/other.html')
  mkdirSync(join(folder.path, 'www/a/b'))
  assert.equal(bodyOf(site, '/a/b/'), 'index.html')
})

test('Options, types, fallbacks, error pages and names may differ from folder to folder', () => {
  write('app/index.html', 'app/assets/a.js', 'data/.zarray', 'down/x.html', 'down/y.bak', 'bare/z')
  using site = openSite(folder.path, [
    'ErrorDocument 404 "nothing"',
    ...section('Directory www/app', 'FallbackResource /app/index.html', 'Options +Indexes'),
    ...section(
      'Directory www/app/assets',
      'FallbackResource disabled',
      'Options None',
      'ErrorDocument 404 default',
    ),
    ...section('Directory www/data', 'AllowDotNames .zarray'),
    ...section(
      'Directory www/down',
      'Options +Indexes',
      'ForceType application/octet-stream',
      'IndexIgnore *.bak',
    ),
    ...section('Location /bare', 'DirectorySlash Off'),
  ])
  assert.equal(bodyOf(site, '/none'), 'nothing')
  assert.equal(bodyOf(site, '/app/some/page'), 'app/index.html')
  assert.equal(statusOf(site, '/app/assets/none.js'), 404)
  assert.match(bodyOf(site, '/app/assets/none.js'), /<html/)
  assert.equal(statusOf(site, '/app/assets/'), 403)
  assert.equal(bodyOf(site, '/data/.zarray'), 'data/.zarray')
  assert.equal(statusOf(site, '/app/.zarray'), 404)
  assert.equal(headerOf(site, '/down/x.html', 'Content-Type'), 'application/octet-stream')
  assert.match(bodyOf(site, '/down/'), /x\.html/)
  assert.doesNotMatch(bodyOf(site, '/down/'), /y\.bak/)
  assert.equal(bodyOf(site, '/down/y.bak'), 'down/y.bak')
  assert.deepEqual([statusOf(site, '/bare'), statusOf(site, '/app')], [403, 301])
})

test('a link is followed where its folder says so, whatever is said of its path', () => {
  write('a/file', 'b/file')
  for (const name of ['a', 'b']) symlinkSync('file', join(folder.path, 'www', name, 'link'))
  using site = openSite(folder.path, [
    ...section('Directory www/a', 'Options None'),
    ...section('Location /a', 'Options +FollowSymLinks'),
    ...section('Location /b', 'Options None'),
  ])
  assert.deepEqual(
    ['/a/link', '/b/link'].map(path => statusOf(site, path)),
    [403, 200],
  )
})

test('fields apply in order, from the outermost section to the innermost', () => {
  write('a/b')
  using site = openSite(folder.path, [
    'Header set X-A one',
    'Header append X-A two',
    'Header set X-B outside',
    ...section('Directory www/a', 'Header append X-A three', 'Header unset X-B'),
  ])
  assert.equal(headerOf(site, '/a/b', 'X-A'), 'one, two, three')
  assert.equal(headerOf(site, '/a/b', 'X-B'), undefined)
})

test('many paths under few sections share what holds for them, and what is known of files', () => {
  const names = Array.from({ length: 600 }, (_, index) => `a/${index}.txt`)
  write(...names)
  using site = openSite(folder.path, [...section('Location /a', 'Header set X-A yes')])
  for (let round = 0; round < 2; round++) {
    for (const name of names) assert.equal(headerOf(site, `/${name}`, 'X-A'), 'yes')
    assert.equal(site.fileCache.count, names.length)
  }
})
