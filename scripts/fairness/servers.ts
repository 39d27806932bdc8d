import { join } from 'node:path'
import type { Server } from '../measure/server.ts'
import { lighttpd, nginx, webserver } from '../measure/web-servers.ts'

const SINGLE_THREADED = [
  'from http.server import HTTPServer, SimpleHTTPRequestHandler',
  'import sys',
  "HTTPServer(('127.0.0.1', int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()",
].join('\n')

/** All log each request to a file, but for the last two; all take a thousand connections, if they can. */
export const SERVERS = {
  webserver: webserver(),
  nginx: nginx(
    {
      main: 'worker_rlimit_nofile 4096;',
      events: 'worker_connections 2048;',
      http: log => `access_log ${log}; sendfile on; tcp_nopush on;`,
    },
    'backlog=1024',
  ),
  lighttpd: lighttpd(['server.max-fds = 4096', 'server.max-connections = 2048']),
  'python3 http.server': {
    version: ['python3', '--version'],
    command: ({ port }) => ['python3', '-c', SINGLE_THREADED, String(port)],
  },
  textbook: {
    version: ['python3', '--version'],
    command: ({ port }) => ['python3', join(import.meta.dirname, 'textbook-server.py'), String(port)],
  },
} as const satisfies Record<string, Server>

export type ServerName = keyof typeof SERVERS
