import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { Client } from '../support/client.ts'
import { Folder } from '../support/folder.ts'
import { OTHER_USER, Program } from '../support/program.ts'
import { certificateFile } from '../support/tls-client.ts'
import { eventually } from '../support/wait.ts'

/** Another web server, as Debian ships it; process and folder are gone once it is disposed of. */
export class Peer implements AsyncDisposable {
  readonly folder: Folder
  readonly port: number
  readonly #program: Program

  private constructor(folder: Folder, port: number, program: Program) {
    this.folder = folder
    this.port = port
    this.#program = program
  }

  /** @param lines More directives. */
  static apache(
    documentRoot: string,
    lines: readonly string[] = [],
    environment?: NodeJS.ProcessEnv,
  ): Promise<Peer> {
    const configuration = apacheConfiguration(documentRoot, lines)
    return Peer.start(configuration, '/usr/sbin/apache2', file => ['-X', '-f', file], environment)
  }

  /** @param lines More directives of its `server` block. */
  static nginx(documentRoot: string, lines: readonly string[] = []): Promise<Peer> {
    return Peer.start(nginxConfiguration(documentRoot, lines), '/usr/sbin/nginx', file => ['-c', file])
  }

  /** Not a server of files but a balancer; `lines` are those of its backend. */
  static balancer(lines: readonly string[]): Promise<Peer> {
    return Peer.start(haproxyConfiguration(lines), '/usr/sbin/haproxy', file => ['-db', '-f', file])
  }

  /** Not a server of files but a cache, before another server on this machine. */
  static squid(origin: number): Promise<Peer> {
    const configuration = squidConfiguration(origin)
    return Peer.start(configuration, '/usr/sbin/squid', file => ['-N', '-f', file], undefined, OTHER_USER)
  }

  /** Not a server of files but a proxy; its configuration is given by the port that it is to listen on. */
  static haproxy(configuration: (port: number) => string): Promise<Peer> {
    return Peer.start(
      (_folder, port) => configuration(port),
      '/usr/sbin/haproxy',
      file => ['-db', '-f', file],
    )
  }

  /** A name server by which every name is that of this machine. */
  static nameServer(): Promise<Peer> {
    const others = ['http01', 'https01', 'tlsalpn01', 'management'].map(name => `-${name}=`)
    const args = (_file: string, port: number) => [`-dns01=127.0.0.1:${port}`, '-defaultIPv6=', ...others]
    return Peer.start(() => '', 'pebble-challtestsrv', args)
  }

  /**
   * An authority that gives certificates by ACME (RFC 8555) over HTTPS, with the certificate of one.pem.
   *
   * @param httpPort Where it looks for its challenges, in place of 80.
   */
  static authority(httpPort: number, names: Peer): Promise<Peer> {
    const configuration = (_folder: string, port: number) =>
      JSON.stringify({
        pebble: {
          listenAddress: `127.0.0.1:${port}`,
          certificate: certificateFile('one.pem'),
          privateKey: certificateFile('one.key'),
          httpPort,
        },
      })
    const args = (file: string) => ['-config', file, '-dnsserver', `127.0.0.1:${names.port}`]
    return Peer.start(configuration, 'pebble', args, { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' })
  }

  /**
   * Any other, in the foreground. Each is a single process or ends with its first one, so that to end that is to end all of it.
   *
   * @param owner Who may make files in its folder; this process's own user when not given.
   */
  static async start(
    configuration: (folder: string, port: number) => string,
    program: string,
    args: (file: string, port: number, folder: string) => readonly string[],
    environment?: NodeJS.ProcessEnv,
    owner?: number,
  ): Promise<Peer> {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(new Folder(owner))
    const port = await freePort()
    const file = folder.resolve('etc/server.conf')
    writeFileSync(file, configuration(folder.path, port))
    const errorLog = folder.resolve('var/log/error.log')
    const running = stack.use(new Program(program, args(file, port, folder.path), { environment }))
    await eventually(() => {
      if (running.code === undefined) return isListening(port)
      const errors = existsSync(errorLog) ? readFileSync(errorLog, 'utf8') : running.stderr
      throw new Error(`${program} has ended: ${errors}`)
    }, `${program} to listen`)
    stack.move()
    return new Peer(folder, port, running)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }
}

function apacheConfiguration(documentRoot: string, lines: readonly string[]) {
  const modules =
    'mpm_event authz_core authz_host authz_user authn_core authn_file auth_basic mime dir autoindex alias headers expires env rewrite'
  return (folder: string, port: number) => `
${modules
  .split(' ')
  .map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  .join('\n')}
ServerRoot ${folder}
DefaultRuntimeDir ${folder}/var/run
PidFile ${folder}/var/run/apache.pid
ErrorLog ${folder}/var/log/error.log
User nobody
Group nogroup
Listen 127.0.0.1:${port}
ServerName www.example.com
LimitRequestBody 1048576
KeepAliveTimeout 5
Timeout 10
TypesConfig /dev/null
DocumentRoot ${documentRoot}
<Directory ${documentRoot}>
  Require all granted
  Options FollowSymLinks Indexes
</Directory>
DirectoryIndex index.html
${lines.join('\n')}
`
}

function nginxConfiguration(documentRoot: string, lines: readonly string[]) {
  return (folder: string, port: number) =>
    nginxFile(
      folder,
      `client_max_body_size 1m;
  keepalive_timeout 5s;
  server {
    listen 127.0.0.1:${port};
    server_name www.example.com;
    root ${documentRoot};
    ${lines.join('\n    ')}
  }`,
    )
}

/** @param http What stands in its `http` block. */
export function nginxFile(folder: string, http: string): string {
  return `
daemon off;
master_process off;
pid ${folder}/var/run/nginx.pid;
error_log ${folder}/var/log/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/var/body;
  proxy_temp_path ${folder}/var/proxy;
  fastcgi_temp_path ${folder}/var/fastcgi;
  uwsgi_temp_path ${folder}/var/uwsgi;
  scgi_temp_path ${folder}/var/scgi;
  ${http}
}
`
}

function haproxyConfiguration(lines: readonly string[]) {
  return (_folder: string, port: number) => `
global
  maxconn 1000
defaults
  mode http
  timeout connect 10s
  timeout client 5m
  timeout server 5m
listen web
  bind 127.0.0.1:${port}
  ${lines.join('\n  ')}
`
}

/** Its store is in memory, and it asks nobody but the origin. */
function squidConfiguration(origin: number) {
  return (folder: string, port: number) => `
http_port 127.0.0.1:${port} accel defaultsite=www.example.com no-vhost
cache_peer 127.0.0.1 parent ${origin} 0 no-query originserver
http_access allow all
cache_effective_user nobody
cache_effective_group nogroup
cache_mem 8 MB
cache_log ${folder}/var/log/error.log
access_log stdio:${folder}/var/log/access.log
cache_store_log none
coredump_dir ${folder}/var
pid_filename ${folder}/var/run/squid.pid
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname www.example.com
`
}

/** A port that nobody has, a moment ago: a server that cannot look for one itself is told this one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function isListening(port: number): Promise<true | undefined> {
  try {
    using _client = await Client.connect(port)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return undefined
    throw error
  }
}
