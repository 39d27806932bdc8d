import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Server } from './server.ts'

const ROOT = join(import.meta.dirname, '../..')

/**
 * This server with its defaults, and more lines of configuration.
 *
 * @param program A checkout, run by the Node that runs this; or a packaged program.
 */
export function webserver(lines: readonly string[] = [], program = ROOT): Server {
  const isCheckout = statSync(program).isDirectory()
  const command = isCheckout ? [process.execPath, join(program, 'src/webserver.ts')] : [program]
  return {
    version: [...command, '--version'],
    command: ({ folder, documentRoot, port }) => {
      folder.configure([`Listen 127.0.0.1:${port}`, `DocumentRoot ${documentRoot}`, ...lines])
      return [...command, '--config', folder.configFile]
    },
  }
}

/** A certificate and its key, as files. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

/** This server over TLS. */
export function secureWebserver({ certificate, key }: CertificateFiles, program = ROOT): Server {
  return webserver(
    [`SSLCertificateFile ${certificate}`, `SSLCertificateKeyFile ${key}`, 'SSLEngine On'],
    program,
  )
}

/**
 * nginx with one worker, so that it has one core, and an access log.
 *
 * @param context Directives of the main, events and http contexts, each with its semicolon.
 * @param location Of its only location.
 */
export function nginx(
  context: { readonly main?: string; readonly events?: string; readonly http: (log: string) => string },
  listen = '',
  location = '',
): Server {
  return {
    version: ['nginx', '-v'],
    command: ({ folder, documentRoot, port }) => {
      const file = folder.resolve('etc/nginx.conf')
      const errorLog = folder.resolve('var/log/nginx-error.log')
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      writeFileSync(
        file,
        `daemon off; user root; worker_processes 1; ${context.main ?? ''}
        pid ${folder.resolve('var/run/nginx.pid')}; error_log ${errorLog};
        events { ${context.events ?? ''} }
        http {
          ${temporary.map(name => `${name}_temp_path ${folder.resolve(`var/run/${name}`)};`).join(' ')}
          ${context.http(folder.resolve('var/log/nginx.log'))}
          server {
            listen 127.0.0.1:${port} ${listen}; root ${documentRoot}; index index.html;
            location / { ${location} }
          }
        }`,
      )
      return ['nginx', '-e', errorLog, '-c', file]
    },
  }
}

/** lighttpd with an access log, and more lines of configuration. */
export function lighttpd(lines: readonly string[] = []): Server {
  return {
    version: ['lighttpd', '-v'],
    command: ({ folder, documentRoot, port }) => {
      const file = folder.resolve('etc/lighttpd.conf')
      writeFileSync(
        file,
        [
          'server.modules = ("mod_accesslog")',
          `server.document-root = "${documentRoot}"`,
          'server.bind = "127.0.0.1"',
          `server.port = ${port}`,
          `server.errorlog = "${folder.resolve('var/log/lighttpd-error.log')}"`,
          `accesslog.filename = "${folder.resolve('var/log/lighttpd.log')}"`,
          ...lines,
          '',
        ].join('\n'),
      )
      return ['lighttpd', '-D', '-f', file]
    },
  }
}
