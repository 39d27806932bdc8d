import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from './config.ts'
import { DIRECTIVES } from './directives.ts'
import { interpret } from './interpret.ts'
import { parseSyntax } from './syntax.ts'
import { parseLogFormat } from './values/log-format.ts'

const surroundings = { file: 'etc/webserver.conf', serverRoot: '/srv', serverName: 'vm' }

function read(text: string): { config: Config; problems: string[] } {
  const syntax = parseSyntax(text, 'etc/webserver.conf')
  const { config, problems } = interpret(syntax.statements, surroundings)
  return {
    config,
    problems: [...syntax.problems, ...problems].map(
      ({ place, message }) => `${place?.line}:${place?.column} ${message}`,
    ),
  }
}

function configure(text: string): Config {
  const { config, problems } = read(text)
  assert.deepEqual(problems, [], text)
  return config
}

function refuses(text: string, expected: RegExp): void {
  const { problems } = read(text)
  assert.equal(problems.length, 1, `${text}: ${problems}`)
  assert.match(problems[0] ?? '', expected)
}

test('lists each directive once, with its usage and a line of help', () => {
  const names = DIRECTIVES.map(directive => directive.name.toLowerCase())
  assert.deepEqual(names, [...new Set(names)])
  for (const { name, usage, help } of DIRECTIVES) {
    assert.match(name, /^[A-Z][A-Za-z]+$/)
    assert.match(usage, /\S/, name)
    assert.match(help, /^[A-Z][^\n]*[^.\n]$/, name)
  }
})

test('has these values when nothing is configured', () => {
  const { logFormat, customLog, origins, warnings, ...config } = configure('')
  assert.deepEqual(config, {
    ...surroundings,
    at: [],
    names: ['vm'],
    says: [],
    sections: [],
    forceType: undefined,
    indexIgnore: [],
    directorySlash: true,
    cleanUrls: false,
    alias: [],
    followSymLinksTo: [],
    sslEngine: undefined,
    sslCertificateFile: [],
    sslCertificateKeyFile: [],
    sslProtocol: ['TLSv1.2', 'TLSv1.3'],
    remoteIpProxyProtocol: undefined,
    remoteIpProxyProtocolExceptions: [],
    remoteIpHeader: undefined,
    remoteIpProxies: [],
    hosts: [],
    serverAlias: [],
    strictHostCheck: false,
    listen: [],
    documentRoot: '/srv/var/www',
    directoryIndex: ['index.html'],
    allowDotNames: ['.well-known'],
    errorDocument: new Map([[404, { kind: 'path', path: '/404.html' }]]),
    fallbackResource: undefined,
    precompressed: true,
    compress: true,
    followSymLinks: true,
    indexes: false,
    addType: new Map(),
    addCharset: new Map(),
    addDefaultCharset: 'auto',
    defaultType: 'auto',
    header: [],
    expiresByType: new Map(),
    expiresDefault: undefined,
    authType: undefined,
    authName: undefined,
    authUserFile: undefined,
    authGroupFile: undefined,
    require: [],
    redirect: [],
    keepAlive: true,
    keepAliveTimeout: 5000,
    maxKeepAliveRequests: 1000,
    timeout: 60_000,
    requestReadTimeout: {
      head: { least: 20_000, most: 20_000, minRate: undefined },
      body: { least: 20_000, most: 20_000, minRate: undefined },
    },
    sendMinRate: 0,
    limitRequestLine: 8190,
    limitRequestFields: 100,
    limitRequestFieldSize: 8190,
    limitRequestBody: 1_048_576,
    maxConnections: 1024,
    maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
    maxWait: 20,
    fileCacheSize: 134_217_728,
    controlSocket: '/srv/var/run/webserver.sock',
    errorLog: { kind: 'file', path: '/srv/var/log/error.log' },
    logLevel: 'info',
    bufferedLogs: false,
    logRotate: { kind: 'daily' },
    logKeep: { kind: 'files', count: 14 },
    logCompress: true,
    serverTokens: 'Prod',
    healthPath: undefined,
  })
  assert.deepEqual([...origins.values()].flat(), [])
  assert.deepEqual(warnings, [])
  assert.deepEqual([...logFormat.keys()], ['common', 'combined', 'vhost_combined', 'json'])
  assert.deepEqual(customLog, [{ path: '/srv/var/log/access.log', format: logFormat.get('combined') }])
})

test('puts every directive into its field', () => {
  const examples: readonly [string, Partial<Config>][] = [
    ['ServerRoot /opt', { serverRoot: '/opt', documentRoot: '/opt/var/www' }],
    ['ServerName www.example.com', { serverName: 'www.example.com' }],
    ['DocumentRoot ../site', { documentRoot: '/site' }],
    ['DocumentRoot "/a folder"', { documentRoot: '/a folder' }],
    ['DirectoryIndex a.html b.html', { directoryIndex: ['a.html', 'b.html'] }],
    ['DirectoryIndex disabled', { directoryIndex: [] }],
    ['AllowDotNames .git ...a', { allowDotNames: ['.git', '...a'] }],
    ['AllowDotNames None', { allowDotNames: [] }],
    ['DirectoryIndex Disabled', { directoryIndex: [] }],
    ['Options -FollowSymLinks', { followSymLinks: false, indexes: false }],
    ['Options +followsymlinks', { followSymLinks: true, indexes: false }],
    ['Options +Indexes', { followSymLinks: true, indexes: true }],
    ['Options +Indexes -FollowSymLinks', { followSymLinks: false, indexes: true }],
    ['Options Indexes', { followSymLinks: false, indexes: true }],
    ['Options FollowSymLinks indexes', { followSymLinks: true, indexes: true }],
    ['Options none', { followSymLinks: false, indexes: false }],
    ['Options -Indexes', { followSymLinks: true, indexes: false }],
    ['FallbackResource /app.html', { fallbackResource: '/app.html' }],
    ['FallbackResource "/é a"', { fallbackResource: '/é a' }],
    ['AddDefaultCharset off', { addDefaultCharset: undefined }],
    ['AddDefaultCharset On', { addDefaultCharset: 'utf-8' }],
    ['AddDefaultCharset koi8-r', { addDefaultCharset: 'koi8-r' }],
    ['AddDefaultCharset auto', { addDefaultCharset: 'auto' }],
    ['DefaultType text/x-notes', { defaultType: 'text/x-notes' }],
    ['DefaultType AUTO', { defaultType: 'auto' }],
    ['ExpiresDefault 1h', { expiresDefault: { from: 'access', milliseconds: 3_600_000 } }],
    ['Precompressed Off', { precompressed: false }],
    ['Compress Off', { compress: false }],
    ['keepalive off', { keepAlive: false }],
    ['KeepAliveTimeout 500ms', { keepAliveTimeout: 500 }],
    ['MaxKeepAliveRequests 0', { maxKeepAliveRequests: 0 }],
    ['Timeout 2min', { timeout: 120_000 }],
    ['SendMinRate 1K', { sendMinRate: 1024 }],
    ['SendMinRate off', { sendMinRate: 0 }],
    ['LimitRequestLine 4K', { limitRequestLine: 4096 }],
    ['LimitRequestFields 50', { limitRequestFields: 50 }],
    ['LimitRequestFieldSize 4096', { limitRequestFieldSize: 4096 }],
    ['LimitRequestBody 10M', { limitRequestBody: 10_485_760 }],
    ['MaxConnections 1', { maxConnections: 1 }],
    ['MaxConnectionsPerAddress 20', { maxConnectionsPerAddress: 20 }],
    ['MaxConnectionsPerAddress off', { maxConnectionsPerAddress: Number.POSITIVE_INFINITY }],
    ['MaxWait 0', { maxWait: 0 }],
    ['MaxWait off', { maxWait: Number.POSITIVE_INFINITY }],
    ['FileCacheSize 1M', { fileCacheSize: 1_048_576 }],
    ['FileCacheSize off', { fileCacheSize: 0 }],
    ['ControlSocket /run/w.sock', { controlSocket: '/run/w.sock' }],
    ['ErrorLog journal', { errorLog: { kind: 'journal' } }],
    ['ErrorLog log/e.log', { errorLog: { kind: 'file', path: '/srv/log/e.log' } }],
    ['LogLevel WARN', { logLevel: 'warn' }],
    ['BufferedLogs On', { bufferedLogs: true }],
    ['LogRotate hourly', { logRotate: { kind: 'hourly' } }],
    ['LogRotate size 100M', { logRotate: { kind: 'size', bytes: 104_857_600 } }],
    ['LogKeep 30 days', { logKeep: { kind: 'days', count: 30 } }],
    ['LogCompress Off', { logCompress: false }],
    ['ServerTokens full', { serverTokens: 'Full' }],
    ['HealthPath /-/health', { healthPath: '/-/health' }],
    ['HealthPath OFF', { healthPath: undefined }],
    [
      'Listen 80\nListen [::1]:81',
      {
        listen: [
          { host: undefined, port: 80 },
          { host: '::1', port: 81 },
        ],
      },
    ],
  ]
  for (const [text, expected] of examples) assert.partialDeepStrictEqual(configure(text), expected, text)
})

test('reads Unix sockets, with their mode and group', () => {
  const { listen } = configure(
    'Listen unix:run/web.sock\nListen unix:/run/a.sock group=www-data mode=0666\nListen 80',
  )
  assert.deepEqual(listen, [
    { path: '/srv/run/web.sock', mode: 0o660 },
    { path: '/run/a.sock', mode: 0o666, group: 'www-data' },
    { host: undefined, port: 80 },
  ])
})

test('refuses a Unix socket that is none, is there twice, or is to speak HTTPS, and says what to write', () => {
  refuses('Listen unix:', /^1:13 Expected a path behind unix:, got nothing/)
  refuses('Listen unix:~/web.sock', /^1:8 Expected a path, got "~\/web\.sock"/)
  refuses(`Listen unix:/run/${'a'.repeat(103)}`, /^1:8 Expected a path of at most 107 bytes, .* got 108 in/)
  refuses('Listen /run/web.sock', /^1:8 Expected a port or address such as .* or unix:run\/web\.sock, got/)
  refuses('Listen unix:a https', /^1:15 HTTPS is not spoken on a Unix socket: leave "https" out/)
  refuses('Listen unix:a http', /^1:15 Expected mode=0660, group=name or nothing, got "http"/)
  refuses('Listen unix:a user=me', /^1:15 Expected mode=0660, group=name or nothing, got "user=me"/)
  refuses('Listen unix:a group=', /^1:15 Expected mode=0660, group=name or nothing, got "group="/)
  for (const mode of ['0060', '0888', '660x', '01660', 'rw'])
    refuses(`Listen unix:a mode=${mode}`, /^1:15 Expected a mode in octal that lets the server itself/)
  refuses('Listen unix:a mode=0600 mode=0660', /^1:25 Expected mode= once, got it again/)
  refuses(
    'Listen unix:a\nListen unix:/srv/a mode=0600',
    /^2:1 .*unix:\/srv\/a.* overlaps with it and is given/,
  )
})

test('asks neither for HTTPS nor for a certificate at a Unix socket, and sends nobody there by a port', () => {
  const { config, problems } = read('Listen unix:a\nSSLEngine On')
  assert.deepEqual(problems, [])
  assert.deepEqual(config.listen, [{ path: '/srv/a', mode: 0o660 }])
})

test('finds relative paths below ServerRoot wherever in the file it stands', () => {
  const { documentRoot, serverRoot } = configure('DocumentRoot www\nServerRoot site')
  assert.deepEqual([serverRoot, documentRoot], ['/srv/site', '/srv/site/www'])
})

test('keeps the page for 404 when another error gets one, until it is replaced or taken back', () => {
  const page = { kind: 'path', path: '/404.html' }
  assert.deepEqual(
    configure('ErrorDocument 503 "Back soon"\nErrorDocument 500 /500.html').errorDocument,
    new Map<number, object>([
      [404, page],
      [503, { kind: 'text', text: 'Back soon' }],
      [500, { kind: 'path', path: '/500.html' }],
    ]),
  )
  assert.deepEqual(configure('ErrorDocument 404 default').errorDocument, new Map())
  const quoted = configure('ErrorDocument 404 "/not found.html"').errorDocument
  assert.deepEqual(quoted, new Map([[404, { kind: 'path', path: '/not found.html' }]]))
})

test('refuses an ErrorDocument that is neither path nor text in quotes', () => {
  refuses(
    'ErrorDocument 404 404.html',
    /^1:19 Expected a path such as \/404\.html, a "text" in quotes or default, got "404/,
  )
  refuses('ErrorDocument 404 https://example.com/', /^1:19 Expected a path on this server, got "https:/)
  refuses('ErrorDocument 302 /302.html', /^1:15 Expected a whole number from 400 to 599, got "302"/)
})

test('logs in a format by name, wherever it is defined, or in one on the spot', () => {
  const { customLog } = configure(
    'CustomLog a.log mine\nCustomLog b.log "%h"\nCustomLog c.log json\nLogFormat "%m" mine',
  )
  assert.deepEqual(customLog, [
    { path: '/srv/a.log', format: parseLogFormat('%m') },
    { path: '/srv/b.log', format: parseLogFormat('%h') },
    { path: '/srv/c.log', format: { kind: 'json' } },
  ])
  const redefined = configure('LogFormat "%h" combined')
  assert.deepEqual(redefined.customLog, [{ path: '/srv/var/log/access.log', format: parseLogFormat('%h') }])
})

test('points at the item of a log format that it does not know, behind escaped quotes and in the next line', () => {
  refuses('LogFormat "\\"%r\\" %E" x', /^1:19 Unknown item "%E" in the format: LogFormat "format" name$/)
  refuses('CustomLog a.log "%h \\\n%E"', /^2:1 Unknown item "%E"/)
  refuses('CustomLog a.log combind', /^1:17 .* got "combind" \(did you mean combined\?\)/)
})

test('refuses two logs in one file', () => {
  refuses(
    'ErrorLog a.log\nCustomLog ./a.log common',
    /^2:11 Expected a file of its own, got that of the ErrorLog/,
  )
  refuses(
    'CustomLog a.log common\nCustomLog ./a.log json',
    /^2:1 CustomLog \/srv\/a\.log is given already at/,
  )
})

test('gathers media types and character sets by extension, with or without its dot', () => {
  const { addType, addCharset } = configure(
    'AddType text/x-log .log LOG2\nAddType "text/x-a; charset=koi8-r" a\nAddCharset utf-16 .u16',
  )
  assert.deepEqual(
    addType,
    new Map([
      ['log', 'text/x-log'],
      ['log2', 'text/x-log'],
      ['a', 'text/x-a; charset=koi8-r'],
    ]),
  )
  assert.deepEqual(addCharset, new Map([['u16', 'utf-16']]))
  refuses(
    'AddType text/x .a\nAddType text/y .b A',
    /^2:1 AddType \.a is given already at etc\/webserver\.conf:1:1/,
  )
  refuses('AddType text .a', /^1:9 Expected a media type such as text\/html, got "text"/)
  refuses('AddType text/html', /^1:18 Expected a file extension such as \.txt, got nothing/)
  refuses('AddCharset "utf-8\t" .a', /^1:12 Expected a character set/)
})

test('gathers how long files stay fresh, by type', () => {
  const { expiresByType } = configure(
    'ExpiresByType Text/CSS "access plus 1 month"\nExpiresByType image/* M60',
  )
  assert.deepEqual(
    expiresByType,
    new Map<string, object>([
      ['text/css', { from: 'access', milliseconds: 2_592_000_000 }],
      ['image/*', { from: 'modification', milliseconds: 60_000 }],
    ]),
  )
  refuses('ExpiresByType text 1h', /^1:15 Expected a media type such as text\/css or image\/\*, got "text"/)
  refuses('ExpiresByType */* 1h', /^1:15 Expected a media type/)
  refuses('ExpiresByType a/b 1h\nExpiresByType A/B 2h', /^2:1 ExpiresByType a\/b is given already/)
})

test('refuses a FallbackResource that no request could name', () => {
  for (const path of ['index.html', '//host/', 'https://example.com/', '/a?b', '/a%20b']) {
    refuses(`FallbackResource ${path}`, /^1:18 Expected a path such as \/folder\/name, without query/)
  }
})

test('refuses options of which only some bear a sign', () => {
  refuses(
    'Options +FollowSymLinks Indexes',
    /^1:25 Expected \+ or - before all options or before none, got Indexes behind \+FollowSymLinks/,
  )
  refuses('Options None -Indexes', /^1:14 Expected \+ or - before all/)
  refuses('Options Index', /^1:9 Expected .*, got "Index" \(did you mean Indexes\?\)/)
  refuses('Options +Indexes\nOptions -FollowSymLinks', /^2:1 Options is given already/)
})

test('refuses a second decision about the same thing and names the first', () => {
  refuses(
    'KeepAlive On\n\n  keepalive On',
    /^3:3 KeepAlive is given already at etc\/webserver\.conf:1:1: keep one/,
  )
  refuses(
    'Listen 80\nListen *:80',
    /^2:1 Listen \*:80 overlaps with it and is given at etc\/webserver\.conf:1:1/,
  )
  refuses('ErrorDocument 500 /a\nErrorDocument 500 /b', /^2:1 ErrorDocument 500 is given already/)
  refuses('LogFormat "%h" a\nLogFormat "%h" a', /^2:1 LogFormat a is given already/)
})

test('refuses an unknown directive and suggests the one that was meant', () => {
  refuses(
    'KeepAliveTimout 5',
    /^1:1 Unknown directive "KeepAliveTimout" \(did you mean KeepAliveTimeout\?\)$/,
  )
  refuses('Frobnicate x', /^1:1 Unknown directive "Frobnicate"$/)
  refuses('"" x', /^1:1 Unknown directive ""$/)
})

test('refuses too few and too many arguments, where they are missing or too many', () => {
  refuses('Timeout', /^1:8 Expected a duration .*, got nothing: Timeout duration$/)
  refuses('LogKeep 14', /^1:11 Expected files or days, got nothing: LogKeep number files\|days$/)
  refuses('Timeout 5 "6"', /^1:11 Expected nothing behind "5", got "6": Timeout duration$/)
  refuses('DirectoryIndex', /^1:15 Expected a file name .* got nothing/)
  for (const name of ['git', '.', '..', '.git/', '.a/b', '/.git']) {
    refuses(
      `AllowDotNames ${name}`,
      /^1:15 Expected a name that begins with a dot such as \.well-known, got "/,
    )
  }
})

test('refuses values that would stop the server from serving', () => {
  for (const name of [
    'KeepAliveTimeout',
    'Timeout',
    'RequestReadTimeout',
    'LimitRequestBody',
    'MaxConnections',
  ]) {
    refuses(`${name} 0`, new RegExp(`^1:${name.length + 2} Expected .* got "0": ${name} `))
  }
  refuses('Timeout 25d', /Expected a duration/)
  refuses('LimitRequestLine 10', /Expected a size/)
  refuses('LimitRequestFields 0', /Expected a whole number/)
  refuses('ErrorLog syslog:local7', /^1:10 Expected a file or journal, got syslog/)
  refuses('CustomLog "|rotatelogs x" common', /^1:11 Expected a path, got "\|rotatelogs x"/)
})

test('knows the standard streams by all their names, and an access log that is off', () => {
  const format = parseLogFormat('%h')
  for (const name of ['stdout', 'STDOUT', '/dev/stdout', '/proc/self/fd/1', '/dev/fd/1']) {
    assert.deepEqual(configure(`CustomLog ${name} "%h"`).customLog, [{ path: '/dev/stdout', format }])
    assert.deepEqual(configure(`ErrorLog ${name}`).errorLog, { kind: 'file', path: '/dev/stdout' })
  }
  for (const name of ['stderr', '/dev/stderr', '/dev/fd/2']) {
    assert.deepEqual(configure(`CustomLog ${name} "%h"`).customLog, [{ path: '/dev/stderr', format }])
    assert.deepEqual(configure(`ErrorLog ${name}`).errorLog, { kind: 'stderr' })
  }
  assert.deepEqual(configure('CustomLog Journal "%h"').customLog, [{ path: '/dev/stderr', format }])
  assert.deepEqual(configure('CustomLog off').customLog, [])
  assert.equal(configure('CustomLog ./off common').customLog[0]?.path, '/srv/off')
})

test('questions a MaxWait without a unit, which is so many seconds', () => {
  const warningsOf = (text: string) =>
    configure(text).warnings.map(({ place, message }) => `${place?.column} ${message}`)
  assert.deepEqual(warningsOf('MaxWait 20'), [
    '9 20 is so many seconds: write 20ms if milliseconds are meant, else 20s: MaxWait duration|off',
  ])
  for (const clear of ['20ms', '20s', '0', 'off']) assert.deepEqual(warningsOf(`MaxWait ${clear}`), [])
})

test('refuses words that are file names nowhere, and says what to write', () => {
  for (const directive of ['DocumentRoot', 'ServerRoot', 'ControlSocket', 'ErrorLog', 'Include']) {
    refuses(
      `${directive} "\${LOGS}/a"`,
      /^1:\d+ Expected a path, got "\$\{LOGS\}\/a": variables are not replaced/,
    )
    refuses(
      `${directive} ~/a`,
      /^1:\d+ Expected a path, got "~\/a": a home is not looked for, write its path/,
    )
  }
  for (const word of ['off', 'None', 'stderr', 'syslog:local7', '-'])
    refuses(
      `DocumentRoot ${word}`,
      new RegExp(`^1:14 Expected a path, got "${word}": write "\\./${word}" if `),
    )
  refuses('ErrorLog off', /^1:10 Expected .*, got off: write "LogLevel emerg" for the least/)
  refuses('CustomLog none common', /^1:11 Expected .*, got none: write off/)
  refuses(
    'CustomLog syslog:local1 common',
    /^1:11 Expected a file, stdout, stderr, journal or off, got syslog/,
  )
  refuses('CustomLog off common', /^1:15 Expected nothing behind "off", got "common"/)
})

test('refuses a ControlSocket longer than the kernel takes, counted in bytes', () => {
  const longest = `/${'é'.repeat(53)}`
  assert.equal(configure(`ControlSocket ${longest}`).controlSocket, longest)
  refuses(`ControlSocket ${longest}x`, /^1:15 Expected a path of at most 107 bytes, .* got 108 in "/)
})

test('refuses a ControlSocket in a folder too deep for the name that a socket has until it is ready', () => {
  const deepest = `/${'d'.repeat(96)}`
  assert.equal(configure(`ControlSocket ${deepest}/s`).controlSocket, `${deepest}/s`)
  refuses(`ControlSocket ${deepest}d/s`, /^1:15 Expected a folder of at most 97 bytes, .* got 98 in "/)
})

test('says without a place that a default cannot be used, unless the directive is given', () => {
  const deep = `ServerRoot /${'d'.repeat(100)}`
  refuses(deep, /^undefined:undefined Expected a path of at most 107 bytes.*: ControlSocket file$/)
  assert.equal(configure(`${deep}\nControlSocket /run/w.sock`).controlSocket, '/run/w.sock')
})
