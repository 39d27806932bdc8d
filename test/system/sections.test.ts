import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { Client } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { Peer } from './peers.ts'
import { parseResponses } from './raw-response.ts'

const FILES = ['a/x', 'a/x.css', 'a/b/c.css', 'a/b/index.html', 'ab', 'A/x', 'index.html', 'other/site.html']
const PATHS = [
  ...[
    '/',
    '/a',
    '/a/',
    '/a/x',
    '/a/x.css',
    '/a/b/',
    '/a/b',
    '/a/b/c.css',
    '/ab',
    '/A/x',
    '/none',
    '/a/none.css',
  ],
  ...[
    '/a/b/index.html',
    '//a//x',
    '/a/%78',
    '/a/./b/../x',
    '/site.html',
    '/old',
    '/old/',
    '/old/x',
    '/older',
    '/o/12/x.php',
  ],
]
const HOSTS = [
  'one.example',
  'ONE.example.',
  'two.example',
  'a.two.example',
  'a.b.two.example',
  'three',
  '[::1]',
  'none',
]

function section(tag: string, ...lines: readonly string[]): string[] {
  return [`<${tag}>`, ...lines, `</${tag.split(' ')[0]}>`]
}

/** A section that says its own name in a field. */
function named(tag: string): string[] {
  return section(tag, `Header always set X-Last '${tag.replaceAll('ROOT', '')}'`)
}

const ABSENT =
  'what holds for a path depends on the path alone: in Apache no section for files holds where their folder is missing, and none for a folder that matches a file which is missing'
const SLASH = 'a final slash of an Alias means nothing: else the folder has no path without it'
const WHOLE_NAME =
  'a whole name beats a wildcard, though it stands in a later section: else it could never be found'

/** Where the two say different things, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'folders with wildcards: www.example.com /a/none.css': ABSENT,
  'folders with wildcards: www.example.com /o/12/x.php': ABSENT,
  'files after folders: www.example.com /old/x': ABSENT,
  'paths: www.example.com /old/x': ABSENT,
  'another folder: www.example.com /site.html': SLASH,
  'whole names: three /ab': WHOLE_NAME,
}

/** Configurations by name; `ROOT` stands for the folder that is served. */
const CONFIGURATIONS: Readonly<Record<string, readonly string[]>> = {
  'folders by depth': ['Directory ROOT/a/b', 'Directory ROOT/a', 'Directory ROOT'].flatMap(named),
  'folders with wildcards': ['Directory ROOT/*/b', 'Directory ROOT/[a-z]', 'Directory ROOT/?/*.css'].flatMap(
    named,
  ),
  'folders by expressions': ['DirectoryMatch /a$', 'Directory ROOT/a/b', 'DirectoryMatch /b/'].flatMap(named),
  'files after folders': ['Files x', 'Directory ROOT/a/x', 'Files *.css', 'FilesMatch ^i'].flatMap(named),
  'files within folders': [
    ...section('Directory ROOT/a', ...named('Files x.css')),
    ...['Files x.css', 'FilesMatch css'].flatMap(named),
  ],
  paths: ['Location /a/b', 'Location /a/', 'Location /a*', 'Location /?/x', 'Files x'].flatMap(named),
  'paths by expressions': ['LocationMatch ^/a', 'Location /a/b', 'LocationMatch "[.]css$"'].flatMap(named),
  redirects: [
    'Redirect /old /new',
    'RedirectMatch permanent "^/o/([0-9]+)/(.*)[.]php$" /archive/$1/$2',
    'Redirect gone /none',
    'RedirectTemp /ab /a/',
  ],
  'fields in order': [
    'Header set X-Last a',
    'Header append X-Last b',
    ...section('Location /a', 'Header append X-Last c'),
    ...section('Directory ROOT/a/b', 'Header unset X-Last'),
  ],
  fallbacks: [
    'FallbackResource /index.html',
    ...section('Directory ROOT/a', 'FallbackResource disabled', 'DirectoryIndex x'),
    ...section('Directory ROOT/a/b', 'DirectoryIndex index.html'),
  ],
  'another folder': [
    'Alias /old ROOT/a',
    'Alias /site.html/ ROOT/other/',
    ...named('Directory ROOT/a'),
    ...named('Location /old'),
  ],
}

const SITES = {
  'whole names': [
    ['*', 'ServerName one.example', 'ServerAlias three*'],
    ['*', 'ServerName two.example', 'ServerAlias *.two.example'],
    ['*', 'ServerName four', 'ServerAlias three ::1'],
  ],
}

interface Asked {
  readonly status: number
  readonly location: string | undefined
  readonly last: string | undefined
}

async function ask(port: number, host: string, path: string): Promise<Asked> {
  using client = await Client.connect(port)
  client.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  const [response] = parseResponses((await client.untilClosed()).bytes, ['GET'])
  assert.ok(response)
  const location = response.fields.get('location')
  return {
    status: response.status,
    // Ours is relative to the path, so that it is right behind any proxy.
    location: location === undefined ? undefined : new URL(location, `http://${host}${path}`).pathname,
    last: response.fields.get('x-last'),
  }
}

async function compare(
  name: string,
  lines: readonly string[],
  questions: readonly [host: string, path: string][],
) {
  await using daemon = await Daemon.start()
  const root = daemon.folder.resolve('var/www')
  for (const file of FILES) {
    mkdirSync(dirname(`${root}/${file}`), { recursive: true })
    writeFileSync(`${root}/${file}`, file)
  }
  const there = lines.map(line => line.replaceAll('ROOT', root))
  await daemon.reconfigure('DocumentRoot var/www', 'Options +Indexes', 'ErrorDocument 404 default', ...there)
  await using apache = await Peer.apache(root, there)
  for (const [host, path] of questions) {
    const [ours, theirs] = await Promise.all([ask(daemon.port, host, path), ask(apache.port, host, path)])
    const question = `${name}: ${host} ${path}`
    if (DIFFERENCES[question] === undefined) assert.deepEqual(ours, theirs, question)
    else assert.notDeepEqual(ours, theirs, question)
  }
}

for (const [name, lines] of Object.entries(CONFIGURATIONS)) {
  test(`Sections mean what they mean to Apache: ${name}`, async () => {
    await compare(
      name,
      lines,
      PATHS.map(path => ['www.example.com', path]),
    )
  })
}

for (const [name, hosts] of Object.entries(SITES)) {
  test(`Hosts are found as Apache finds them, but for what is listed: ${name}`, async () => {
    const lines = hosts.flatMap(([address, ...inner], index) =>
      section(`VirtualHost ${address}`, 'DocumentRoot ROOT', ...inner, `Header always set X-Last ${index}`),
    )
    await compare(
      name,
      lines.map(line => line.replace('</VirtualHost *>', '</VirtualHost>')),
      HOSTS.map(host => [host, '/ab']),
    )
  })
}
