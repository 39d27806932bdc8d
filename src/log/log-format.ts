import { isUtf8 } from 'node:buffer'
import type { LogFormat, LogItem, LogItemLetter } from '../config/values/log-format.ts'
import { asciiJson, escapeLogText } from '../text/escape.ts'
import type { AccessLogEntry } from './access-log-entry.ts'
import { strftime } from './strftime.ts'

type Render = (entry: AccessLogEntry) => string

/**
 * Compiles a format into a function that renders one line, without its line end. The line is printable ASCII
 * whatever the client sent, as far as the format's own text is.
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats
 */
export function compileLogFormat(format: LogFormat): Render {
  if (format.kind === 'json') return renderJson
  return joined(inRuns(format.items).map(compileRun))
}

/** Runs of items that are {@link CACHEABLE}, and each that is not by itself. */
function inRuns(items: readonly (string | LogItem)[]): readonly (string | LogItem)[][] {
  const runs: (string | LogItem)[][] = []
  for (const item of items) {
    const run = runs.at(-1)
    if (run !== undefined && isCacheable(item) && run.every(isCacheable)) run.push(item)
    else runs.push([item])
  }
  return runs
}

function isCacheable(item: string | LogItem): boolean {
  return typeof item === 'string' || CACHEABLE.has(item.letter)
}

/** What is the same in every line is one text, and what depends on the cache key alone is rendered once for each. */
function compileRun(run: readonly (string | LogItem)[]): string | Render {
  const pieces = run.map(item => (typeof item === 'string' ? item : compileItem(item)))
  if (pieces.every(piece => typeof piece === 'string')) return pieces.join('')
  const render = joined(pieces)
  return run.every(isCacheable) ? oncePerCacheKey(render) : render
}

function joined(pieces: readonly (string | Render)[]): Render {
  return entry => {
    let line = ''
    for (const piece of pieces) line += typeof piece === 'string' ? piece : piece(entry)
    return line
  }
}

/** Most of a line is rendered so: it would be much of the work of a small request. */
function oncePerCacheKey(render: Render): Render {
  const known = new WeakMap<object, string>()
  return entry => {
    const { cacheKey } = entry
    if (cacheKey === undefined) return render(entry)
    const remembered = known.get(cacheKey)
    if (remembered !== undefined) return remembered
    const rendered = flat(render(entry))
    known.set(cacheKey, rendered)
    return rendered
  }
}

function compileItem({ letter, argument, onlyFor }: LogItem): string | Render {
  const compiled = ITEMS[letter](argument ?? '')
  if (onlyFor === undefined) return compiled
  const render = typeof compiled === 'string' ? () => compiled : compiled
  const statuses = new Set(onlyFor.statuses)
  return entry => (statuses.has(entry.status) === onlyFor.negated ? '-' : render(entry))
}

/** How each item is rendered, by the argument in its braces; a text is the same in every line. */
const ITEMS: Readonly<Record<LogItemLetter, (argument: string) => string | Render>> = {
  a: compileAddress,
  A: () => entry => entry.localAddress,
  b: () => entry => (entry.bodyBytesSent === 0 ? '-' : String(entry.bodyBytesSent)),
  B: () => entry => String(entry.bodyBytesSent),
  D: () => entry => String(Math.floor(entry.duration)),
  e: name => escaped(bytesOf(process.env[name])),
  f: () => entry => escaped(entry.filename),
  h: compileAddress,
  H: () => entry => escaped(entry.protocol),
  i: name => {
    const lowerCase = name.toLowerCase()
    return entry => escaped(entry.requestField(lowerCase))
  },
  I: () => entry => String(entry.bytesReceived),
  k: () => entry => String(entry.keepAliveRequests),
  l: () => '-',
  m: () => entry => escaped(entry.method),
  o: name => {
    const lowerCase = name.toLowerCase()
    // Apache logs a media type without its parameters.
    if (lowerCase === 'content-type')
      return entry => escaped(entry.responseField(lowerCase)?.split(';', 1)[0]?.trimEnd())
    return entry => escaped(entry.responseField(lowerCase))
  },
  O: () => entry => String(entry.bytesSent),
  p: side => entry => String(side === 'remote' ? entry.remotePort : entry.localPort),
  // The only thread of a Linux process has the number of the process.
  P: form => (form === 'hextid' ? process.pid.toString(16) : String(process.pid)),
  q: () => entry => escapeLogText(entry.query),
  r: () => entry => (entry.requestLine === '' ? '-' : escapeLogText(entry.requestLine)),
  s: () => entry => String(entry.status),
  S: () => entry => String(entry.bytesReceived + entry.bytesSent),
  t: compileTime,
  T: unit => entry => String(Math.floor(entry.duration / (MICROSECONDS[unit] ?? 1_000_000))),
  // As Apache shows that a name was given, and is empty.
  u: () => entry => (entry.user === '' ? '""' : escaped(entry.user)),
  U: () => entry => escaped(entry.path),
  v: () => entry => escaped(entry.serverName),
  // Apache logs an IPv6 address without its brackets.
  V: () => entry => escaped(entry.hostAsked.replace(/^\[(.*)\]$/, '$1')),
  x: measure => entry => String(Math.floor(measure === 'turns' ? entry.turns : entry.wait)),
  X: () => entry => CONNECTIONS[entry.connection],
}

/** The items that depend on nothing but what was asked and what was answered, as the cache key does. */
const CACHEABLE: ReadonlySet<LogItemLetter> = new Set([
  ...['b', 'B', 'f', 'H', 'i', 'I', 'l', 'm', 'q', 'r', 's', 'u', 'U', 'v', 'V'],
] as const)

const MICROSECONDS: Readonly<Record<string, number>> = { s: 1_000_000, ms: 1000, us: 1 }

const CONNECTIONS: Readonly<Record<AccessLogEntry['connection'], string>> = {
  aborted: 'X',
  'keep-alive': '+',
  close: '-',
}

function escaped(value: string | undefined): string {
  return value === undefined ? '-' : escapeLogText(value)
}

function bytesOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString('latin1')
}

/** A copy of the text in one piece: joining many pieces to each line takes longer. */
function flat(text: string): string {
  return Buffer.from(text).toString()
}

function compileAddress(whose: string): Render {
  return whose === 'c' ? entry => entry.connectionAddress : entry => entry.remoteAddress
}

/** Renders a moment, given in milliseconds since the epoch. */
type RenderTime = (time: number) => string

const CLF_TIME = '[%d/%b/%Y:%H:%M:%S %z]'

function compileTime(argument: string): Render {
  const [, moment, format = ''] = /^(begin:|end:)?(.*)$/s.exec(argument) ?? []
  const render = TIMES.get(format) ?? oncePerSecond(strftime(format === '' ? CLF_TIME : format))
  if (moment === 'end:') return entry => render(entry.arrivedAt + entry.duration / 1000)
  return entry => render(entry.arrivedAt)
}

const TIMES: ReadonlyMap<string, RenderTime> = new Map<string, RenderTime>([
  ['sec', time => String(Math.floor(time / 1000))],
  ['msec', time => String(Math.floor(time))],
  ['usec', time => String(Math.floor(time * 1000))],
  ['msec_frac', time => String(Math.floor(time) % 1000).padStart(3, '0')],
  ['usec_frac', time => String(Math.floor(time * 1000) % 1_000_000).padStart(6, '0')],
])

/** Renders each second once, since a busy server writes thousands of lines in it. */
function oncePerSecond(render: (date: Date) => string): RenderTime {
  let second = Number.NaN
  let rendered = ''
  return time => {
    const current = Math.floor(time / 1000)
    if (current !== second) {
      second = current
      rendered = render(new Date(current * 1000))
    }
    return rendered
  }
}

/** One JSON object in ASCII: a field is never missing, and null where there was nothing. */
function renderJson(entry: AccessLogEntry): string {
  return asciiJson({
    time: new Date(entry.arrivedAt).toISOString(),
    remote: entry.remoteAddress,
    host: decoded(entry.hostAsked),
    request: decoded(entry.requestLine),
    method: decoded(entry.method),
    path: decoded(entry.path),
    query: decoded(entry.query.slice(1)),
    protocol: decoded(entry.protocol),
    status: entry.status,
    bytes: entry.bodyBytesSent,
    bytes_received: entry.bytesReceived,
    bytes_sent: entry.bytesSent,
    duration_us: Math.floor(entry.duration),
    wait_us: Math.floor(entry.wait),
    turns: entry.turns,
    connection: entry.connection,
    referer: decoded(entry.requestField('referer')),
    user_agent: decoded(entry.requestField('user-agent')),
  })
}

/** A byte string as a person reads it: UTF-8 where it is that, else a character for each byte. */
function decoded(value: string | undefined): string | null {
  if (value === undefined || value === '') return null
  if (!/[\x80-\xff]/.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : value
}
