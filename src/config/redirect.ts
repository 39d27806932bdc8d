import type { Arguments } from './arguments.ts'
import type { Redirect } from './config.ts'
import { enumerate, urlPath } from './values.ts'

const STATUS_NAMES: Readonly<Record<string, number>> = { permanent: 301, temp: 302, seeother: 303, gone: 410 }
const LEADING_STATUSES = [301, 302, 303, 307, 308]
/** After so many redirects in a row browsers give up. */
const MOST_HOPS = 20

/**
 * Takes `[status] path [target]`: the target of a redirection, and none for an error.
 *
 * @param others What the statements before it have decided.
 */
export function takeRedirect(args: Arguments, others: readonly Redirect[]): Redirect {
  const status = args.nextIsLike(/^[^/]/) ? takeStatus(args) : 302
  const path = args.take(urlPath)
  const isError = status >= 400
  if (isError) return { status, path, target: undefined }

  const redirect = { status, path, target: takeTarget(args) }
  if (leadsInCircle(redirect.target, [...others, redirect])) {
    throw args.mistake(
      `Expected a target outside what is redirected, got ${JSON.stringify(redirect.target)}, from where clients would be sent on for ever`,
    )
  }
  return redirect
}

function takeStatus(args: Arguments): number {
  const names = enumerate([...Object.keys(STATUS_NAMES), ...LEADING_STATUSES.map(String)])
  const expected = `a path such as /old, or ${names}, or the status of an error, from 400 to 599`
  const { text } = args.takeWord(expected)
  const name = text.toLowerCase()
  const status = Object.hasOwn(STATUS_NAMES, name) ? STATUS_NAMES[name] : Number(text)
  if (status !== undefined && LEADING_STATUSES.includes(status)) return status
  if (status !== undefined && /^[45]\d\d$/.test(String(status))) return status
  throw args.mistake(`Expected ${expected}, got ${JSON.stringify(text)}`)
}

/** Stands for this server, of whatever name, to read a path by. */
const HERE = 'http://here.invalid'

/** Written as a URI, whatever characters it was given in. */
function takeTarget(args: Arguments): string {
  const expected = 'a target such as /new or https://www.example.com/new'
  const { text } = args.takeWord(expected)
  const url = /^(?:\/|https?:\/\/)/i.test(text) ? URL.parse(text, HERE) : null
  if (url !== null && !text.startsWith('/')) return url.href
  // A second slash, or a backslash, would make a host of what follows it.
  if (url !== null && url.origin === HERE) return url.pathname + url.search + url.hash
  throw args.mistake(`Expected ${expected}, got ${JSON.stringify(text)}`)
}

/** Whether a client that is sent here is sent on, and on, until it gives up. */
function leadsInCircle(target: string, redirects: readonly Redirect[]): boolean {
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
