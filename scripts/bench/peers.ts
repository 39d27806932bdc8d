import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Server } from '../measure/server.ts'
import { type CertificateFiles, lighttpd, nginx, secureWebserver, webserver } from '../measure/web-servers.ts'

/** What a peer is to be compared for. */
export type Group =
  /** This server, in whatever version. */
  | 'ours'
  /** Servers that are as quick: measured in everything. */
  | 'leading'
  /** Measured in the main workloads alone. */
  | 'other'
  /** Servers on Node: measured in the main workloads alone. */
  | 'node'
  /** The same bytes for whatever is asked: what the machine, or Node, has to give. */
  | 'floor'

export interface Peer extends Server {
  readonly group: Group
  /** How it is set up. */
  readonly note: string
  /** The same with no memory of files between requests, if it has any. */
  readonly forgetful?: Server
  /** The same over TLS. */
  readonly secure?: Server
}

const MIME_TYPES = '/etc/mime.types'
const NGINX_BASICS = `
  sendfile on; tcp_nopush on; types_hash_max_size 2048;
  include /etc/nginx/mime.types; default_type application/octet-stream;`
const OPEN_FILE_CACHE = `
  open_file_cache max=20000 inactive=60s; open_file_cache_valid 30s; open_file_cache_min_uses 1;
  open_file_cache_errors on;`
const LIGHTTPD_TYPES =
  'mimetype.assign = (".html" => "text/html", ".css" => "text/css", ".js" => "text/javascript", ' +
  '".svg" => "image/svg+xml", "" => "application/octet-stream")'

/**
 * This server.
 *
 * @param program Another checkout of it, or a packaged program.
 */
export function thisServer(files: CertificateFiles, program?: string): Peer {
  return {
    ...webserver([], program),
    group: 'ours',
    note: 'defaults; combined log',
    forgetful: webserver(['FileCacheSize off'], program),
    secure: secureWebserver(files, program),
  }
}

/**
 * By name, all that it is measured beside; each as one process, or held to one core.
 *
 * @param floor What constant.c was compiled to.
 * @param files What those that can speak HTTPS with.
 */
export function peers(floor: string, files?: CertificateFiles): Readonly<Record<string, Peer>> {
  return {
    'nginx as shipped': {
      ...shippedNginx(),
      ...(files && { secure: shippedNginx(files) }),
      group: 'leading',
      note: 'settings of Debian, one worker; combined log',
    },
    'nginx tuned': {
      ...tunedNginx(OPEN_FILE_CACHE),
      group: 'leading',
      note: 'one worker, open_file_cache, gzip_static, keepalive_requests 1000000; combined log, buffered',
      forgetful: tunedNginx(''),
    },
    lighttpd: {
      ...lighttpd([LIGHTTPD_TYPES]),
      group: 'leading',
      note: 'defaults, media types; combined log',
      forgetful: lighttpd([LIGHTTPD_TYPES, 'server.stat-cache-engine = "disable"']),
    },
    'Apache event': { ...apache(), group: 'other', note: 'settings of Debian; combined log' },
    caddy: { ...caddy(), group: 'other', note: 'defaults, GOMAXPROCS=1; its own log, which is JSON' },
    'python3 http.server': {
      group: 'other',
      note: 'defaults: HTTP/1.0, one connection per request; log',
      version: ['python3', '--version'],
      command: ({ port }) => ['python3', '-m', 'http.server', String(port), '--bind', '127.0.0.1'],
    },
    serve: { ...serve(), group: 'node', note: 'defaults but for cleanUrls; log' },
    'http-server': {
      ...installed('http-server', 'bin/http-server', port => ['-a', '127.0.0.1', '-p', port, '-g', '-b']),
      group: 'node',
      note: 'defaults, sidecars; log',
    },
    sirv: {
      ...installed('sirv-cli', 'bin.js', port => ['--host', '127.0.0.1', '--port', port, '--etag']),
      group: 'node',
      note: 'sirv-cli with defaults, ETag; log',
    },
    '@fastify/send': {
      group: 'node',
      note: 'as its manual shows, over node:http; no log',
      version: [
        process.execPath,
        '-p',
        `require('${join(import.meta.dirname, 'node_modules/@fastify/send/package.json')}').version`,
      ],
      command: ({ port }) => [process.execPath, join(import.meta.dirname, 'fastify-send.ts'), String(port)],
    },
    'node:net constant': {
      group: 'floor',
      note: 'a constant answer; no log',
      version: [process.execPath, '--version'],
      command: ({ port }) => [process.execPath, join(import.meta.dirname, 'constant.ts'), String(port)],
    },
    'C constant': {
      group: 'floor',
      note: 'a constant answer, an epoll loop compiled with -O2; no log',
      version: ['cc', '--version'],
      command: ({ port }) => [floor, String(port)],
    },
  }
}

/** @param files With them it speaks HTTPS. */
function shippedNginx(files?: CertificateFiles): Server {
  const secure =
    files &&
    `ssl_certificate ${files.certificate}; ssl_certificate_key ${files.key}; ssl_protocols TLSv1.2 TLSv1.3;`
  return nginx(
    {
      events: 'worker_connections 768;',
      http: log => `${NGINX_BASICS} gzip on; access_log ${log}; ${secure ?? ''}`,
    },
    secure === undefined ? '' : 'ssl',
    'try_files $uri $uri/ =404;',
  )
}

function tunedNginx(cache: string): Server {
  return nginx({
    main: 'worker_rlimit_nofile 20000;',
    events: 'worker_connections 10000;',
    http: log => `${NGINX_BASICS} ${cache} gzip_static on; keepalive_requests 1000000;
      access_log ${log} combined buffer=64k flush=1s;`,
  })
}

/** The modules and settings that Debian enables. */
function apache(): Server {
  const modules =
    'mpm_event authn_core authn_file authz_core authz_host authz_user access_compat auth_basic alias autoindex ' +
    'deflate dir env filter mime negotiation reqtimeout setenvif status'
  return {
    version: ['apache2', '-v'],
    command: ({ folder, documentRoot, port }) => {
      const file = folder.resolve('etc/apache.conf')
      writeFileSync(
        file,
        `${modules
          .split(' ')
          .map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`)
          .join('')}
        ServerRoot ${folder.path}
        DefaultRuntimeDir ${folder.resolve('var/run')}
        PidFile ${folder.resolve('var/run/apache.pid')}
        ErrorLog ${folder.resolve('var/log/apache-error.log')}
        User www-data
        Group www-data
        Listen 127.0.0.1:${port}
        ServerName www.example.com
        Timeout 300
        KeepAlive On
        MaxKeepAliveRequests 100
        KeepAliveTimeout 5
        StartServers 2
        MinSpareThreads 25
        MaxSpareThreads 75
        ThreadLimit 64
        ThreadsPerChild 25
        MaxRequestWorkers 150
        HostnameLookups Off
        LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
        CustomLog ${folder.resolve('var/log/apache.log')} combined
        TypesConfig ${existsSync(MIME_TYPES) ? MIME_TYPES : '/dev/null'}
        AddOutputFilterByType DEFLATE text/html text/plain text/xml text/css text/javascript
        DocumentRoot ${documentRoot}
        <Directory ${documentRoot}>
          Options Indexes FollowSymLinks
          AllowOverride None
          Require all granted
        </Directory>\n`,
      )
      return ['apache2', '-D', 'FOREGROUND', '-f', file]
    },
  }
}

function caddy(): Server {
  return {
    version: ['caddy', 'version'],
    command: ({ folder, documentRoot, port }) => {
      const file = folder.resolve('etc/Caddyfile')
      writeFileSync(
        file,
        `{
          admin off
          auto_https off
        }
        http://127.0.0.1:${port} {
          bind 127.0.0.1
          root * ${documentRoot}
          log {
            output file ${folder.resolve('var/log/caddy.log')}
          }
          file_server {
            precompressed br gzip
          }
        }\n`,
      )
      const environment = ['GOMAXPROCS=1', `HOME=${folder.path}`]
      return ['env', ...environment, 'caddy', 'run', '--adapter', 'caddyfile', '--config', file]
    },
  }
}

/** Its cleanUrls would redirect /page.html to /page. */
function serve(): Server {
  const server = installed('serve', 'build/main.js', () => [])
  return {
    ...server,
    command: place => {
      const file = place.folder.resolve('etc/serve.json')
      writeFileSync(file, JSON.stringify({ cleanUrls: false }))
      const options = ['--listen', `tcp://127.0.0.1:${place.port}`, '--config', file, '--no-clipboard']
      return [...server.command(place), ...options]
    },
  }
}

/** A program of a package in node_modules, run by the Node that runs this, in the folder it serves. */
function installed(name: string, program: string, options: (port: string) => readonly string[]): Server {
  const script = join(import.meta.dirname, 'node_modules', name, program)
  return {
    version: [process.execPath, script, '--version'],
    command: ({ documentRoot, port }) => [process.execPath, script, documentRoot, ...options(String(port))],
  }
}
