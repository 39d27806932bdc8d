import { networkInterfaces } from 'node:os'
import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { Config, ListenAddress } from '../config/config.ts'
import { VERSION } from '../version.ts'

type Paint = (style: 'bold' | 'cyan' | 'dim', text: string) => string

/** Under npm no command is installed under its own name. */
const CONTROL_COMMAND = process.env['npm_lifecycle_event'] === undefined ? 'webserverctl' : 'npm run ctl --'

/**
 * Tells a person who has just started the server where to browse, where logs and control socket are, and how
 * to stop it. Lines have no colour unless standard output is a terminal.
 */
export function banner(config: Config, bound: readonly ListenAddress[]): string {
  const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout })
  const rows: readonly (readonly [label: string, values: readonly string[]])[] = [
    ['Browse', [...new Set(bound.flatMap(urls))].map(url => paint('cyan', url))],
    ['Serving', [shortest(config.documentRoot)]],
    ['Logs', [...config.customLog.map(log => log.path), ...errorLogFile(config)].map(shortest)],
    ['Control', [`${shortest(config.controlSocket)} (${CONTROL_COMMAND} status)`]],
    ['Stop', ['Ctrl-C']],
  ]
  const which = config.instance === undefined ? '' : `, instance ${config.instance}`
  const lines = rows.flatMap(([label, values]) =>
    values.map((value, index) => `  ${paint('dim', (index === 0 ? label : '').padEnd(8))} ${value}`),
  )
  return `\n  ${paint('bold', `webserver ${VERSION}${which}`)}\n\n${lines.join('\n')}\n\n`
}

/** Every URL under which an address can be reached, the nearest first; of a Unix socket, which has none, a way to try it. */
function urls({ path, host, port, protocol = 'http' }: ListenAddress): string[] {
  if (path !== undefined) return [`curl --unix-socket ${shortest(path)} http://localhost/`]
  const usual = protocol === 'https' ? 443 : 80
  const hosts = host === undefined || isUnspecified(host) ? ['localhost', ...lanAddresses(host)] : [host]
  return hosts.map(name => {
    const authority = name.includes(':') ? `[${name}]` : name
    return `${protocol}://${authority}${port === usual ? '' : `:${port}`}/`
  })
}

function isUnspecified(host: string): boolean {
  return host === '::' || host === '0.0.0.0'
}

/** This machine's addresses that others on its network can reach; link-local ones make no usable URL. */
function lanAddresses(host: string | undefined): string[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ internal, family, address }) => {
      if (internal || address.startsWith('fe80:')) return false
      return family === 'IPv4' || host !== '0.0.0.0'
    })
    .map(({ address }) => address)
}

function errorLogFile({ errorLog }: Config): string[] {
  return errorLog.kind === 'file' ? [errorLog.path] : []
}

/** Relative where that is shorter, as when started in a checkout. */
function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path) || '.'
  return fromHere.length < path.length ? fromHere : path
}
