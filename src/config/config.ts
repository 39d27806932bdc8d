import type { Network, Requirement } from '../access/requirement.ts'
import type { UNIX_PEER } from '../http/request/peer.ts'
import type { FieldRule } from '../http/response/field-rules.ts'
import type { Lifetime } from '../http/response/freshness.ts'
import type { RedirectRule } from '../http/response/redirect-rules.ts'
import type { Protocol as TlsProtocol } from '../tls/secure-contexts.ts'
import type { Problem } from './problem.ts'
import type { Statement } from './statement.ts'
import type { LogFormat } from './values/log-format.ts'

/** What may be decided for some of the files alone. */
export interface FolderSettings {
  readonly directoryIndex: readonly string[]
  /** The names that begin with a dot and are served all the same. */
  readonly allowDotNames: readonly string[]
  /** Send name.br, name.zst or name.gz in place of a file to clients that can unpack it. */
  readonly precompressed: boolean
  /** Compress text in memory for clients that can unpack it. */
  readonly compress: boolean
  /** What to send for an error status, by status. */
  readonly errorDocument: ReadonlyMap<number, ErrorDocument>
  /** The URL path that answers for a path that names nothing; undefined is `disabled`. */
  readonly fallbackResource: string | undefined
  /** Follow symbolic links, though never to a target outside documentRoot. */
  readonly followSymLinks: boolean
  /** List the folders that have no index. */
  readonly indexes: boolean
  /** Media types by extension, in lower case and without its dot. */
  readonly addType: ReadonlyMap<string, string>
  /** Character sets by extension. */
  readonly addCharset: ReadonlyMap<string, string>
  /** Media type of files whose name tells none; `auto` has their content tell. */
  readonly defaultType: string
  /** Character set of text for which nothing else tells it; undefined is `Off`, `auto` has HTML tell. */
  readonly addDefaultCharset: string | undefined
  /** In the order they are applied. */
  readonly header: readonly FieldRule[]
  /** By media type, or by a group of them such as `image/*`, in lower case. */
  readonly expiresByType: ReadonlyMap<string, Lifetime>
  /** Undefined is `off`. */
  readonly expiresDefault: Lifetime | undefined
  /** Media type of all files, whatever their names; undefined is `None`. */
  readonly forceType: string | undefined
  /** Names that no listing shows, with wildcards. */
  readonly indexIgnore: readonly string[]
  /** Send clients from a folder's path without its final slash to that with it. */
  readonly directorySlash: boolean
  /** Serve `page.html` at `page`, and send clients there. */
  readonly cleanUrls: boolean
  /** How it is asked who somebody is; undefined is `None`. */
  readonly authType: 'Basic' | undefined
  /** What a client is told that its user has to know a password for. */
  readonly authName: string | undefined
  readonly authUserFile: string | undefined
  readonly authGroupFile: string | undefined
  /** Any of them suffices; where there is none everybody may have everything. */
  readonly require: readonly Requirement[]
}

/** What each host may decide for itself. */
export interface HostSettings extends FolderSettings {
  readonly serverName: string
  /** Other names of the host, which may have the wildcards `*` and `?`. */
  readonly serverAlias: readonly string[]
  /** Refuse requests for a host of another name. */
  readonly strictHostCheck: boolean
  readonly documentRoot: string
  /** Folders that are served at a path of their own; the first whose path matches counts. */
  readonly alias: readonly Alias[]
  /** Absolute folders that links may lead to, besides the one they are served from. */
  readonly followSymLinksTo: readonly string[]
  /** The first that matches counts. */
  readonly redirect: readonly RedirectRule[]
  /** Whether HTTPS is spoken at its ports; undefined where nothing is said of that. */
  readonly sslEngine: boolean | undefined
  /** Files of certificates, one for each kind of key; empty where there is none. */
  readonly sslCertificateFile: readonly string[]
  readonly sslCertificateKeyFile: readonly string[]
  readonly sslProtocol: readonly TlsProtocol[]
  /** Whether connections to its ports begin with a PROXY header; undefined where the host says nothing of that itself. */
  readonly remoteIpProxyProtocol: boolean | undefined
  /** Who sends no PROXY header where others do. */
  readonly remoteIpProxyProtocolExceptions: readonly PeerNetwork[]
  /** The field that names the client of a request, in lower case. */
  readonly remoteIpHeader: string | undefined
  /** Who is believed what the client is; the first that an address is of counts. */
  readonly remoteIpProxies: readonly TrustedProxy[]
  readonly errorLog: ErrorLogTarget
  /** Formats by name, the built-in ones among them. */
  readonly logFormat: ReadonlyMap<string, LogFormat>
  readonly customLog: readonly CustomLog[]
}

/** A host: a `<VirtualHost>`, or the main server, which is all that stands outside of these. */
export interface Host extends HostSettings {
  /** Where it answers; the main server, which has none, answers where no `<VirtualHost>` does. */
  readonly at: readonly HostAddress[]
  /** The names by which it is found, in lower case; the first of its address needs none. */
  readonly names: readonly string[]
  /**
   * Where the directives stand that were given, by their names: file, line and column, in their order; those of the
   * host before those of the main server.
   */
  readonly origins: ReadonlyMap<string, readonly string[]>
  /** What holds for some of its files alone; those of the main server come first. */
  readonly sections: readonly FolderSection[]
  /** All that its sections say, in words, to tell them from others. */
  readonly says: readonly string[]
  readonly serverRoot: string
}

/**
 * Everything an administrator can decide, as values ready to use: paths are absolute, durations are
 * milliseconds, sizes are bytes. A Config never changes; a reload makes a new one.
 *
 * `directives.ts` holds the row behind each field, with its name in the file, its default and its help.
 */
export interface Config extends Host {
  /** The file it was read from. */
  readonly file: string
  /** Which one of several servers with this file it is for; undefined where there is but one. */
  readonly instance?: string
  /** What can be meant, but seldom is, in the order of files and lines. */
  readonly warnings: readonly Problem[]
  /** Each `<VirtualHost>`, in their order. */
  readonly hosts: readonly Host[]

  /** Empty when the file names none, which is right only under socket activation. */
  readonly listen: readonly ListenAddress[]

  readonly keepAlive: boolean
  readonly keepAliveTimeout: number
  /** 0 is no limit. */
  readonly maxKeepAliveRequests: number
  readonly timeout: number
  readonly requestReadTimeout: ReadTimeouts
  /** Bytes a second that a client must take at least of a response; 0 is `off`. */
  readonly sendMinRate: number
  readonly limitRequestLine: number
  readonly limitRequestFields: number
  readonly limitRequestFieldSize: number
  readonly limitRequestBody: number
  readonly maxConnections: number
  /** Infinity is `off`. */
  readonly maxConnectionsPerAddress: number

  /** How long a request may wait before the one in service is set aside; Infinity is `off`. */
  readonly maxWait: number
  /** Bytes of small files kept in memory; 0 is `off`. */
  readonly fileCacheSize: number

  readonly controlSocket: string

  /** Hold lines of a CustomLog for 10 ms, to write many at once. */
  readonly bufferedLogs: boolean
  readonly logLevel: LogLevel
  readonly logRotate: LogRotate
  readonly logKeep: LogKeep
  readonly logCompress: boolean

  readonly serverTokens: ServerTokens
  /** The URL path that tells whether the server is there for more requests; undefined is `off`. */
  readonly healthPath: string | undefined
}

/** Where the other ends of connections are: a network, or the Unix sockets of this machine. */
export type PeerNetwork = Network | typeof UNIX_PEER

/** Proxies; those that are internal are believed a private address too. */
export interface TrustedProxy {
  readonly network: PeerNetwork
  readonly isInternal: boolean
}

/** A folder elsewhere that is served at a path of a host, and at all below it. */
export interface Alias {
  /** Without its final slash; empty for the root. */
  readonly path: string
  /** Absolute. */
  readonly folder: string
}

/** A section for some of the files of a host, and what stands in it, checked. */
export interface FolderSection {
  /** What it looks at: the path on the disk, the last name in it, or the path that a client asks for. */
  readonly kind: 'Directory' | 'Files' | 'Location'
  /** Where it begins, as file, line and column. */
  readonly origin: string
  /** Absolute for a Directory; without a final slash but for a Location. */
  readonly pattern: string
  readonly matching: 'as it stands' | 'wildcards' | 'expression'
  readonly statements: readonly Statement[]
  /** The `<Files>` within a `<Directory>`, and `<FilesMatch>`. */
  readonly files: readonly FolderSection[]
}

/** Where a `<VirtualHost>` answers: at an address, or with undefined at all of them; at a port, or at all of them. */
export interface HostAddress {
  readonly host: string | undefined
  readonly port: number | undefined
}

/** Where connections are accepted. */
export type ListenAddress = TcpAddress | UnixAddress

/** A Unix socket, for front ends on this machine; what is spoken there is HTTP. */
export interface UnixAddress {
  /** Absolute; that of an abstract socket, which only systemd passes, begins with `@`. */
  readonly path: string
  /** Its permissions; undefined for one that systemd passes, who decides them. */
  readonly mode?: number
  /** The name or number of its group; undefined is that of the server. */
  readonly group?: string
  readonly host?: undefined
  readonly port?: undefined
  readonly protocol?: undefined
}

/** `host` undefined is every address of the machine, IPv6 and IPv4; `port` 0 is any free port. */
export interface TcpAddress {
  readonly path?: undefined
  readonly host: string | undefined
  readonly port: number
  /** Leaves IPv4 to the `0.0.0.0` of the same port; without it `::` takes that in too. */
  readonly ipv6Only?: true
  /** What is spoken there; `http` where nothing is said. */
  readonly protocol?: Protocol
}

export type Protocol = 'http' | 'https'

/** A part of a request that has a time of its own to arrive in. */
export type RequestPart = 'head' | 'body'
export type ReadTimeouts = Readonly<Record<RequestPart, ReadTimeout>>

/** A part may take `least`, a second more for each `minRate` bytes that have come, and `most` in all. */
export interface ReadTimeout {
  readonly least: number
  /** Infinity where only the limits of a request bound it. */
  readonly most: number
  /** Bytes; undefined where no time is added. */
  readonly minRate: number | undefined
}

/** A `path` is a URL path on this server; a `text` is sent as it stands. */
export type ErrorDocument =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string }

export type ErrorLogTarget =
  | { readonly kind: 'file'; readonly path: string }
  /** On stderr, with priorities for the journal in any case, or only where stderr leads there. */
  | { readonly kind: 'journal' | 'stderr' }

/** In the order of Apache's LogLevel, the gravest first. */
export const LOG_LEVELS = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface CustomLog {
  readonly path: string
  readonly format: LogFormat
}

export type LogRotate =
  | { readonly kind: 'daily' }
  | { readonly kind: 'hourly' }
  | { readonly kind: 'size'; readonly bytes: number }

export type LogKeep =
  | { readonly kind: 'files'; readonly count: number }
  | { readonly kind: 'days'; readonly count: number }

export const SERVER_TOKENS = ['Full', 'Min', 'Prod', 'Off'] as const
export type ServerTokens = (typeof SERVER_TOKENS)[number]
