import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Folder } from '../../test/support/folder.ts'
import { ask } from './probe.ts'
import { Program } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
const SINGLE_THREADED = [
  'from http.server import HTTPServer, SimpleHTTPRequestHandler',
  'import sys',
  "HTTPServer(('127.0.0.1', int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()",
].join('\n')

/** A server to measure: how it tells its version, and how it is started for a folder and a port. */
interface Kind {
  readonly version: readonly string[]
  start(folder: Folder, port: number): Program
}

/** All log each request to a file, but for the last two; all take a thousand connections, if they can. */
export const SERVERS = {
  webserver: {
    version: [process.execPath, join(ROOT, 'src/webserver.ts'), '--version'],
    start: (folder, port) => {
      folder.configure([`Listen 127.0.0.1:${port}`])
      return new Program([process.execPath, join(ROOT, 'src/webserver.ts'), '--config', folder.configFile])
    },
  },
  nginx: {
    version: ['nginx', '-v'],
    start: (folder, port) => {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      const file = folder.resolve('nginx.conf')
      writeFileSync(
        file,
        `daemon off; user root; worker_processes 1; worker_rlimit_nofile 4096;
        pid ${folder.resolve('nginx.pid')}; error_log ${folder.resolve('var/log/nginx-error.log')};
        events { worker_connections 2048; }
        http {
          ${temporary.map(name => `${name}_temp_path ${folder.resolve(name)};`).join(' ')}
          access_log ${folder.resolve('var/log/nginx.log')}; sendfile on; tcp_nopush on;
          server { listen 127.0.0.1:${port} backlog=1024; root ${folder.resolve('var/www')}; }
        }`,
      )
      return new Program(['nginx', '-e', folder.resolve('var/log/nginx-error.log'), '-c', file])
    },
  },
  lighttpd: {
    version: ['lighttpd', '-v'],
    start: (folder, port) => {
      const file = folder.resolve('lighttpd.conf')
      writeFileSync(
        file,
        `server.modules = ("mod_accesslog")
        server.document-root = "${folder.resolve('var/www')}"
        server.bind = "127.0.0.1"
        server.port = ${port}
        server.max-fds = 4096
        server.max-connections = 2048
        server.errorlog = "${folder.resolve('var/log/lighttpd-error.log')}"
        accesslog.filename = "${folder.resolve('var/log/lighttpd.log')}"`,
      )
      return new Program(['lighttpd', '-D', '-f', file])
    },
  },
  'python3 http.server': {
    version: ['python3', '--version'],
    start: (folder, port) =>
      new Program(['python3', '-c', SINGLE_THREADED, String(port)], { cwd: folder.resolve('var/www') }),
  },
  textbook: {
    version: ['python3', '--version'],
    start: (folder, port) =>
      new Program(['python3', join(import.meta.dirname, 'textbook-server.py'), String(port)], {
        cwd: folder.resolve('var/www'),
      }),
  },
} as const satisfies Record<string, Kind>

export type ServerName = keyof typeof SERVERS

/** What a server says of its version; undefined when it is not installed. */
export function versionOf(name: ServerName): string | undefined {
  const [program = '', ...args] = SERVERS[name].version
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return error === undefined ? /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] : undefined
}

/** A server that answers. */
export class RunningServer implements AsyncDisposable {
  readonly port: number
  readonly #program: Program

  private constructor(program: Program, port: number) {
    this.#program = program
    this.port = port
  }

  /** Starts it, and has it answer often enough to be in its stride. */
  static async start(name: ServerName, folder: Folder, warmUp: number): Promise<RunningServer> {
    const port = await freePort()
    const server = new RunningServer(SERVERS[name].start(folder, port), port)
    for (let attempt = 0; (await ask(port)) === undefined; attempt++) {
      if (attempt === 100 || server.#program.code !== undefined) {
        await server[Symbol.asyncDispose]()
        throw new Error(`Expected ${name} to answer on port ${port}, it does not`)
      }
      await pause(50)
    }
    const end = performance.now() + warmUp
    while (performance.now() < end) await ask(port)
    return server
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]()
  }
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
  })
  return await promise
}
