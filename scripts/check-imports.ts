/**
 * Checks that imports point one way, as LAYERS has it, and that no module is used where it has no business. Prints each
 * breach with its place.
 */
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'

export interface Layer {
  /** The layers it may import from, besides itself. */
  readonly imports: readonly string[]
  /** Modules that it keeps out; its tests may use them. */
  readonly refuses?: RegExp
  /** Files that may use them all the same. */
  readonly except?: readonly string[]
}

const SOCKETS_FILES_AND_LOGS = /^(node:(net|tls|dgram|fs|fs\/promises|child_process)|winston.*)$/

/** By folder of src, or by name for the files that stand directly in it: each imports only from those above it. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  version: { imports: [] },
  errors: { imports: [] },
  bounded: { imports: [] },
  libc: { imports: [] },
  printing: { imports: ['errors'] },
  text: { imports: [], refuses: SOCKETS_FILES_AND_LOGS },
  'edited-file': { imports: ['errors', 'bounded', 'text'] },
  access: { imports: ['libc', 'errors', 'bounded', 'text', 'edited-file'] },
  tls: { imports: ['errors', 'bounded', 'text', 'edited-file'] },
  http: { imports: ['text'], refuses: SOCKETS_FILES_AND_LOGS },
  config: {
    imports: ['errors', 'bounded', 'text', 'access', 'tls', 'http'],
    refuses: SOCKETS_FILES_AND_LOGS,
    except: ['src/config/load.ts', 'src/config/disk.ts', 'src/config/identities.ts', 'src/config/sandbox.ts'],
  },
  unix: { imports: ['libc', 'errors'] },
  signals: { imports: ['libc', 'errors'] },
  systemd: { imports: ['libc', 'errors', 'text'] },
  log: { imports: ['errors', 'text', 'http', 'config'] },
  encoding: { imports: ['http'] },
  files: { imports: ['libc', 'errors', 'http', 'encoding'] },
  listing: { imports: ['libc', 'text', 'http', 'encoding', 'files'] },
  site: {
    imports: ['version', 'errors', 'text', 'access', 'tls', 'http', 'config', 'encoding', 'files', 'listing'],
  },
  turn: { imports: ['text'], refuses: SOCKETS_FILES_AND_LOGS },
  exchange: { imports: ['http', 'config', 'log', 'files', 'site', 'turn'] },
  network: {
    imports: ['libc', 'errors', 'unix', 'tls', 'http', 'config', 'files', 'turn', 'exchange', 'site'],
  },
  control: { imports: ['errors', 'unix', 'turn'] },
  server: {
    imports: [
      ...[
        'version',
        'errors',
        'text',
        'access',
        'tls',
        'http',
        'config',
        'unix',
        'systemd',
        'log',
        'encoding',
        'files',
        'site',
      ],
      ...['turn', 'exchange', 'network', 'control'],
    ],
  },
  precompress: { imports: ['errors', 'text', 'http', 'config', 'encoding', 'files'] },
  ctl: { imports: ['errors', 'unix', 'text', 'config', 'turn', 'control'] },
  stderr: { imports: ['config', 'log'] },
  serve: { imports: ['errors', 'stderr', 'text', 'config', 'signals', 'systemd', 'log', 'server'] },
  program: { imports: ['version', 'printing', 'stderr', 'config', 'signals', 'serve'] },
  webserver: { imports: ['signals', 'program'] },
  webserverctl: { imports: ['version', 'text', 'access', 'tls', 'config', 'printing', 'precompress', 'ctl'] },
  multicall: { imports: ['webserver', 'webserverctl', 'access'] },
}

/** This is an HTTP server of its own that serves one request at a time. */
const REFUSED_EVERYWHERE = /^node:(http|https|http2|_http_.*|cluster|worker_threads)$/
/** But for one that it is measured beside. */
const OTHER_SERVER = 'scripts/bench/fastify-send.ts'

const IMPORTS = [
  /^(?:import|export)\s(?:[\w\s{},*$]*\sfrom\s)?\s*(['"])(?<name>[^'"]+)\1/gm,
  /\b(?:import|require|getBuiltinModule)\(\s*(['"`])(?<name>[^'"`]+)\1/g,
]

/**
 * The breaches in one file, each as `path:line:column: message`.
 *
 * @param path from the root of the project, with forward slashes
 */
export function findBreaches(path: string, source: string): string[] {
  return IMPORTS.flatMap(pattern => [...source.matchAll(pattern)]).flatMap(match => {
    const name = match.groups?.['name'] ?? ''
    const objection = name.startsWith('.')
      ? objectToFile(path, posix.join(posix.dirname(path), name))
      : objectToModule(path, isBuiltin(name) && !name.startsWith('node:') ? `node:${name}` : name)
    return objection === undefined ? [] : [`${path}:${positionIn(source, match.index)}: ${objection}`]
  })
}

function objectToFile(from: string, to: string): string | undefined {
  const layerName = layerOf(from)
  if (layerName === undefined) return undefined
  const layer = LAYERS[layerName]
  if (layer === undefined) return `Expected a layer that is known, got "${layerName}": add it to LAYERS`
  if (from.endsWith('.test.ts')) return undefined

  const target = layerOf(to)
  if (target === undefined) {
    return to === 'package.json' ? undefined : `Expected an import from src, got "${to}"`
  }
  if (target === layerName || layer.imports.includes(target)) return undefined
  return `Expected ${layerName} to import ${layer.imports.join(', ') || 'nothing but itself'}, got "${to}"`
}

function objectToModule(from: string, name: string): string | undefined {
  if (REFUSED_EVERYWHERE.test(name) && from !== OTHER_SERVER) return `Expected no use of "${name}" anywhere`
  const layerName = layerOf(from)
  const layer = layerName === undefined ? undefined : LAYERS[layerName]
  if (layer === undefined || from.endsWith('.test.ts') || layer.except?.includes(from)) return undefined
  return layer.refuses?.test(name) ? `Expected ${layerName} to do without "${name}"` : undefined
}

/** undefined outside src. */
function layerOf(path: string): string | undefined {
  return /^src\/(?<layer>[\w-]+)/.exec(path)?.groups?.['layer']
}

function positionIn(source: string, index: number): string {
  const lines = source.slice(0, index).split('\n')
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
}

if (import.meta.main) {
  const breaches = globSync('{src,scripts,test}/**/*.{ts,mjs}', { exclude: ['**/node_modules/**'] })
    .sort()
    .flatMap(path => findBreaches(path, readFileSync(path, 'utf8')))
  for (const breach of breaches) console.error(breach)
  if (breaches.length > 0) process.exitCode = 1
}
