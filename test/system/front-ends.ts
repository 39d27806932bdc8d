import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OTHER_USER } from '../support/program.ts'
import { nginxFile, Peer } from './peers.ts'

/** One of the configurations in etc/examples/front-ends, and what comes of it. */
export interface FrontEnd {
  /** Starts it as the file says, before servers that listen on these ports. */
  start(servers: readonly number[]): Promise<Peer>
  /** Whether it has a second server to turn to, and by what it notices that it must. */
  readonly failover?: 'checks' | 'failures'
  /** Whether it takes a large file as fast as it comes, however slow its client is. */
  readonly absorbs: boolean
  /** Whether it keeps answers. */
  readonly caches?: true
  /** What it may send to whoever asks for several ranges of a file: by default the parts, as they come from its server. */
  readonly severalRanges?: readonly ('parts' | 'all of it')[]
}

export const FRONT_ENDS: Readonly<Record<string, FrontEnd>> = {
  HAProxy: {
    start: startHaproxy,
    failover: 'checks',
    absorbs: false,
  },
  nginx: {
    start: servers =>
      Peer.start(
        (folder, port) => nginxFile(folder, example('nginx.conf', port, servers)),
        '/usr/sbin/nginx',
        file => ['-c', file],
      ),
    failover: 'failures',
    absorbs: true,
  },
  Caddy: {
    start: servers =>
      Peer.start(
        (folder, port) =>
          `{\n\tadmin off\n\tstorage file_system ${folder}/var\n}\n${example('Caddyfile', port, servers)}`,
        '/usr/bin/caddy',
        file => ['run', '--adapter', 'caddyfile', '--config', file],
      ),
    failover: 'checks',
    absorbs: false,
  },
  Varnish: {
    start: servers =>
      Peer.start(
        (_folder, port) => example('varnish.vcl', port, servers),
        '/usr/sbin/varnishd',
        (file, port, folder) => [
          ...['-F', '-j', 'none', '-n', join(folder, 'var/varnish')],
          ...['-a', `127.0.0.1:${port}`, '-f', file, '-s', 'malloc,256m', '-p', 'http_gzip_support=off'],
        ],
      ),
    failover: 'checks',
    absorbs: true,
    caches: true,
    severalRanges: ['all of it'],
  },
  Squid: {
    start: servers =>
      Peer.start(
        (folder, port) => squidAround(folder, example('squid.conf', port, servers)),
        '/usr/sbin/squid',
        file => ['-N', '-f', file],
        undefined,
        OTHER_USER,
      ),
    failover: 'failures',
    absorbs: true,
    caches: true,
    // It depends on whether it holds the file.
    severalRanges: ['parts', 'all of it'],
  },
  Apache: {
    start: servers =>
      Peer.start(
        (folder, port) => apacheAround(folder, port, example('apache.conf', port, servers)),
        '/usr/sbin/apache2',
        file => ['-X', '-f', file],
      ),
    failover: 'checks',
    absorbs: false,
  },
}

/** @param adapt Makes something else of the example. */
export function startHaproxy(
  servers: readonly number[],
  adapt: (text: string) => string = text => text,
): Promise<Peer> {
  return Peer.start(
    (folder, port) => adapt(example('haproxy.cfg', port, servers)).replace('/run/haproxy', folder),
    '/usr/sbin/haproxy',
    file => ['-db', '-f', file],
  )
}

/** The lines of a server behind any of them, but for where it listens. */
export function serverLines(): readonly string[] {
  return exampleText('webserver.conf')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#') && !line.startsWith('Listen '))
}

/** An example with the ports that there are, in place of 80 of 192.0.2.10, and of 8080 and 8081 of the servers. */
function example(file: string, port: number, servers: readonly number[]): string {
  const ports = [port, ...servers]
  return exampleText(file)
    .replaceAll('192.0.2.10', '127.0.0.1')
    .replace(/\b(?:80|8080|8081)\b/g, named => `${ports[['80', '8080', '8081'].indexOf(named)]}`)
}

/** An example as it stands there. */
export function exampleText(file: string): string {
  return readFileSync(join(import.meta.dirname, '../../etc/examples/front-ends', file), 'utf8')
}

function squidAround(folder: string, example: string): string {
  return `
${example}
cache_effective_user nobody
cache_effective_group nogroup
cache_log ${folder}/var/log/error.log
access_log none
coredump_dir ${folder}/var
pid_filename ${folder}/var/run/squid.pid
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname www.example.com
`
}

function apacheAround(folder: string, port: number, site: string): string {
  const modules = [
    ...['mpm_event', 'authz_core', 'slotmem_shm'],
    ...['proxy', 'proxy_http', 'proxy_balancer', 'proxy_hcheck', 'lbmethod_byrequests'],
  ]
  return `
${modules.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
DefaultRuntimeDir ${folder}/var/run
PidFile ${folder}/var/run/apache.pid
ErrorLog ${folder}/var/log/error.log
User nobody
Group nogroup
Listen 127.0.0.1:${port}
ServerName www.example.com
${site}
`
}
