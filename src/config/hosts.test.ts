import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Config, Host } from './config.ts'
import { DIRECTIVES } from './directives.ts'
import { interpret } from './interpret.ts'
import { parseSyntax } from './syntax.ts'

const surroundings = { file: 'w.conf', serverRoot: '/srv', serverName: 'vm' }

interface Read {
  readonly config: Config
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

function read(...lines: readonly string[]): Read {
  const syntax = parseSyntax(lines.join('\n'), 'w.conf')
  const { config, problems } = interpret(syntax.statements, surroundings)
  const tell = ({ place, message }: Config['warnings'][number]) => `${place?.line} ${message}`
  return {
    config,
    problems: [...syntax.problems, ...problems].map(tell),
    warnings: config.warnings.map(tell),
  }
}

function hostsOf(...lines: readonly string[]): readonly Host[] {
  const { config, problems } = read(...lines)
  assert.deepEqual(problems, [])
  return config.hosts
}

test('a host inherits what stands outside, and adds to it or decides otherwise', () => {
  const [host] = hostsOf(
    'Header set X-Server yes',
    'AddType text/x-a .a',
    'Redirect /old /main',
    'CustomLog /log/main common',
    'ErrorDocument 403 "Main"',
    '<VirtualHost *>',
    'ServerName One.example.com.',
    'ServerAlias *.example.net ::1 [2001:DB8::1]',
    'DocumentRoot one',
    'DirectoryIndex start.html',
    'Header set X-Host yes',
    'AddType text/x-b .b',
    'Redirect /old /own',
    'CustomLog /log/one common',
    'ErrorDocument 404 "One"',
    '</VirtualHost>',
  )
  assert.ok(host)
  assert.deepEqual(host.names, ['one.example.com', '*.example.net', '[::1]', '[2001:db8::1]'])
  assert.equal(host.documentRoot, '/srv/one')
  assert.deepEqual(host.directoryIndex, ['start.html'])
  assert.deepEqual(
    host.header.map(({ name }) => name),
    ['X-Server', 'X-Host'],
  )
  assert.deepEqual([...host.addType.keys()], ['a', 'b'])
  assert.deepEqual(
    host.redirect.map(({ target }) => target),
    ['/own', '/main'],
  )
  assert.deepEqual(host.origins.get('Redirect'), ['w.conf:13:1', 'w.conf:3:1'])
  assert.deepEqual(
    host.customLog.map(({ path }) => path),
    ['/log/one'],
  )
  assert.deepEqual([...host.errorDocument.keys()], [404, 403])
})

test('reads where a host answers', () => {
  const [host] = hostsOf(
    '<VirtualHost * _default_:80 *:* 192.0.2.1 192.0.2.1:8080 [2001:DB8::1]:80>',
    'DocumentRoot one',
    '</VirtualHost>',
  )
  assert.deepEqual(host?.at, [
    { host: undefined, port: undefined },
    { host: undefined, port: 80 },
    { host: undefined, port: undefined },
    { host: '192.0.2.1', port: undefined },
    { host: '192.0.2.1', port: 8080 },
    { host: '2001:db8::1', port: 80 },
  ])
  for (const address of [
    'www.example.com',
    '*:0',
    '*:65536',
    '::1',
    '[::1',
    '192.0.2.256',
    '*.example.com',
  ]) {
    const { problems } = read(`<VirtualHost ${address}>`, 'DocumentRoot one', '</VirtualHost>')
    assert.match(problems.join(), /^1 Expected \* or an address, with or without port/, address)
  }
})

test('tells of a host that has no folder, unless all of it is redirected', () => {
  assert.deepEqual(
    read('DocumentRoot main', '<VirtualHost *>', 'ServerName a.example', '</VirtualHost>').problems,
    [
      '2 Expected a DocumentRoot in <VirtualHost>, which ends at w.conf:4:1: name the folder of its files, or redirect all of it with "Redirect permanent / https://..."',
    ],
  )
  hostsOf('<VirtualHost *>', 'Redirect permanent / https://www.example.com/', '</VirtualHost>')
})

test('tells of two hosts at one address that claim a name, in whatever way it is written', () => {
  const other = ['<VirtualHost *:80>', 'ServerName other', 'DocumentRoot a', '</VirtualHost>']
  const host = (address: string, name: string) => [
    `<VirtualHost ${address}>`,
    'ServerName a.example',
    `ServerAlias ${name}`,
    'DocumentRoot a',
    '</VirtualHost>',
  ]
  assert.deepEqual(read(...other, ...host('*:80 *', 'OTHER.')).problems, [
    '5 "other" is a name of <VirtualHost> at w.conf:1:2 already: give each host names of its own',
  ])
  assert.deepEqual(read(...other, ...host('*:8080', 'other')).problems, [])
  assert.match(
    read(...host('*', 'A.example.')).problems.join(),
    /"a.example" is given twice as a name of this host/,
  )
})

test('tells of a host without a name that nobody would find', () => {
  const nameless = ['<VirtualHost *>', 'DocumentRoot a', '</VirtualHost>']
  assert.match(
    read(...nameless, ...nameless).problems.join(),
    /^4 Expected a ServerName: .* by <VirtualHost> at w.conf:1:2/,
  )
})

test('warns of a port where nobody listens, as far as that is known', () => {
  const host = ['<VirtualHost *:81>', 'DocumentRoot a', '</VirtualHost>']
  assert.deepEqual(read('Listen 80', ...host).warnings, [
    '2 Nobody comes to *:81: add "Listen 81", or name a port of a Listen',
  ])
  assert.deepEqual(read(...host).warnings, [])
})

test('a folder for the main server is needed only if somebody may come to it', () => {
  const main = (...lines: readonly string[]) => {
    const { config, paths } = interpret(parseSyntax(lines.join('\n'), 'w.conf').statements, surroundings)
    const isChecked = paths.some(({ path }) => path === '/srv/var/www')
    return [config.documentRoot, isChecked]
  }
  const host = (address: string) => [`<VirtualHost ${address}>`, 'DocumentRoot a', '</VirtualHost>']
  assert.deepEqual(main('Listen 80', ...host('*:80')), ['/srv/a', false])
  assert.deepEqual(main('Listen 80', 'Listen 81', ...host('*:80')), ['/srv/var/www', true])
  assert.deepEqual(main('Listen 192.0.2.1:80', ...host('192.0.2.1')), ['/srv/a', false])
  assert.deepEqual(main('Listen 80', ...host('192.0.2.1')), ['/srv/var/www', true])
})

test('tells of a directive that holds for the whole server only, with both lines', () => {
  assert.deepEqual(read('<VirtualHost *>', 'DocumentRoot a', 'KeepAlive Off', '</VirtualHost>').problems, [
    '3 KeepAlive does not belong in <VirtualHost>, which begins at w.conf:1:2: write it outside of all sections, for the whole server',
  ])
})

test('tells of sections that are not known, do not belong where they stand, or are empty', () => {
  const host = (...lines: readonly string[]) =>
    read('<VirtualHost *>', 'DocumentRoot a', ...lines, '</VirtualHost>').problems
  assert.deepEqual(host('<VirtualHost *:80>', 'DocumentRoot a', '</VirtualHost>'), [
    '3 <VirtualHost> does not belong in <VirtualHost>, which begins at w.conf:1:2: write it outside of all sections',
  ])
  assert.deepEqual(read('<VirtualHst *>', 'DocumentRoot a', '</VirtualHst>').problems, [
    '1 Unknown section "VirtualHst" (did you mean VirtualHost?), which ends at w.conf:3:1',
  ])
  assert.match(
    host('<If "true">', 'Options None', '</If>').join(),
    /^3 Unknown section <If> of Apache, which ends at w.conf:5:1: /,
  )
  assert.deepEqual(read('<VirtualHost *>', '', '</VirtualHost>').warnings, [
    '1 <VirtualHost> has nothing in it up to w.conf:3:1: leave it out, or write what holds there',
  ])
})

test('has the tags of IfModule left out, and reads what stands between them', () => {
  assert.deepEqual(read('<IfModule mod_dir.c>', 'DirectoryIndx a', '</IfModule>').problems, [
    '1 Cannot ask <IfModule>, which ends at w.conf:3:1: all there is is built in, so leave both tags out',
    '2 Unknown directive "DirectoryIndx" (did you mean DirectoryIndex?)',
  ])
})

test('tells of what cannot hold for some files alone, and of patterns that cannot be meant', () => {
  const section = (tag: string, ...lines: readonly string[]) =>
    read(`<${tag}>`, ...lines, `</${tag.split(' ')[0]}>`)
  for (const [tag, expected] of [
    ['Files a/b', /^1 Expected a name or pattern such as \*\.bak, without a slash, got "a\/b": <Files name>/],
    ['Location /a?b=c', /^1 Expected a path without a query/],
    ['Location a', /^1 Expected a path such as \/folder, with nothing percent-encoded, got "a"/],
    ['Location /a//b', /^1 Expected a path without \/\/, .* got "\/a\/\/b"/],
    ['Location /a/../b', /^1 Expected a path without/],
    ['Location /a/.', /^1 Expected a path without/],
    ['Location /%41', /^1 Expected a path such as \/folder, with nothing percent-encoded/],
    ['Directory', /^1 Expected a path, got nothing: <Directory folder>/],
    [
      'FilesMatch (',
      /^1 Expected a regular expression of RE2, got "\(": missing closing \): `\(`: <FilesMatch expression>/,
    ],
    ['Location ~ (?=a)', /^1 Expected a regular expression of RE2, .* unsupported Perl syntax/],
    ['Directory /a /b', /^1 Expected nothing behind "\/a", got "\/b"/],
  ] as const)
    assert.match(section(tag, 'Options None').problems.join(), expected)
  assert.deepEqual(section('Location /a', 'CustomLog /log/a common').problems, [
    '2 CustomLog does not belong in <Location>, which begins at w.conf:1:2: write it outside of it, for the server or a <VirtualHost>',
  ])
  assert.match(
    section('Location /a', '<Files b>', 'Options None', '</Files>').problems.join(),
    /^2 <Files> does not belong in <Location>/,
  )
  assert.deepEqual(section('Location /a', 'Options -FollowSymLinks').warnings, [
    '2 FollowSymLinks means nothing in <Location>, as in Apache: write it in the <Directory> of the links',
  ])
  const twice = section('Location /a', 'Options None', 'Options Indexes')
  assert.match(twice.problems.join(), /^3 Options is given already at w.conf:2:1/)
})

test('warns of redirects that lead from host to host and back, and of those that are never asked', () => {
  const host = (name: string, ...lines: readonly string[]) => [
    '<VirtualHost *>',
    `ServerName ${name}`,
    'DocumentRoot a',
    ...lines,
    '</VirtualHost>',
  ]
  const round = read(
    ...host('www.example.com', 'Redirect permanent / http://example.com/'),
    ...host('example.com', 'Redirect permanent / http://www.example.com/'),
  )
  assert.deepEqual(round.problems, [])
  assert.deepEqual(round.warnings, [
    '4 Clients may be sent in a circle: www.example.com/ -> example.com/ -> www.example.com/',
    '9 Clients may be sent in a circle: example.com/ -> www.example.com/ -> example.com/',
  ])
  const straight = [
    ...host('www.example.com', 'Redirect /old http://example.com/old/'),
    ...host('example.com', 'Redirect /new http://www.example.com/', 'Redirect /old /gone'),
    ...host('a.example', 'Redirect permanent / http://example.com/'),
  ]
  assert.deepEqual(read(...straight).warnings, [])
  assert.deepEqual(
    read(...host('a', 'Redirect /a /x', 'Redirect /a/b /y', 'RedirectMatch ^/c /z')).warnings,
    ['5 Nobody is ever redirected by this: Redirect at w.conf:4:1 takes all of its paths before it'],
  )
})

test('tells of a file that would be a log of two kinds, also of different hosts', () => {
  const host = (name: string, ...lines: readonly string[]) => [
    '<VirtualHost *>',
    `ServerName ${name}`,
    'DocumentRoot a',
    ...lines,
    '</VirtualHost>',
  ]
  const { problems } = read(
    'ErrorLog /log/error',
    ...host('a', 'CustomLog /log/one common', 'ErrorLog /log/a-error'),
    ...host('b', 'ErrorLog /log/one'),
    ...host('c', 'CustomLog /log/one common', 'ErrorLog /log/a-error'),
  )
  assert.deepEqual(
    problems.map(problem => problem.replace(/:.*/, '')),
    [2, 8, 13].map(line => `${line} "/log/one" would be a CustomLog and an ErrorLog`),
  )
})

test('warns of a section for a folder of which nothing is served', () => {
  const folders = [
    '/',
    '/srv',
    '/srv/www',
    '/srv/www/a',
    '/usr/share/icons/b',
    '/srv/*',
    '/usr/share/doc',
    '/srv/wwwx',
  ]
  const sections = folders.flatMap(folder => [`<Directory ${folder}>`, 'Options None', '</Directory>'])
  const { warnings } = read('DocumentRoot /srv/www', 'Alias /icons /usr/share/icons', ...sections)
  assert.deepEqual(
    warnings.map(warning => /"[^"]*"/.exec(warning)?.[0]),
    ['"/usr/share/doc"', '"/srv/wwwx"'],
  )
  const hosts = ['/srv/a', '/srv/b'].flatMap((root, index) => [
    '<VirtualHost *>',
    `ServerName h${index}`,
    `DocumentRoot ${root}`,
    '</VirtualHost>',
  ])
  assert.deepEqual(read('<Directory /srv/b>', 'Options None', '</Directory>', ...hosts).warnings, [])
})

test('survives any mistakes in any sections, and tells of some', () => {
  const tags = ['VirtualHost *', 'VirtualHost *:x', 'Directory /a', 'FilesMatch (', 'Location /b', 'If x']
  const directives = DIRECTIVES.flatMap(({ name }) => [name, `${name} ?`, `${name} /a /b`, `${name} On`])
  const line = fc.constantFrom(...tags.map(tag => `<${tag}>`), ...tags.map(tag => `</${tag.split(' ')[0]}>`))
  const lines = fc.array(fc.oneof(line, fc.constantFrom(...directives)), { maxLength: 30 })
  fc.assert(fc.property(lines, all => void read(...all)))
})
