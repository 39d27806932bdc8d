import { join } from 'node:path'
import { isWildcard } from '../text/wildcard.ts'
import type { Arguments } from './arguments.ts'
import { type Host, LOG_LEVELS, SERVER_TOKENS, type TcpAddress } from './config.ts'
import { addPath, type Directive, set, setByExtension, setTo } from './directive.ts'
import type { Draft } from './draft.ts'
import { answersAt, mayBeSecure } from './https.ts'
import { takeErrorDocument } from './values/error-document.ts'
import { takeFieldRule } from './values/header.ts'
import { comparableName, hostName, hostPattern } from './values/host-name.ts'
import { lifetime } from './values/lifetime.ts'
import { formatListenAddress, listenAddress, overlap, withFamiliesApart } from './values/listen-address.ts'
import { STANDARD_STREAMS } from './values/log-file.ts'
import {
  readLogFormat,
  takeErrorLog,
  takeLogFile,
  takeLogFormat,
  takeLogKeep,
  takeLogRotate,
} from './values/log-target.ts'
import { formatPeerNetwork, peerNetwork } from './values/network.ts'
import { takeReadTimeouts } from './values/read-timeout.ts'
import { takeRedirect, takeRedirectMatch } from './values/redirect.ts'
import { takeRequirement } from './values/require.ts'
import { takeSocketPath } from './values/socket-path.ts'
import { takeSslProtocol } from './values/ssl-protocol.ts'
import { nextIsUnixAddress, takeUnixAddress } from './values/unix-address.ts'
import {
  charset,
  dotName,
  duration,
  fieldName,
  flag,
  indexName,
  integer,
  mediaType,
  mediaTypeOrGroup,
  namePattern,
  oneOf,
  orOff,
  realm,
  size,
  text,
  urlPath,
} from './values/values.ts'

const OPTIONS: Readonly<Record<string, 'indexes' | 'followSymLinks'>> = {
  Indexes: 'indexes',
  FollowSymLinks: 'followSymLinks',
}

const protocol = oneOf(['http', 'https'])

/**
 * Every directive there is. They are applied in this order, whatever their order in the file, so that a row may
 * use what a row above it has put into the draft.
 */
export const DIRECTIVES = [
  {
    name: 'ServerRoot',
    level: 'server',
    usage: 'folder',
    default: undefined,
    help: 'Where relative paths begin; the folder above etc/ when not given',
    ...set('serverRoot', args => args.takePath('folder of the server')),
  },
  {
    name: 'Include',
    level: 'folder',
    usage: 'file-or-pattern',
    default: undefined,
    help: 'Reads more directives from a file, or from all that match a pattern such as etc/conf.d/*.conf, by name',
    repeat: 'often, instead of the default',
    fields: [],
    // The files were read before: this only checks the arguments.
    apply: args => args.takePathText(),
  },
  {
    name: 'Listen',
    level: 'server',
    usage: '[address:]port [http|https]|unix:file [mode=octal] [group=name]',
    default: undefined,
    help: 'Accepts connections there, IPv6 addresses in brackets; port 0 is any free one, unix: a Unix socket',
    repeat: 'often, instead of the default',
    fields: ['listen'],
    clash: 'overlaps with it and is given',
    apply(args, draft) {
      const address = nextIsUnixAddress(args) ? takeUnixAddress(args) : takeTcpAddress(args)
      const rival = draft.listen.find(other => overlap(address, other))
      draft.listen = withFamiliesApart([...draft.listen, address])
      return formatListenAddress(rival ?? address)
    },
  },
  {
    name: 'ServerName',
    level: 'host',
    usage: 'host-name',
    default: undefined,
    help: 'Name of the server in generated pages and logs, and by which a host is found; the name of the machine when not given',
    ...set('serverName', args => args.take(hostName)),
  },
  {
    name: 'ServerAlias',
    level: 'host',
    usage: 'host-name...',
    default: undefined,
    help: 'More names by which a host is found, with * for any characters and ? for one',
    repeat: 'often, instead of the default',
    fields: ['serverAlias'],
    apply(args, draft) {
      const names = args.takeAll(hostPattern)
      draft.serverAlias = [...draft.serverAlias, ...names]
      return names.map(comparableName)
    },
  },
  {
    name: 'StrictHostCheck',
    level: 'host',
    usage: 'On|Off',
    default: 'Off',
    help: 'Whether requests are refused that name a host of another name than those of ServerName and ServerAlias',
    ...setTo('strictHostCheck', flag),
  },
  {
    name: 'DocumentRoot',
    level: 'host',
    usage: 'folder',
    default: 'var/www',
    help: 'Folder whose files are served',
    ...set('documentRoot', args => args.takePath('folder to serve')),
  },
  {
    name: 'Alias',
    level: 'host',
    usage: 'path folder',
    default: undefined,
    help: 'Serves a folder elsewhere at a path, and at all below it',
    repeat: 'often, instead of the default',
    fields: ['alias'],
    apply(args, draft) {
      const path = args.take(urlPath).replace(/\/$/, '')
      const folder = args.takePath('folder to serve')
      draft.alias = [...draft.alias, { path, folder }]
      return `${path}/`
    },
  },
  {
    name: 'FollowSymLinksTo',
    level: 'host',
    usage: 'folder',
    default: undefined,
    help: 'A folder outside of DocumentRoot that symbolic links may lead to, where FollowSymLinks follows any',
    ...addPath('followSymLinksTo', 'folder to serve'),
  },
  {
    name: 'DirectoryIndex',
    level: 'folder',
    usage: 'name...|disabled',
    default: 'index.html',
    help: 'Files that stand for a folder, the first that exists: a name in it, or a path that begins with a slash',
    ...set('directoryIndex', args => {
      const names = args.takeAll(indexName)
      return names.length === 1 && names[0]?.toLowerCase() === 'disabled' ? [] : names
    }),
  },
  {
    name: 'AllowDotNames',
    level: 'folder',
    usage: 'name...|none',
    default: '.well-known',
    help: 'The names that begin with a dot and are served all the same, with all that lies below them',
    ...set('allowDotNames', args => (args.takeIf(/^none$/i) ? [] : args.takeAll(dotName))),
  },
  {
    name: 'ErrorDocument',
    level: 'folder',
    usage: 'status path|"text"|default',
    default: '404 /404.html',
    help: 'What to send with an error: a file below DocumentRoot, a text in quotes, or the page built in',
    repeat: 'often, beside the default',
    fields: ['errorDocument'],
    apply: applyErrorDocument,
  },
  {
    name: 'FallbackResource',
    level: 'folder',
    usage: 'path|disabled',
    default: 'disabled',
    help: 'What to serve for a path that names nothing, for applications of a single page',
    ...set('fallbackResource', takeFallbackResource),
  },
  {
    name: 'Options',
    level: 'folder',
    usage: '[+|-]Indexes|[+|-]FollowSymLinks...|None',
    default: 'FollowSymLinks',
    help:
      'Indexes lists folders without an index, FollowSymLinks follows links within DocumentRoot; ' +
      'with + and - they change the default, without they replace it',
    repeat: 'once, beside the default',
    fields: Object.values(OPTIONS),
    apply: applyOptions,
  },
  {
    name: 'IndexIgnore',
    level: 'folder',
    usage: 'name...',
    default: undefined,
    help: 'Names that no listing shows, with *, ? and [...] as in a shell',
    repeat: 'often, instead of the default',
    fields: ['indexIgnore'],
    apply(args, draft) {
      const names = args.takeAll(namePattern)
      draft.indexIgnore = [...draft.indexIgnore, ...names]
      return names
    },
  },
  {
    name: 'DirectorySlash',
    level: 'folder',
    usage: 'On|Off',
    default: 'On',
    help: 'Whether clients are sent from the path of a folder without its final slash to that with it',
    ...setTo('directorySlash', flag),
  },
  {
    name: 'CleanUrls',
    level: 'folder',
    usage: 'On|Off',
    default: 'Off',
    help: 'Whether page.html is served at page, and clients that ask for page.html are sent there; rules that close either close both',
    ...setTo('cleanUrls', flag),
  },
  {
    name: 'Precompressed',
    level: 'folder',
    usage: 'On|Off',
    default: 'On',
    help: 'Whether name.br, name.zst or name.gz beside a file is sent to clients that can unpack it',
    ...setTo('precompressed', flag),
  },
  {
    name: 'Compress',
    level: 'folder',
    usage: 'On|Off',
    default: 'On',
    help: 'Whether text without such files is compressed in memory, while there is nothing else to do',
    ...setTo('compress', flag),
  },
  {
    name: 'AddType',
    level: 'folder',
    usage: 'media-type extension...',
    default: undefined,
    help: 'Media type of files with such a name',
    ...setByExtension('addType', mediaType),
  },
  {
    name: 'AddCharset',
    level: 'folder',
    usage: 'charset extension...',
    default: undefined,
    help: 'Character set of files with such a name',
    ...setByExtension('addCharset', charset),
  },
  {
    name: 'AddDefaultCharset',
    level: 'folder',
    usage: 'charset|On|Off|Auto',
    default: 'Auto',
    help: 'Character set of other text files; On is utf-8, Auto too but for HTML that declares another',
    ...set('addDefaultCharset', takeDefaultCharset),
  },
  {
    name: 'DefaultType',
    level: 'folder',
    usage: 'media-type|Auto',
    default: 'Auto',
    help: 'Media type of files whose name tells none; Auto looks whether they are text',
    ...set('defaultType', takeDefaultType),
  },
  {
    name: 'ForceType',
    level: 'folder',
    usage: 'media-type|None',
    default: 'None',
    help: 'Media type of all files, whatever their names; for sections',
    ...set('forceType', args => (args.takeIf(/^none$/i) ? undefined : args.take(mediaType))),
  },
  {
    name: 'Header',
    level: 'folder',
    usage: '[always] set|append|add|unset name [value]',
    default: undefined,
    help: 'Changes a field of successful responses; with always, of errors and redirects too',
    repeat: 'often, instead of the default',
    fields: ['header'],
    apply(args, draft) {
      draft.header = [...draft.header, takeFieldRule(args)]
      // Each changes what those before it have made.
      return String(draft.header.length)
    },
  },
  {
    name: 'ExpiresByType',
    level: 'folder',
    usage: 'media-type duration',
    default: undefined,
    help: 'How long clients may keep files of a type, or of a group of types such as image/*',
    repeat: 'often, instead of the default',
    fields: ['expiresByType'],
    apply(args, draft) {
      const type = args.take(mediaTypeOrGroup)
      draft.expiresByType = new Map(draft.expiresByType).set(type, args.take(lifetime))
      return type
    },
  },
  {
    name: 'ExpiresDefault',
    level: 'folder',
    usage: 'duration|off',
    default: 'off',
    help: 'How long clients may keep files of every other type',
    ...set('expiresDefault', args => (args.takeIf(/^off$/i) ? undefined : args.take(lifetime))),
  },
  {
    name: 'AuthType',
    level: 'folder',
    usage: 'Basic|None',
    default: 'None',
    help: 'How it is asked who somebody is: Basic by a name and a password',
    ...set('authType', args => (args.take(oneOf(['Basic', 'None'])) === 'Basic' ? 'Basic' : undefined)),
  },
  {
    name: 'AuthName',
    level: 'folder',
    usage: '"name"',
    default: undefined,
    help: 'What a browser shows where it asks for the password, and by which it knows where else to send it',
    ...setTo('authName', realm),
  },
  {
    name: 'AuthUserFile',
    level: 'folder',
    usage: 'file',
    default: undefined,
    help: 'The users and the hashes of their passwords, as webserverctl password and htpasswd write them',
    ...set('authUserFile', args => args.takePath('passwords to read')),
  },
  {
    name: 'AuthGroupFile',
    level: 'folder',
    usage: 'file',
    default: undefined,
    help: 'The groups, each in a line such as "group: user user"',
    ...set('authGroupFile', args => args.takePath('groups to read')),
  },
  {
    name: 'Require',
    level: 'folder',
    usage: '[not] all granted|all denied|ip network...|valid-user|user name...|group name...',
    default: undefined,
    help: 'Who may have what is served: of several lines any suffices, unless <RequireAll>, <RequireAny> and <RequireNone> join them',
    repeat: 'often, instead of the default',
    renews: true,
    fields: ['require'],
    apply(args, draft) {
      draft.require = [...draft.require, takeRequirement(args)]
      return String(draft.require.length)
    },
  },
  {
    name: 'Redirect',
    level: 'host',
    usage: '[status] path [target]',
    default: undefined,
    help: 'Sends clients from a path, and from all below it, to a URL or another path: permanent, temp (the default), seeother or a number; gone or the number of an error takes no target',
    repeat: 'often, instead of the default',
    fields: ['redirect'],
    apply: (args, draft) => applyRedirect(args, draft),
  },
  {
    name: 'RedirectPermanent',
    level: 'host',
    usage: 'path target',
    default: undefined,
    help: 'The same as "Redirect permanent"',
    repeat: 'often, instead of the default',
    along: 'Redirect',
    fields: [],
    apply: (args, draft) => applyRedirect(args, draft, 301),
  },
  {
    name: 'RedirectTemp',
    level: 'host',
    usage: 'path target',
    default: undefined,
    help: 'The same as "Redirect temp"',
    repeat: 'often, instead of the default',
    along: 'Redirect',
    fields: [],
    apply: (args, draft) => applyRedirect(args, draft, 302),
  },
  {
    name: 'RedirectMatch',
    level: 'host',
    usage: '[status] expression [target]',
    default: undefined,
    help: 'The same for paths in which a regular expression is found; $1 to $9 in the target are what its groups have matched',
    repeat: 'often, instead of the default',
    along: 'Redirect',
    fields: [],
    apply(args, draft) {
      const redirect = takeRedirectMatch(args)
      draft.redirect = [...draft.redirect, redirect]
      return `expression ${redirect.path}`
    },
  },
  {
    name: 'KeepAlive',
    level: 'server',
    usage: 'On|Off',
    default: 'On',
    help: 'Whether a connection may carry more than one request',
    ...setTo('keepAlive', flag),
  },
  {
    name: 'KeepAliveTimeout',
    level: 'server',
    usage: 'duration',
    default: '5s',
    help: 'How long a connection may wait for its next request',
    ...setTo('keepAliveTimeout', duration('1ms', '1d')),
  },
  {
    name: 'MaxKeepAliveRequests',
    level: 'server',
    usage: 'number',
    default: '1000',
    help: 'Requests a connection may carry; 0 is no limit',
    ...setTo('maxKeepAliveRequests', integer(0, 1_000_000_000)),
  },
  {
    name: 'Timeout',
    level: 'server',
    usage: 'duration',
    default: '60s',
    help: 'How long a client may take nothing of its response before it is given up',
    ...setTo('timeout', duration('1ms', '1d')),
  },
  {
    name: 'SendMinRate',
    level: 'server',
    usage: 'bytes|off',
    default: 'off',
    help: 'How many bytes a second a client must take of its response, looked at over each Timeout, or it is given up',
    ...setTo('sendMinRate', orOff(size('1', '1G'), 0)),
  },
  {
    name: 'RequestReadTimeout',
    level: 'server',
    usage: 'duration|header|body=duration[-duration][,MinRate=bytes]...',
    default: '20s',
    help: 'How long a client may take to send the head of a request, and its body; with MinRate a second longer for so many bytes',
    repeat: 'often, beside the default',
    fields: ['requestReadTimeout'],
    apply(args, draft) {
      const { timeouts, subject } = takeReadTimeouts(args, draft.requestReadTimeout)
      draft.requestReadTimeout = timeouts
      return subject
    },
  },
  {
    name: 'LimitRequestLine',
    level: 'server',
    usage: 'size',
    default: '8190',
    help: 'Longest request line',
    ...setTo('limitRequestLine', size('64', '1M')),
  },
  {
    name: 'LimitRequestFields',
    level: 'server',
    usage: 'number',
    default: '100',
    help: 'Most fields in a request',
    ...setTo('limitRequestFields', integer(1, 32_767)),
  },
  {
    name: 'LimitRequestFieldSize',
    level: 'server',
    usage: 'size',
    default: '8190',
    help: 'Longest field of a request',
    ...setTo('limitRequestFieldSize', size('64', '1M')),
  },
  {
    name: 'LimitRequestBody',
    level: 'server',
    usage: 'size',
    default: '1M',
    help: 'Longest body of a request; it is read and discarded',
    // Apache's 0 is no limit at all, which nobody should get who wants no bodies.
    ...setTo('limitRequestBody', size('1', '1T')),
  },
  {
    name: 'MaxConnections',
    level: 'server',
    usage: 'number',
    default: '1024',
    help: 'Most connections at a time; beyond it idle ones are closed first',
    ...setTo('maxConnections', integer(1, 1_000_000)),
  },
  {
    name: 'MaxConnectionsPerAddress',
    level: 'server',
    usage: 'number|off',
    default: 'off',
    help: 'Most connections of one client at a time, by its IPv4 address or IPv6 network of 64 bits; beyond it as above',
    ...setTo('maxConnectionsPerAddress', orOff(integer(1, 1_000_000), Number.POSITIVE_INFINITY)),
  },
  {
    name: 'MaxWait',
    level: 'server',
    usage: 'duration|off',
    default: '20ms',
    help: 'How long a request may wait before the one in service is set aside; off lets every request finish first',
    ...set('maxWait', takeMaxWait),
  },
  {
    name: 'FileCacheSize',
    level: 'server',
    usage: 'size|off',
    default: '128M',
    help: 'Memory for small files',
    ...setTo('fileCacheSize', orOff(size('0', '64G'), 0)),
  },
  {
    name: 'SSLEngine',
    level: 'host',
    usage: 'On|Off',
    default: undefined,
    help: 'Whether HTTPS is spoken at the ports of a host, for all hosts there; when not given, Listen decides',
    ...set('sslEngine', args => args.take(flag)),
  },
  {
    name: 'SSLCertificateFile',
    level: 'host',
    usage: 'file',
    default: undefined,
    help: 'Certificate of a host in PEM, with those that vouch for it; one for each kind of key',
    renews: true,
    ...addPath('sslCertificateFile', 'certificate to read'),
  },
  {
    name: 'SSLCertificateKeyFile',
    level: 'host',
    usage: 'file',
    default: undefined,
    help: 'Private key of a certificate in PEM, where it does not stand with that',
    renews: true,
    ...addPath('sslCertificateKeyFile', 'key to read'),
  },
  {
    name: 'SSLProtocol',
    level: 'host',
    usage: '[+|-]all|TLSv1.2|TLSv1.3...',
    default: 'TLSv1.2 TLSv1.3',
    help: 'Versions of TLS that are spoken with clients',
    ...set('sslProtocol', takeSslProtocol),
  },
  {
    name: 'RemoteIPProxyProtocol',
    level: 'host',
    usage: 'On|Off',
    default: undefined,
    help: 'Whether connections begin with a PROXY header, at all ports of the server or at those of a host',
    ...set('remoteIpProxyProtocol', args => args.take(flag)),
  },
  {
    name: 'RemoteIPProxyProtocolExceptions',
    level: 'host',
    usage: 'network|unix:...',
    default: undefined,
    help: 'Who sends no PROXY header where others do',
    repeat: 'often, instead of the default',
    renews: true,
    fields: ['remoteIpProxyProtocolExceptions'],
    apply(args, draft) {
      const networks = args.takeAll(peerNetwork)
      draft.remoteIpProxyProtocolExceptions = [...draft.remoteIpProxyProtocolExceptions, ...networks]
      return networks.map(formatPeerNetwork)
    },
  },
  {
    name: 'RemoteIPHeader',
    level: 'host',
    usage: 'name',
    default: undefined,
    help: 'The field in which proxies name the client, such as X-Forwarded-For',
    ...set('remoteIpHeader', takeClientField),
  },
  {
    name: 'RemoteIPTrustedProxy',
    level: 'host',
    usage: 'network|unix:...',
    default: undefined,
    help: 'Proxies that are believed who the client is, unless they name a private address',
    repeat: 'often, instead of the default',
    renews: true,
    fields: ['remoteIpProxies'],
    apply: (args, draft) => addProxies(args, draft, false),
  },
  {
    name: 'RemoteIPInternalProxy',
    level: 'host',
    usage: 'network|unix:...',
    default: undefined,
    help: 'Proxies that are believed a private address too',
    repeat: 'often, instead of the default',
    along: 'RemoteIPTrustedProxy',
    fields: [],
    apply: (args, draft) => addProxies(args, draft, true),
  },
  {
    name: 'ControlSocket',
    level: 'server',
    usage: 'file',
    default: 'var/run/webserver.sock',
    help: 'Unix socket through which webserverctl talks to the server',
    ...set('controlSocket', args => takeSocketPath(args)),
  },
  {
    name: 'ErrorLog',
    level: 'host',
    usage: 'file|journal|stderr|stdout',
    default: 'var/log/error.log',
    help: "Where the server reports on itself: a file and stderr, or only systemd's journal, stderr or stdout",
    ...set('errorLog', takeErrorLog),
  },
  {
    name: 'LogLevel',
    level: 'server',
    usage: LOG_LEVELS.join('|'),
    default: 'info',
    help: 'How grave a message must be to stand in the ErrorLog',
    ...setTo('logLevel', oneOf(LOG_LEVELS)),
  },
  {
    name: 'LogFormat',
    level: 'host',
    usage: '"format" name',
    default: undefined,
    help: "Names a format of log lines, in Apache's language; common, combined, vhost_combined and json are built in",
    repeat: 'often, instead of the default',
    fields: ['logFormat'],
    apply(args, draft) {
      const format = readLogFormat(args, args.take(text('a format such as "%h %t %r"')))
      const name = args.take(text('a name for the format'))
      draft.logFormat = new Map(draft.logFormat).set(name, format)
      return name
    },
  },
  {
    name: 'CustomLog',
    level: 'host',
    usage: 'file|stdout|stderr|journal|off format-name|"format"',
    default: 'var/log/access.log combined',
    help: 'Where every request is logged, and how; off logs none',
    repeat: 'often, instead of the default',
    renews: true,
    fields: ['customLog'],
    apply: applyCustomLog,
  },
  {
    name: 'BufferedLogs',
    level: 'server',
    usage: 'On|Off',
    default: 'Off',
    help: 'Whether lines of a CustomLog may wait for 10 ms, to be written together',
    ...setTo('bufferedLogs', flag),
  },
  {
    name: 'LogRotate',
    level: 'server',
    usage: 'daily|hourly|size bytes',
    default: 'daily',
    help: 'When a new log file begins',
    ...set('logRotate', takeLogRotate),
  },
  {
    name: 'LogKeep',
    level: 'server',
    usage: 'number files|days',
    default: '14 files',
    help: 'How many old log files are kept, or for how long',
    ...set('logKeep', takeLogKeep),
  },
  {
    name: 'LogCompress',
    level: 'server',
    usage: 'On|Off',
    default: 'On',
    help: 'Whether old log files are compressed',
    ...setTo('logCompress', flag),
  },
  {
    name: 'ServerTokens',
    level: 'server',
    usage: SERVER_TOKENS.join('|'),
    default: 'Prod',
    help: 'How much the Server field tells of this software; Off leaves it out',
    ...setTo('serverTokens', oneOf(SERVER_TOKENS)),
  },
  {
    name: 'HealthPath',
    level: 'server',
    usage: 'path|off',
    default: 'off',
    help: 'Path at which a balancer is told whether to send more: 200, or 503 while the server drains or stops; it is neither logged nor counted',
    ...set('healthPath', args => (args.takeIf(/^off$/i) ? undefined : args.take(urlPath))),
  },
] as const satisfies readonly Directive[]

export type DirectiveName = (typeof DIRECTIVES)[number]['name']

/** The fields of a host: what may be decided in a section, and what it is itself. */
export const HOST_FIELDS: readonly (keyof Host)[] = [
  ...DIRECTIVES.flatMap(({ level, fields }) =>
    level === 'server' ? [] : (fields as readonly (keyof Host)[]),
  ),
  ...(['at', 'names', 'origins', 'sections', 'says', 'serverRoot'] as const),
]

function takeTcpAddress(args: Arguments): TcpAddress {
  const address = args.take(listenAddress)
  return args.done ? address : { ...address, protocol: args.take(protocol) }
}

function applyRedirect(args: Arguments, draft: Draft, status?: number): string {
  const { serverName, serverAlias, listen, at = [] } = draft
  const hosts = [serverName, ...serverAlias].filter(name => !isWildcard(name))
  const ports = listen.flatMap(({ port }) => port ?? []).filter(port => answersAt(port, at))
  const names = { hosts, ports, isSecure: listen.some(mayBeSecure) }
  const redirect = takeRedirect(args, draft.redirect, names, status)
  draft.redirect = [...draft.redirect, redirect]
  return redirect.path
}

function takeFallbackResource(args: Arguments, draft: Draft): string | undefined {
  if (args.takeIf(/^disabled$/i)) return undefined
  const path = args.take(urlPath)
  notePage(path, args, draft)
  return path
}

/** Notes which file the URL path taken last stands for, if the folder that is served is known. */
function notePage(path: string, args: Arguments, { documentRoot }: Draft): void {
  if (documentRoot !== undefined) args.noteFile(join(documentRoot, path), 'page to send')
}

function applyErrorDocument(args: Arguments, draft: Draft): string {
  const status = args.take(integer(400, 599))
  const document = takeErrorDocument(args)
  if (document !== 'default' && document.kind === 'path') notePage(document.path, args, draft)
  const documents = new Map(draft.errorDocument)
  if (document === 'default') documents.delete(status)
  else documents.set(status, document)
  draft.errorDocument = documents
  return String(status)
}

const option = oneOf(['None', ...Object.keys(OPTIONS).flatMap(name => [name, `+${name}`, `-${name}`])])

/** Either all options bear a sign or none does, as in Apache: the two kinds together have no clear meaning. */
function applyOptions(args: Arguments, draft: Draft): string {
  let first: string | undefined
  do {
    const word = args.take(option)
    const isSigned = /^[+-]/.test(word)
    if (first !== undefined && isSigned !== /^[+-]/.test(first)) {
      throw args.mistake(`Expected + or - before all options or before none, got ${word} behind ${first}`)
    }
    if (word === 'None' || (first === undefined && !isSigned)) {
      for (const field of Object.values(OPTIONS)) draft[field] = false
    }
    const field = OPTIONS[word.replace(/^[+-]/, '')]
    if (field !== undefined) draft[field] = !word.startsWith('-')
    first ??= word
  } while (!args.done)
  return ''
}

function takeClientField(args: Arguments): string {
  const name = args.take(fieldName).toLowerCase()
  if (name === 'forwarded')
    throw args.mistake(
      'Expected a field of addresses alone, got Forwarded: have the proxy send X-Forwarded-For, and name that',
    )
  return name
}

function addProxies(args: Arguments, draft: Draft, isInternal: boolean): string[] {
  const networks = args.takeAll(peerNetwork)
  const proxies = networks.map(each => ({ network: each, isInternal }))
  draft.remoteIpProxies = [...draft.remoteIpProxies, ...proxies]
  return networks.map(formatPeerNetwork)
}

const maxWait = orOff(duration('0', '1d'), Number.POSITIVE_INFINITY)

function takeMaxWait(args: Arguments): number {
  const [number = ''] = args.nextMatch(/^0*[1-9]\d*$/) ?? []
  const wait = args.take(maxWait)
  if (number !== '')
    args.warn(`${number} is so many seconds: write ${number}ms if milliseconds are meant, else ${number}s`)
  return wait
}

function takeDefaultCharset(args: Arguments): string | undefined {
  if (args.takeIf(/^off$/i)) return undefined
  if (args.takeIf(/^auto$/i)) return 'auto'
  return args.takeIf(/^on$/i) ? 'utf-8' : args.take(charset)
}

function takeDefaultType(args: Arguments): string {
  return args.takeIf(/^auto$/i) ? 'auto' : args.take(mediaType)
}

function applyCustomLog(args: Arguments, draft: Draft): string {
  if (args.takeIf(/^off$/i)) return 'off'
  if (args.takeIf(/^none$/i))
    throw args.mistake('Expected a file, stdout, stderr, journal or off, got none: write off')
  if (args.takeIf(/^syslog(?::|$)/i))
    throw args.mistake('Expected a file, stdout, stderr, journal or off, got syslog')
  const path = args.takeIf(/^journal$/i) ? '/dev/stderr' : takeLogFile(args)
  if (draft.errorLog?.kind === 'file' && draft.errorLog.path === path && !STANDARD_STREAMS.has(path)) {
    throw args.mistake('Expected a file of its own, got that of the ErrorLog')
  }
  draft.customLog = [...draft.customLog, { path, format: takeLogFormat(args, draft.logFormat) }]
  return path
}
