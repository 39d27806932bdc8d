import type { RedirectRule } from '../../http/response/redirect-rules.ts'
import { Expression } from '../../text/expression.ts'
import type { Arguments } from '../arguments.ts'
import { takeExpressionText } from './expression.ts'
import { didYouMean, enumerate, urlPath } from './values.ts'

/** The names of mod_alias, and what else a browser takes for a redirection. */
const STATUSES: ReadonlyMap<string, number> = new Map([
  ['permanent', 301],
  ['temp', 302],
  ['seeother', 303],
  ['gone', 410],
  ...[301, 302, 303, 307, 308].map(status => [String(status), status] as const),
])
/** After so many redirects in a row browsers give up. */
const MOST_HOPS = 20

/**
 * Takes `[status] path [target]`: the target of a redirection, and none for an error.
 *
 * @param others What the statements before it have decided.
 * @param names By which clients reach this server.
 * @param given The status, where it is not among the arguments.
 */
export function takeRedirect(
  args: Arguments,
  others: readonly RedirectRule[],
  names: OwnNames,
  given?: number,
): RedirectRule {
  const status = given ?? (args.nextIsLike(/^[^/]/) ? takeStatus(args) : 302)
  const path = args.take(urlPath)
  if (status >= 400) return { status, path, target: undefined }

  const redirect = { status, path, target: takeTarget(args) }
  if (leadsInCircle(redirect.target, [...others, redirect], pathOf)) {
    throw args.mistake(
      `Expected a target outside what is redirected, got ${JSON.stringify(redirect.target)}, from where clients would be sent on for ever`,
    )
  }
  if (
    leadsInCircle(
      redirect.target,
      [...others, redirect],
      target => pathOf(target) ?? pathByName(target, names),
    )
  ) {
    args.warn(
      `${JSON.stringify(redirect.target)} may lead in a circle by a name of this server: unless another answers there, clients are sent on for ever`,
    )
  }
  return redirect
}

/** Takes `[status] expression [target]`. */
export function takeRedirectMatch(args: Arguments): RedirectRule {
  const status = args.nextIsLike(/^(?:permanent|temp|seeother|gone|\d{3})$/i) ? takeStatus(args) : 302
  const path = takeExpressionText(args)
  if (status >= 400) return { status, path, isExpression: true, target: undefined }
  const target = takeTarget(args)
  if (/^https?:\/\/[^/?#]*\$/i.test(target)) {
    throw args.mistake(
      `Expected a host as it stands and a slash behind it, got ${JSON.stringify(target)}: else whoever makes up a path decides where clients go`,
    )
  }
  const here = pathOf(target)
  if (here !== undefined && !/\$\d/.test(here) && Expression.of(path).matches(here.replace(/[?#].*/, ''))) {
    throw args.mistake(
      `Expected a target in which ${JSON.stringify(path)} is not found, got ${JSON.stringify(target)}, from where clients would be sent on for ever`,
    )
  }
  return { status, path, isExpression: true, target }
}

/** The names of this server, and the ports it listens on. */
export interface OwnNames {
  readonly hosts: readonly string[]
  /** Empty where systemd decides on them. */
  readonly ports: readonly number[]
  /** Whether it speaks HTTPS itself; else a proxy in front of it may. */
  readonly isSecure: boolean
}

const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]']

/**
 * What a URL asks this server for, if it may lead here: by its own name, and to a port of its own or, where HTTPS is spoken
 * by a proxy in front, by https.
 */
function pathByName(target: string, { hosts, ports, isSecure }: OwnNames): string | undefined {
  const url = URL.parse(target)
  if (url === null) return undefined
  const isName = [...hosts, ...LOCAL_NAMES].some(
    host => host.toLowerCase() === url.hostname.replace(/\.$/, ''),
  )
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const isToPort = isSecure || url.protocol === 'http:'
  if (!isName || (isToPort && ports.length > 0 && !ports.includes(port))) return undefined
  return url.pathname + url.search
}

function takeStatus(args: Arguments): number {
  const names = [...STATUSES.keys()]
  const expected = `a path such as /old, ${enumerate([...names, 'an error from 400 to 599'])}`
  const { text } = args.takeWord(expected)
  const status = STATUSES.get(text.toLowerCase())
  if (status !== undefined) return status
  if (/^[45]\d\d$/.test(text)) return Number(text)
  throw args.mistake(`Expected ${expected}, got ${JSON.stringify(text)}${didYouMean(text, names)}`)
}

/** Stands for this server, whatever its name, to resolve a path. */
const HERE = 'http://here.invalid'

/** Takes a target, and writes it as a URI whatever characters it was given in. */
function takeTarget(args: Arguments): string {
  const expected = 'a target such as /new or https://www.example.com/new'
  const { text } = args.takeWord(expected)
  const url = /^(?:\/|https?:\/\/)/i.test(text) ? URL.parse(text, HERE) : null
  if (url !== null && !text.startsWith('/')) return url.href
  // Two slashes, and what a URL takes for them, would make a host of what follows.
  if (url?.origin === HERE && !url.pathname.startsWith('//')) return url.pathname + url.search + url.hash
  throw args.mistake(`Expected ${expected}, got ${JSON.stringify(text)}`)
}

/** What a target asks this server for, if it says so by itself. */
function pathOf(target: string): string | undefined {
  return target.startsWith('/') ? target : undefined
}

/**
 * Whether a client that is sent here is sent on, and on, until it gives up.
 *
 * @param here The path that a target means on this server; undefined when it leads elsewhere.
 */
function leadsInCircle(
  target: string,
  redirects: readonly RedirectRule[],
  here: (target: string) => string | undefined,
): boolean {
  let location = here(target)
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    if (location === undefined) return false
    const [path = ''] = location.split(/[?#]/)
    const next = redirects.find(
      redirect => redirect.isExpression !== true && isBelow(path, encodeURI(redirect.path)),
    )
    const base = next?.target === undefined ? undefined : here(next.target.replace(/#.*/, ''))
    location = base === undefined ? undefined : base + path.slice(encodeURI(next?.path ?? '').length)
  }
  return true
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
