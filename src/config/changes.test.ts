import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedDirectives } from './changes.ts'
import type { Config } from './config.ts'
import { DIRECTIVES, type DirectiveName } from './directives.ts'
import { interpret } from './interpret.ts'
import { parseSyntax } from './syntax.ts'

/** Absolute paths, so that another ServerRoot changes nothing but itself. */
const BEFORE: readonly (readonly [name: DirectiveName, args: string])[] = [
  ['DocumentRoot', '/srv/www'],
  ['ControlSocket', '/run/webserver.sock'],
  ['ErrorLog', '/var/log/error.log'],
  ['CustomLog', '/var/log/access.log common'],
  ['Require', 'all granted'],
]

/** For each directive arguments that are not those of the configuration before; undefined where there is nothing to change. */
const OTHER: Readonly<Record<DirectiveName, string | undefined>> = {
  ServerRoot: '/other',
  // What is read from the file is reported by the directives in it.
  Include: undefined,
  Listen: '8081',
  ServerName: 'other.example.com',
  ServerAlias: '*.example.com',
  StrictHostCheck: 'On',
  DocumentRoot: '/srv/other',
  DirectoryIndex: 'disabled',
  SSLEngine: undefined,
  SSLCertificateFile: undefined,
  SSLCertificateKeyFile: undefined,
  SSLProtocol: 'TLSv1.3',
  RemoteIPProxyProtocol: 'On',
  RemoteIPProxyProtocolExceptions: '192.0.2.1',
  // Without the next it is refused.
  RemoteIPHeader: undefined,
  RemoteIPTrustedProxy: '192.0.2.1',
  // It is reported as RemoteIPTrustedProxy.
  RemoteIPInternalProxy: undefined,
  Alias: '/icons /srv/icons',
  FollowSymLinksTo: '/srv/icons',
  IndexIgnore: '*.bak',
  CleanUrls: 'On',
  // Each is reported as Redirect.
  RedirectPermanent: undefined,
  RedirectTemp: undefined,
  RedirectMatch: undefined,
  DirectorySlash: 'Off',
  ForceType: 'text/x-other',
  AllowDotNames: 'none',
  ErrorDocument: '500 "Sorry"',
  FallbackResource: '/app.html',
  Options: '+Indexes -FollowSymLinks',
  Precompressed: 'Off',
  Compress: 'Off',
  AddType: 'text/x-other .other',
  AddCharset: 'koi8-r .ru',
  AddDefaultCharset: 'Off',
  DefaultType: 'text/x-other',
  Header: 'set X-Other yes',
  ExpiresByType: 'image/* 30d',
  ExpiresDefault: '1h',
  AuthType: 'Basic',
  AuthName: 'Members',
  AuthUserFile: '/etc/users',
  AuthGroupFile: '/etc/groups',
  Require: 'all denied',
  Redirect: '/old /new',
  KeepAlive: 'Off',
  KeepAliveTimeout: '6s',
  MaxKeepAliveRequests: '0',
  Timeout: '61s',
  SendMinRate: '500',
  RequestReadTimeout: 'body=21',
  LimitRequestLine: '4K',
  LimitRequestFields: '50',
  LimitRequestFieldSize: '4K',
  LimitRequestBody: '1K',
  MaxConnections: '16',
  MaxConnectionsPerAddress: '8',
  MaxWait: 'off',
  FileCacheSize: 'off',
  ControlSocket: '/run/other.sock',
  ErrorLog: 'journal',
  LogLevel: 'debug',
  HealthPath: '/health',
  LogFormat: '"%h" short',
  CustomLog: '/var/log/other.log json',
  BufferedLogs: 'On',
  LogRotate: 'hourly',
  LogKeep: '3 days',
  LogCompress: 'Off',
  ServerTokens: 'Off',
}

function configure(directives: readonly (readonly [name: string, args: string])[]): Config {
  const file = 'etc/webserver.conf'
  const text = directives.map(([name, args]) => `${name} ${args}\n`).join('')
  const { statements } = parseSyntax(text, file)
  const { config, problems } = interpret(statements, { file, serverRoot: '/srv', serverName: 'vm' })
  assert.deepEqual(problems, [], text)
  return config
}

test('a change of a directive is reported by its name, and no other', () => {
  const before = configure(BEFORE)
  assert.deepEqual(changedDirectives(before, configure(BEFORE)), [])
  for (const [name, args] of Object.entries(OTHER)) {
    if (args === undefined) continue
    const others = BEFORE.filter(([given]) => given !== name)
    assert.deepEqual(changedDirectives(before, configure([...others, [name, args]])), [name])
  }
})

test('a section that says something else is reported by its name', () => {
  const host = (name: string) =>
    configure([
      ['<VirtualHost', '*>'],
      ['DocumentRoot', '/srv/host'],
      ['ServerName', name],
      ['</VirtualHost>', ''],
    ])
  assert.deepEqual(changedDirectives(host('a'), host('a')), [])
  assert.deepEqual(changedDirectives(host('a'), host('b')), ['VirtualHost'])
})

/** What is no directive's. */
const OTHERS = new Set(['file', 'origins', 'warnings', 'hosts', 'at', 'names', 'sections', 'says'])

test('every field of a configuration is decided by one directive', () => {
  const fields = Object.keys(configure([])).filter(name => !OTHERS.has(name))
  assert.deepEqual(DIRECTIVES.flatMap(directive => directive.fields).sort(), fields.sort())
})
