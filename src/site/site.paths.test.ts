import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { openFilesBelow } from '../../test/support/open-files.ts'
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
    const path = join(folder.path, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, name)
  }
}

/** The status, and where the client is sent or what it gets. */
function answer(site: Site, path: string): string {
  const text = ask(site, now, path)
  assert.equal(ask(site, now, path), text)
  const [head = '', body] = text.split('\r\n\r\n')
  const location = /\r\nLocation: (.*)/.exec(head)?.[1]
  return `${head.slice(9, 12)} ${location ?? (head.startsWith('HTTP/1.1 200') ? body : '')}`.trimEnd()
}

describe('Alias', () => {
  test('serves a folder elsewhere, by whole names, the first in the file, with its index and listing', () => {
    write('one/a.txt', 'one/b/index.html', 'two/c.txt', 'www/icons/hidden.txt', 'www/iconsx')
    using site = openSite(folder.path, [
      'Alias /icons one',
      'Alias /icons/two/ two/',
      'Alias /more/two/ two/',
      'Options +Indexes',
    ])
    for (const [path, expected] of [
      ['/icons/a.txt', '200 one/a.txt'],
      ['/icons', '301 icons/'],
      ['/icons/b/', '200 one/b/index.html'],
      ['/icons/b', '301 b/'],
      ['/icons/two/c.txt', '404'],
      ['/more/two/c.txt', '200 two/c.txt'],
      ['/more/two', '301 two/'],
      ['/icons/hidden.txt', '404'],
      ['/iconsx', '200 www/iconsx'],
      ['/icons/../two/c.txt', '404'],
      ['/icons/%2e%2e/two/c.txt', '404'],
    ] as const)
      assert.equal(answer(site, path), expected, path)
    assert.match(answer(site, '/icons/'), /a\.txt/)
    assert.equal(answer(site, '/icons/b/../a.txt'), '200 one/a.txt')
  })

  test('lets no link lead out of its folder, and has the rules of its folder', () => {
    write('one/a.txt', 'www/w.txt', 'two/secret')
    symlinkSync('../www/w.txt', join(folder.path, 'one/to-www'))
    symlinkSync('../two/secret', join(folder.path, 'one/to-two'))
    symlinkSync('a.txt', join(folder.path, 'one/to-a'))
    using site = openSite(folder.path, [
      'Alias /one one',
      '<Directory one>',
      'Header set X-One yes',
      '</Directory>',
      '<Directory www>',
      'Header set X-Www yes',
      '</Directory>',
    ])
    assert.deepEqual(
      ['/one/to-www', '/one/to-two', '/one/to-a'].map(path => answer(site, path)),
      ['403', '403', '200 one/a.txt'],
    )
    assert.match(ask(site, now, '/one/a.txt'), /X-One: yes\r\n/)
    assert.doesNotMatch(ask(site, now, '/one/a.txt'), /X-Www/)
    assert.match(ask(site, now, '/w.txt'), /X-Www: yes\r\n/)
  })
})

describe('CleanUrls', () => {
  const FILES = [
    'about.html',
    'both',
    'both.html',
    'folder/index.html',
    'twice.html',
    'twice/x',
    'a:b.html',
    'bare.htm',
    '.html',
  ]

  test('serves a page without the end of its name, and sends clients there', () => {
    write(...FILES.map(name => `www/${name}`))
    using site = openSite(folder.path, [
      'CleanUrls On',
      'DirectoryIndex index.html home.html',
      'FileCacheSize off',
    ])
    for (const [path, expected] of [
      ['/about', '200 www/about.html'],
      ['/about.html', '301 about'],
      ['/about.html?q=%C3%A9', '301 about?q=%C3%A9'],
      ['/about/', '404'],
      ['/both', '200 www/both'],
      ['/both.html', '200 www/both.html'],
      ['/folder/index.html', '301 ./'],
      ['/folder/index', '200 www/folder/index.html'],
      ['/folder/', '200 www/folder/index.html'],
      ['/folder', '301 folder/'],
      ['/twice', '200 www/twice.html'],
      ['/twice/x', '200 www/twice/x'],
      ['/a:b.html', '301 a%3Ab'],
      ['/bare', '404'],
      ['/none.html', '404'],
      ['/.html', '404'],
    ] as const)
      assert.equal(answer(site, path), expected, path)
    assert.equal(openFilesBelow(join(folder.path, 'www')).length, 0)
  })

  test('may be switched on for a part of a site, and a page by its own rules', () => {
    write('www/a/page.html', 'www/b/page.html')
    using site = openSite(folder.path, [
      '<Location /a>',
      'CleanUrls On',
      '</Location>',
      '<Files *.html>',
      'Header set X-Page yes',
      '</Files>',
    ])
    assert.equal(answer(site, '/b/page.html'), '200 www/b/page.html')
    assert.equal(answer(site, '/b/page'), '404')
    assert.match(ask(site, now, '/a/page'), /X-Page: yes\r\n/)
  })
})

describe('RedirectMatch', () => {
  test('sends elsewhere whatever its expression is found in, in the order of the file', () => {
    using site = openSite(folder.path, [
      'RedirectMatch permanent "^/(\\d+)/(.*)\\.php$" /archive/$1/$2.html',
      'RedirectPermanent /7 /seven',
      'RedirectTemp /8 /eight',
      'RedirectMatch gone \\.bak$',
      'RedirectMatch ^/whole$ https://www.example.com/$0/$9',
    ])
    for (const [path, expected] of [
      ['/7/a.php', '301 /archive/7/a.html'],
      ['/7/a.php?q', '301 /archive/7/a.html?q'],
      ['/7/a', '301 /seven/a'],
      ['/8/a', '302 /eight/a'],
      ['/7/%3fx%23y%20z.php', '301 /archive/7/%3Fx%23y%20z.html'],
      ['/x.bak', '410'],
      ['/whole', '302 https://www.example.com//whole/'],
      ['/other', '404'],
    ] as const)
      assert.equal(answer(site, path), expected, path)
  })

  test('leads to no host that a client has made up, whatever that asks for', () => {
    using site = openSite(folder.path, [
      'RedirectMatch ^/a(.*)$ /$1',
      'RedirectMatch ^/b(.*)$ https://www.example.com/$1',
    ])
    const piece = fc.constantFrom(
      '/',
      '//',
      '\\',
      '@',
      ':',
      '%2f',
      '%5c',
      '.',
      'evil.example',
      '?',
      '%0d%0a',
      ';',
    )
    fc.assert(
      fc.property(fc.constantFrom('a', 'b'), fc.array(piece), (first, pieces) => {
        const path = `/${first}${pieces.join('')}`
        const location = /^30\d (.*)$/.exec(answer(site, path))?.[1]
        if (location === undefined) return
        const { host } = new URL(location, 'https://www.example.com/')
        assert.equal(host, 'www.example.com', path)
      }),
    )
  })
})
