import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { queryObjects } from 'node:v8'
import type { Config } from '../src/config/config.ts'
import { loadConfig } from '../src/config/load.ts'
import { ControlServer } from '../src/control/control-server.ts'
import { AccessLog } from '../src/log/access-log.ts'
import { ErrorLog } from '../src/log/error-log.ts'
import { RotatingFile } from '../src/log/rotating-file.ts'
import { Listener } from '../src/network/listening/listener.ts'
import { closeResources, openResources } from '../src/server/open-resources.ts'
import { Server } from '../src/server/server.ts'
import { Site } from '../src/site/site.ts'
import { Client } from './support/client.ts'
import { portOf } from './support/daemon.ts'
import { fakeDaemon } from './support/fake-daemon.ts'
import { Folder } from './support/folder.ts'
import { until } from './support/wait.ts'

const NO_SOCKETS = { http: [], control: undefined }
/** Says nothing on stderr. */
const QUIET = 'LogLevel emerg'

/** For each part of a configuration another value, and what must be opened anew for it. */
function changesOf(folder: Folder, before: Config): Changes {
  const format = before.customLog[0]?.format
  assert.ok(format !== undefined)
  return {
    file: ['/other.conf'],
    origins: [new Map()],
    warnings: [[]],
    serverRoot: ['/other'],
    listen: [[{ host: '127.0.0.2', port: 0 }], 'listeners'],
    serverName: ['other.example.com'],
    serverAlias: [['*.example.com']],
    strictHostCheck: [!before.strictHostCheck],
    at: [[{ host: undefined, port: 80 }]],
    names: [['other.example.com']],
    says: [['other']],
    sections: [[]],
    forceType: ['text/x-other'],
    indexIgnore: [['*.bak']],
    directorySlash: [!before.directorySlash],
    cleanUrls: [!before.cleanUrls],
    alias: [[{ path: '/other', folder: folder.path }]],
    followSymLinksTo: [[folder.path]],
    sslEngine: [true],
    sslCertificateFile: [['/other']],
    sslCertificateKeyFile: [['/other']],
    sslProtocol: [['TLSv1.3']],
    remoteIpProxyProtocol: [true],
    remoteIpProxyProtocolExceptions: [[{ address: '192.0.2.0', prefix: 24, family: 'ipv4' }]],
    remoteIpHeader: ['x-forwarded-for'],
    remoteIpProxies: [[{ network: { address: '192.0.2.0', prefix: 24, family: 'ipv4' }, isInternal: false }]],
    hosts: [
      [{ ...before, errorLog: { kind: 'file', path: folder.resolve('var/log/host.log') } }],
      'hostErrorLogs',
    ],
    documentRoot: [folder.path],
    directoryIndex: [['other.html']],
    allowDotNames: [['.other']],
    precompressed: [!before.precompressed],
    compress: [!before.compress],
    errorDocument: [new Map([[404, { kind: 'text', text: 'other' }]])],
    fallbackResource: ['/other.html'],
    followSymLinks: [!before.followSymLinks],
    indexes: [!before.indexes],
    addType: [new Map([['other', 'text/other']])],
    addCharset: [new Map([['other', 'latin1']])],
    addDefaultCharset: [undefined],
    defaultType: ['text/x-other'],
    header: [[{ action: 'unset', always: true, name: 'Other' }]],
    expiresByType: [new Map([['text/other', { from: 'access', milliseconds: 1000 }]])],
    expiresDefault: [{ from: 'access', milliseconds: 1000 }],
    authType: ['Basic'],
    authName: ['Members'],
    authUserFile: ['/other'],
    authGroupFile: ['/other'],
    require: [[{ kind: 'all', isGranted: false }]],
    redirect: [[{ status: 410, path: '/other', target: undefined }]],
    keepAlive: [!before.keepAlive],
    keepAliveTimeout: [before.keepAliveTimeout + 1],
    maxKeepAliveRequests: [before.maxKeepAliveRequests + 1],
    timeout: [before.timeout + 1],
    requestReadTimeout: [{ ...before.requestReadTimeout, body: { least: 1, most: 2, minRate: undefined } }],
    sendMinRate: [before.sendMinRate + 1],
    limitRequestLine: [before.limitRequestLine + 1],
    limitRequestFields: [before.limitRequestFields + 1],
    limitRequestFieldSize: [before.limitRequestFieldSize + 1],
    limitRequestBody: [before.limitRequestBody + 1],
    maxConnections: [before.maxConnections + 1],
    maxConnectionsPerAddress: [1],
    maxWait: [before.maxWait + 1],
    fileCacheSize: [before.fileCacheSize + 1],
    controlSocket: [folder.resolve('var/run/other.sock'), 'control'],
    errorLog: [{ kind: 'file', path: folder.resolve('var/log/other-error.log') }, 'errorLog'],
    logLevel: ['alert', 'errorLog', 'hostErrorLogs'],
    logFormat: [new Map([['other', format]])],
    customLog: [[{ path: folder.resolve('var/log/other.log'), format }], 'accessLog'],
    bufferedLogs: [true, 'accessLog'],
    logRotate: [{ kind: 'hourly' }, 'errorLog', 'hostErrorLogs', 'accessLog'],
    logKeep: [{ kind: 'days', count: 3 }, 'errorLog', 'hostErrorLogs', 'accessLog'],
    logCompress: [!before.logCompress, 'errorLog', 'hostErrorLogs', 'accessLog'],
    serverTokens: ['Off'],
    healthPath: ['/health'],
  }
}

const PARTS = ['errorLog', 'hostErrorLogs', 'accessLog', 'control', 'listeners'] as const
type Part = (typeof PARTS)[number]
type Changes = {
  readonly [Field in keyof Config]: readonly [value: Config[Field], ...renewed: readonly Part[]]
}

test('A reload opens anew what has changed, and nothing else', async () => {
  using folder = new Folder()
  folder.configure([QUIET])
  const before = loadConfig(folder.configFile)
  const user = {
    ...fakeDaemon(),
    errorLog: undefined,
    isBusy: false,
    connected() {},
    secureContext: () => undefined,
    handshakeFailed() {},
    reportProblem() {},
  }
  const open = await openResources(before, user, NO_SOCKETS)
  try {
    for (const [field, [value, ...renewed]] of Object.entries(changesOf(folder, before))) {
      const next = await openResources({ ...before, [field]: value }, user, NO_SOCKETS, open)
      const isNew = (part: Part) =>
        part === 'listeners' ? next.listeners[0] !== open.listeners[0] : next[part] !== open[part]
      assert.deepEqual(PARTS.filter(isNew), renewed, field)
      await closeResources(next, open)
    }
  } finally {
    await closeResources(open)
  }
})

/** A server in this process, in a folder of its own. */
async function startServer(t: TestContext, lines: readonly string[]): Promise<[Server, Folder]> {
  const folder = new Folder()
  t.after(() => folder[Symbol.dispose]())
  folder.configure(lines)
  folder.publish('below/a.txt')
  const server = await Server.start(loadConfig(folder.configFile), NO_SOCKETS)
  t.after(async () => {
    await server.stop()
    await server.close()
  })
  return [server, folder]
}

/** Whatever a reload can change, and what is refused. */
const CONFIGURATIONS: readonly (readonly string[])[] = [
  [QUIET],
  [QUIET],
  [QUIET, 'CustomLog var/log/other.log common'],
  [QUIET, 'ErrorLog var/log/other-error.log'],
  [QUIET, 'LogCompress Off'],
  [QUIET, 'Listen 127.0.0.2:0'],
  [QUIET, 'ControlSocket var/run/other.sock'],
  [QUIET, 'DocumentRoot var/www/below', 'Header set X-Other yes', 'Redirect /other /a.txt'],
  [QUIET, 'Lissen 80'],
  [QUIET, 'Listen 127.0.0.1:0', 'Listen 192.0.2.1:1'],
]

/** An access log may keep the error log that it began with. */
const MOST = [
  [Site, 1],
  [ErrorLog, 2],
  [AccessLog, 1],
  [RotatingFile, 3],
  [Listener, 1],
  [ControlServer, 1],
] as const

test('However often it is reloaded, a server keeps one configuration and what that has open', async t => {
  const [server, folder] = await startServer(t, [QUIET])
  const configs: WeakRef<Config>[] = []
  let isRefused = 0
  for (let round = 0; round < 2; round++) {
    for (const lines of CONFIGURATIONS) {
      folder.configure(lines)
      if ((await server.reload()).kind === 'refused') isRefused++
      configs.push(new WeakRef(server.site.config))
    }
  }
  assert.equal(isRefused, 4)
  folder.configure([QUIET])
  await server.reload()
  // What has been taken out of use may take a moment to go.
  for (const [kind, most] of MOST) {
    const isKept = () => queryObjects(kind, { format: 'count' }) <= most
    await until(isKept, `no more than ${most} of ${kind.name}`)
  }
  assert.equal(configs.filter(config => config.deref() !== undefined).length, 0)
})

describe('A server that is told to stop', () => {
  test('while it reloads, closes what the reload has opened', async t => {
    const [server, folder] = await startServer(t, [QUIET])
    const [old] = server.addresses
    folder.configure([QUIET, 'Listen 127.0.0.2:0'])
    const reloading = server.reload()
    let stopping: Promise<unknown> | undefined
    // The reload has looked whether the server stops, and waits for the new address to be listened on.
    server.onPhase = () =>
      queueMicrotask(() => {
        stopping ??= server.stop()
      })
    assert.equal((await reloading).kind, 'reloaded')
    await stopping
    const [address] = server.addresses
    assert.notEqual(address, old)
    await assert.rejects(Client.connect(portOf(address), '127.0.0.2'), { code: 'ECONNREFUSED' })
    await assert.rejects(Client.connect(portOf(old)), { code: 'ECONNREFUSED' })
  })

  test('reloads no more', async t => {
    const [server, folder] = await startServer(t, [QUIET])
    folder.configure([QUIET, 'Listen 127.0.0.2:0'])
    const before = server.addresses
    const stopping = server.stop()
    assert.deepEqual(await server.reload(), { kind: 'refused', problems: ['The server is stopping'] })
    assert.deepEqual(server.addresses, before)
    await stopping
  })
})
