import type { RedirectRule } from '../http/response/redirect-rules.ts'
import { Wildcard } from '../text/wildcard.ts'
import type { Host } from './config.ts'
import { comparableName } from './values/host-name.ts'

/** After so many redirects in a row browsers give up. */
const MOST_HOPS = 20

type Redirecting = Pick<Host, 'names' | 'redirect'>

/**
 * The way that a client is sent round by a redirect of one host through others, as `www.example.com -> example.com -> ...`; undefined
 * where it comes to an end, or leads to nobody here. What expressions do is not known.
 */
export function circleThrough(
  rule: RedirectRule,
  host: Redirecting,
  hosts: readonly Redirecting[],
): string | undefined {
  const way: { readonly host: Redirecting; readonly path: string }[] = [{ host, path: rule.path }]
  let next = step(rule, rule.path, host, hosts)
  while (next !== undefined && way.length <= MOST_HOPS) {
    const { host: there, path } = next
    const start = way.findIndex(stop => stop.host === there && stop.path === path)
    if (start >= 0) {
      const round = way.slice(start)
      return round.some(stop => stop.host !== there) ? wordsOf([...round, next]) : undefined
    }
    way.push(next)
    const rules = there.redirect.find(each => each.isExpression === true || isBelow(path, each.path))
    next = rules === undefined ? undefined : step(rules, path, there, hosts)
  }
  return undefined
}

function step(
  { target, path: from, isExpression }: RedirectRule,
  path: string,
  host: Redirecting,
  hosts: readonly Redirecting[],
): { readonly host: Redirecting; readonly path: string } | undefined {
  if (target === undefined || isExpression === true) return undefined
  const rest = path.slice(from.length)
  if (target.startsWith('/')) return { host, path: withoutQuery(target) + rest }
  const url = new URL(target)
  const there = hostNamed(comparableName(url.hostname), hosts)
  const base = url.pathname.endsWith('/') && rest.startsWith('/') ? url.pathname.slice(0, -1) : url.pathname
  return there === undefined ? undefined : { host: there, path: base + rest }
}

function hostNamed(name: string, hosts: readonly Redirecting[]): Redirecting | undefined {
  const isLike = (pattern: string) => /[*?]/.test(pattern) && new Wildcard(pattern).matches(name)
  return hosts.find(({ names }) => names.includes(name)) ?? hosts.find(({ names }) => names.some(isLike))
}

function withoutQuery(target: string): string {
  return target.replace(/[?#].*/, '')
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

function wordsOf(way: readonly { readonly host: Redirecting; readonly path: string }[]): string {
  return way.map(({ host, path }) => `${host.names[0] ?? 'the first host'}${path}`).join(' -> ')
}
