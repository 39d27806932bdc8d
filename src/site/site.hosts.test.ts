import assert from 'node:assert/strict'
import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { answerTo, openSite } from '../../test/support/site.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { Site } from './site.ts'

let folder: ReturnType<typeof temporaryFolder>
const now = Date.now() + 10_000

beforeEach(() => {
  folder = temporaryFolder()
  for (const name of ['www', 'one', 'two', 'three']) write(`${name}/index.html`, name)
})
afterEach(() => folder[Symbol.dispose]())

function write(name: string, content: string): void {
  const path = join(folder.path, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  const time = Math.floor(now / 1000) - 3600
  utimesSync(path, time, time)
}

function host(address: string, root: string, ...lines: readonly string[]): string[] {
  return [`<VirtualHost ${address}>`, `DocumentRoot ${root}`, ...lines, '</VirtualHost>']
}

interface Asked {
  readonly host?: string | undefined
  readonly at?: string
  readonly path?: string
}

/** What is answered, twice, since the second answer is remembered. */
function answer(site: Site, { host: name, at = '192.0.2.80 8080', path = '/' }: Asked): string {
  const [localAddress = '', port] = at.split(' ')
  const text =
    name === undefined ? `GET ${path} HTTP/1.0\r\n\r\n` : `GET ${path} HTTP/1.1\r\nHost: ${name}\r\n\r\n`
  const peer = { address: '192.0.2.1', port: 50_000 }
  const ask = () => answerTo(site, text, peer, now, { localAddress, localPort: Number(port) })
  const first = ask()
  assert.equal(ask(), first)
  return first
}

function bodyOf(site: Site, asked: Asked): string {
  return answer(site, asked).split('\r\n\r\n')[1] ?? ''
}

test('the host is found by its name, whole names before wildcards, and else the first answers', () => {
  using site = openSite(folder.path, [
    ...host('*', 'one', 'ServerName one.example', 'ServerAlias *.example www.*'),
    ...host('*', 'two', 'ServerName two.example', 'ServerAlias 2.other.example [::1]'),
    ...host('*', 'three', 'ServerAlias ?.other.example *.three.test'),
  ])
  for (const [name, body] of [
    ['one.example', 'one'],
    ['two.example', 'two'],
    ['TWO.example.', 'two'],
    ['two.example:8080', 'two'],
    ['2.other.example', 'two'],
    ['3.other.example', 'one'],
    ['a.b.three.test', 'three'],
    ['three.test', 'one'],
    ['www.three.test', 'one'],
    ['[::1]', 'two'],
    ['[0::1]:80', 'two'],
    ['unknown', 'one'],
    [undefined, 'one'],
  ] as const)
    assert.equal(bodyOf(site, { host: name }), body, `${name}`)
  assert.equal(site.needsLocalAddress, false)
})

test('the most exact address counts before any name, and the main server answers where no host does', () => {
  using site = openSite(folder.path, [
    'Listen 8081',
    ...host('192.0.2.80:8080 [2001:db8::1]', 'one', 'ServerName one.example'),
    ...host('*:8080', 'two', 'ServerName two.example'),
  ])
  assert.equal(site.needsLocalAddress, true)
  for (const name of ['one.example', 'two.example', 'unknown']) {
    assert.equal(bodyOf(site, { host: name }), 'one')
    assert.equal(bodyOf(site, { host: name, at: '192.0.2.81 8080' }), 'two')
    assert.equal(bodyOf(site, { host: name, at: '2001:db8::1 8081' }), 'one')
    assert.equal(bodyOf(site, { host: name, at: '192.0.2.80 8081' }), 'www')
  }
})

test('an address is not asked for where all clients come to the same hosts', () => {
  for (const address of ['*', '*:8080', '_default_:8080']) {
    using site = openSite(folder.path, host(address, 'one'))
    assert.equal(site.needsLocalAddress, false)
    assert.equal(bodyOf(site, { host: 'a', at: '- 0' }), 'one')
  }
})

test('StrictHostCheck refuses who names another host, and nobody who names none', () => {
  using site = openSite(folder.path, [
    'StrictHostCheck On',
    ...host('*', 'one', 'ServerName one.example', 'Redirect /old /new'),
    ...host('*', 'two', 'ServerName two.example'),
  ])
  assert.equal(bodyOf(site, { host: 'two.example' }), 'two')
  assert.equal(bodyOf(site, { host: undefined }), 'one')
  assert.match(answer(site, { host: 'unknown' }), /^HTTP\/1\.1 421 /)
  assert.match(answer(site, { host: 'unknown', path: '/old' }), /^HTTP\/1\.1 421 /)
})

test('each host has its own redirects, error documents and fields', () => {
  write('two/404.html', 'two has none')
  using site = openSite(folder.path, [
    'Header always set X-Server yes',
    'Redirect /old /main',
    ...host('*', 'one', 'ServerName one.example', 'ErrorDocument 404 "one has none"'),
    ...host('*', 'two', 'ServerName two.example', 'Redirect /old /own', 'Header always set X-Two yes'),
  ])
  assert.equal(bodyOf(site, { host: 'one.example', path: '/none' }), 'one has none')
  assert.equal(bodyOf(site, { host: 'two.example', path: '/none' }), 'two has none')
  assert.match(answer(site, { host: 'one.example', path: '/old' }), /\r\nLocation: \/main\r\n/)
  const redirected = answer(site, { host: 'two.example', path: '/old/x' })
  assert.match(redirected, /\r\nLocation: \/own\/x\r\n/)
  assert.match(redirected, /\r\nX-Server: yes\r\nX-Two: yes\r\n/)
  assert.doesNotMatch(answer(site, { host: 'one.example' }), /X-Two/)
})

test('hosts share the memory for files, and none is answered with what another has there', () => {
  using site = openSite(folder.path, [
    'FileCacheSize 1M',
    ...host('*', 'one', 'AddType text/x-one .html'),
    ...host('*', 'one', 'ServerName two.example', 'AddType text/x-two .html'),
  ])
  assert.match(answer(site, { host: 'a' }), /\r\nContent-Type: text\/x-one;/)
  assert.match(answer(site, { host: 'two.example' }), /\r\nContent-Type: text\/x-two;/)
  assert.equal(site.fileCache.count, 2)
})

test('a host whose folder goes away before anybody asks for it answers 404, and has it again when it is back', () => {
  using site = openSite(folder.path, host('*', 'one'))
  const moved = join(folder.path, 'one')
  const away = `${moved}-away`
  renameSync(moved, away)
  assert.match(answer(site, { host: 'a' }), /^HTTP\/1\.1 404 /)
  renameSync(away, moved)
  const later = now + 1000
  const text = 'GET /index.html HTTP/1.1\r\nHost: b\r\n\r\n'
  const local = { localAddress: '192.0.2.80', localPort: 8080 }
  assert.match(answerTo(site, text, { address: '192.0.2.1', port: 1 }, later, local), /^HTTP\/1\.1 200 /)
})

test('a thousand hosts with rules of their own share one server, each found by its name', () => {
  const hosts = Array.from({ length: 1000 }, (_, index) =>
    host(
      '*',
      ['one', 'two'][index % 2] ?? '',
      `ServerName h${index}.example`,
      `Header set X-Host ${index}`,
      '<FilesMatch "\\.html$">',
      `Header set X-Page ${index}`,
      '</FilesMatch>',
    ),
  )
  using site = openSite(folder.path, hosts.flat())
  for (const index of [0, 1, 500, 999]) {
    const text = answer(site, { host: `h${index}.example` })
    assert.match(text, new RegExp(`\r\nX-Host: ${index}\r\nX-Page: ${index}\r\n`))
    assert.ok(text.endsWith(index % 2 === 0 ? 'one' : 'two'))
  }
  assert.equal(site.fileCache.count, 4)
})
