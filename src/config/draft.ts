import type { Config } from './config.ts'
import { BUILT_IN_LOG_FORMATS } from './values/log-format.ts'

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] }

/** A Config in the making: fields without a default are there from the beginning, the rest comes row by row. */
export type Draft = Partial<Mutable<Config>> & Mutable<Pick<Config, InitialField>>
type InitialField =
  | 'file'
  | 'serverRoot'
  | 'serverName'
  | 'listen'
  | 'errorDocument'
  | 'addType'
  | 'addCharset'
  | 'header'
  | 'expiresByType'
  | 'redirect'
  | 'logFormat'
  | 'customLog'
  | 'serverAlias'
  | 'indexIgnore'
  | 'alias'
  | 'sslEngine'
  | 'sslCertificateFile'
  | 'sslCertificateKeyFile'
  | 'remoteIpProxyProtocol'
  | 'remoteIpProxyProtocolExceptions'
  | 'remoteIpHeader'
  | 'remoteIpProxies'
  | 'followSymLinksTo'
  | 'authName'
  | 'authUserFile'
  | 'authGroupFile'
  | 'require'

/** What those fields have that are not set as a whole, before any directive. */
export const INITIAL = {
  listen: [],
  serverAlias: [],
  errorDocument: new Map(),
  addType: new Map(),
  addCharset: new Map(),
  header: [],
  expiresByType: new Map(),
  redirect: [],
  logFormat: BUILT_IN_LOG_FORMATS,
  customLog: [],
  indexIgnore: [],
  alias: [],
  sslEngine: undefined,
  sslCertificateFile: [],
  sslCertificateKeyFile: [],
  remoteIpProxyProtocol: undefined,
  remoteIpProxyProtocolExceptions: [],
  remoteIpHeader: undefined,
  remoteIpProxies: [],
  followSymLinksTo: [],
  authName: undefined,
  authUserFile: undefined,
  authGroupFile: undefined,
  require: [],
} as const satisfies Partial<Draft>
