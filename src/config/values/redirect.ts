import type { RedirectRule } from '../../http/response/redirect-rules.ts'
import type { Arguments } from '../arguments.ts'
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
 */
export function takeRedirect(args: Arguments, others: readonly RedirectRule[]): RedirectRule {
  const status = args.nextIsLike(/^[^/]/) ? takeStatus(args) : 302
  const path = args.take(urlPath)
  if (status >= 400) return { status, path, target: undefined }

  const redirect = { status, path, target: takeTarget(args) }
  if (leadsInCircle(redirect.target, [...others, redirect])) {
    throw args.mistake(
      `Expected a target outside what is redirected, got ${JSON.stringify(redirect.target)}, from where clients would be sent on for ever`,
    )
  }
  return redirect
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

/** Whether a client that is sent here is sent on, and on, until it gives up. */
function leadsInCircle(target: string, redirects: readonly RedirectRule[]): boolean {
  let location = target
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const [path = ''] = location.split(/[?#]/)
    const next = redirects.find(redirect => isBelow(path, encodeURI(redirect.path)))
    if (next?.target === undefined || !next.target.startsWith('/')) return false
    location = next.target.replace(/#.*/, '') + path.slice(encodeURI(next.path).length)
  }
  return true
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
