/**
 * A log format as a value: what each line is made of, in order. `json` is one JSON object a line; the rest
 * is Apache's LogFormat language, read once when the configuration is loaded.
 */
export type LogFormat =
  | { readonly kind: 'json' }
  | { readonly kind: 'items'; readonly items: readonly (string | LogItem)[] }

/**
 * One `%` directive of a format. The `>` and `<` in `%>s` and `%<s` mean something only in Apache, which may redirect a
 * request to another.
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats
 */
export interface LogItem {
  readonly letter: LogItemLetter
  /** What stood in the braces, as in `%{Referer}i`; undefined for none or empty ones. */
  readonly argument: string | undefined
  /** From `%400,501{…}` or `%!200{…}`: other statuses log `-`. */
  readonly onlyFor: { readonly statuses: readonly number[]; readonly negated: boolean } | undefined
}

export type LogItemLetter = keyof typeof LOG_ITEMS

/** What is wrong with a format, and at which character of its text. */
export interface LogFormatMistake {
  readonly kind: 'mistake'
  readonly message: string
  readonly offset: number
}

interface LogItemRule {
  readonly usage: string
  readonly help: string
  /** What may stand in the braces, the empty text for an item without them. */
  readonly argument: RegExp
}

const NONE = /^$/
const ANY = /./
/** An item, or as much of one as can be made out; or an escape, or one character of the text between. */
const PART = /%%|(%)((?:[!<>,\d]|\{[^{}]*\})*)(.?)|\\[nrt\\]|[^%]/gsu
const STRFTIME = '(?:[^%]|%[EO]?[aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%])*'

/** Every item of a format, by its letter: how it is written, what it logs, what its braces may hold. */
export const LOG_ITEMS = {
  a: {
    usage: '%a, %{c}a',
    help: 'Address of the client, or of the other end of the connection, which may be a proxy',
    argument: /^c?$/,
  },
  A: { usage: '%A', help: 'Address of the server', argument: NONE },
  b: { usage: '%b', help: 'Bytes of the response body, - for none', argument: NONE },
  B: { usage: '%B', help: 'Bytes of the response body', argument: NONE },
  D: { usage: '%D', help: 'Time taken, in microseconds', argument: NONE },
  e: { usage: '%{name}e', help: 'Environment variable of the server', argument: ANY },
  f: { usage: '%f', help: 'File that the path stands for', argument: NONE },
  h: { usage: '%h, %{c}h', help: 'The same as %a and %{c}a', argument: /^c?$/ },
  H: { usage: '%H', help: 'Protocol, as in HTTP/1.1', argument: NONE },
  i: { usage: '%{name}i', help: 'Field of the request', argument: ANY },
  I: { usage: '%I', help: 'Bytes received, head included', argument: NONE },
  k: { usage: '%k', help: 'Requests served before on the same connection', argument: NONE },
  l: { usage: '%l', help: 'Always -, for the identity protocol nobody speaks', argument: NONE },
  m: { usage: '%m', help: 'Method of the request', argument: NONE },
  o: { usage: '%{name}o', help: 'Field of the response', argument: ANY },
  O: { usage: '%O', help: 'Bytes sent, head included', argument: NONE },
  p: {
    usage: '%p, %{canonical|local|remote}p',
    help: 'Port of the server, or of the client',
    argument: /^(?:canonical|local|remote)?$/,
  },
  P: {
    usage: '%P, %{pid|tid|hextid}P',
    help: 'Process that served the request',
    argument: /^(?:pid|tid|hextid)?$/,
  },
  q: { usage: '%q', help: 'Query with its ?, or nothing', argument: NONE },
  r: { usage: '%r', help: 'Request line', argument: NONE },
  s: { usage: '%s, %>s', help: 'Status', argument: NONE },
  S: { usage: '%S', help: 'Bytes received and sent together', argument: NONE },
  t: {
    usage: '%t, %{format}t',
    help: 'When the request arrived, or with end: before the format when it was done; the format is of strftime, or sec, msec, usec, msec_frac or usec_frac',
    argument: new RegExp(`^(?:begin:|end:)?(?:sec|msec|usec|msec_frac|usec_frac|${STRFTIME})$`, 's'),
  },
  T: { usage: '%T, %{ms|us|s}T', help: 'Time taken, in seconds or in the unit', argument: /^(?:ms|us|s)?$/ },
  u: {
    usage: '%u',
    help: 'User whom the client has named where a password is asked, right or wrong, or -',
    argument: NONE,
  },
  U: { usage: '%U', help: 'Path of the request, decoded, without its query', argument: NONE },
  v: { usage: '%v', help: 'ServerName', argument: NONE },
  V: { usage: '%V', help: 'Host the client asked for', argument: NONE },
  x: {
    usage: '%{wait}x, %{turns}x',
    help: 'Microseconds waited for the turn, or turns taken',
    argument: /^(?:wait|turns)$/,
  },
  X: { usage: '%X', help: 'Connection: X aborted, + kept alive, - closed', argument: NONE },
} as const satisfies Record<string, LogItemRule>

/**
 * Reads a format in the language of Apache's LogFormat, as it stands between the quotes of the directive. It is
 * stricter: an argument that an item does not know is a mistake, and so are braces that are not closed.
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats
 */
export function parseLogFormat(format: string): LogFormat | LogFormatMistake {
  const items: (string | LogItem)[] = []
  for (const part of format.matchAll(PART)) {
    const [whole, percent, modifiers = '', letter = ''] = part
    const item = percent === undefined ? readLiteral(whole) : readItem(modifiers, letter)
    if (typeof item === 'object' && 'message' in item) {
      return { kind: 'mistake', message: item.message, offset: part.index }
    }
    items.push(item)
  }
  return { kind: 'items', items: joinLiterals(items) }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

/** A backslash before any other character stands for itself. */
function readLiteral(text: string): string {
  return text === '%%' ? '%' : text.replaceAll(/\\([nrt\\])/g, (_, character) => ESCAPES[character] ?? '')
}

function readItem(modifiers: string, letter: string): LogItem | { message: string } {
  const written = `%${modifiers}${letter}`
  if (letter === '') {
    return { message: `Expected a letter behind ${JSON.stringify(written)}, got the end of the format` }
  }
  if (letter === '{') {
    return { message: `Expected a closing } behind ${JSON.stringify(written)}, got the end of the format` }
  }
  if (!isLetter(letter)) return { message: `Unknown item ${JSON.stringify(written)} in the format` }

  const rule: LogItemRule = LOG_ITEMS[letter]
  const argument = /\{([^{}]*)\}/.exec(modifiers)?.[1] ?? ''
  if (!rule.argument.test(argument)) {
    return { message: `Expected ${rule.usage} in the format, got ${JSON.stringify(written)}` }
  }

  const conditions = modifiers.replaceAll(/\{[^{}]*\}/g, '')
  const statuses = (conditions.match(/\d+/g) ?? []).map(Number)
  const unknown = statuses.find(status => status < 100 || status > 599)
  if (unknown !== undefined) {
    return { message: `Expected a status from 100 to 599 in ${JSON.stringify(written)}, got ${unknown}` }
  }
  return {
    letter,
    argument: argument === '' ? undefined : argument,
    onlyFor: statuses.length === 0 ? undefined : { statuses, negated: conditions.includes('!') },
  }
}

function isLetter(letter: string): letter is LogItemLetter {
  return Object.hasOwn(LOG_ITEMS, letter)
}

function joinLiterals(items: readonly (string | LogItem)[]): (string | LogItem)[] {
  const joined: (string | LogItem)[] = []
  for (const item of items) {
    const last = joined.at(-1)
    if (typeof item === 'string' && typeof last === 'string') joined[joined.length - 1] = last + item
    else joined.push(item)
  }
  return joined
}

const COMMON = '%h %l %u %t "%r" %>s %b'
const REFERER_AND_AGENT = '"%{Referer}i" "%{User-Agent}i"'

/** The formats that have a name without a LogFormat directive. */
export const BUILT_IN_LOG_FORMATS: ReadonlyMap<string, LogFormat> = new Map([
  ['common', builtIn(COMMON)],
  ['combined', builtIn(`${COMMON} ${REFERER_AND_AGENT}`)],
  ['vhost_combined', builtIn(`%v:%p %h %l %u %t "%r" %>s %O ${REFERER_AND_AGENT}`)],
  ['json', { kind: 'json' }],
])

function builtIn(format: string): LogFormat {
  const parsed = parseLogFormat(format)
  if (parsed.kind === 'mistake') throw new Error(parsed.message)
  return parsed
}

/** Whether a line has the address or the port that a client has come to. */
export function namesLocalAddress(format: LogFormat): boolean {
  if (format.kind === 'json') return false
  return format.items.some(
    item =>
      typeof item !== 'string' &&
      (item.letter === 'A' || (item.letter === 'p' && item.argument !== 'remote')),
  )
}
