import type { RedirectRule } from '../http/response/redirect-rules.ts'
import { Wildcard } from '../text/wildcard.ts'
import type { Host } from './config.ts'
import { comparableName } from './values/host-name.ts'

/** After so many redirects in a row browsers give up. */
const MOST_HOPS = 20

type Redirecting = Pick<Host, 'names' | 'redirect'>

interface Stop {
  readonly host: Redirecting
  readonly path: string
}

/** Finds the redirects that send clients round, from one host to others and back. */
export class Circles {
  readonly #named = new Map<string, Redirecting>()
  readonly #patterns: { readonly pattern: Wildcard; readonly host: Redirecting }[] = []

  constructor(hosts: readonly Redirecting[]) {
    for (const host of hosts) {
      for (const name of host.names) {
        if (/[*?]/.test(name)) this.#patterns.push({ pattern: new Wildcard(name), host })
        else if (!this.#named.has(name)) this.#named.set(name, host)
      }
    }
  }

  /**
   * The way that a client is sent round by a redirect of one host through others, as `www.example.com -> example.com -> ...`; undefined
   * where it comes to an end, or leads to nobody here. What expressions do is not known.
   */
  through(rule: RedirectRule, host: Redirecting): string | undefined {
    const way: Stop[] = [{ host, path: rule.path }]
    let next = this.#step(rule, rule.path, host)
    while (next !== undefined && way.length <= MOST_HOPS) {
      const { host: there, path } = next
      const start = way.findIndex(stop => stop.host === there && stop.path === path)
      if (start >= 0) {
        const round = way.slice(start)
        return round.some(stop => stop.host !== there) ? wordsOf([...round, next]) : undefined
      }
      way.push(next)
      const rules = there.redirect.find(each => each.isExpression === true || isBelow(path, each.path))
      next = rules === undefined ? undefined : this.#step(rules, path, there)
    }
    return undefined
  }

  #step(
    { target, path: from, isExpression }: RedirectRule,
    path: string,
    host: Redirecting,
  ): Stop | undefined {
    if (target === undefined || isExpression === true) return undefined
    const rest = path.slice(from.length)
    if (target.startsWith('/')) return { host, path: withoutQuery(target) + rest }
    const url = new URL(target)
    const there = this.#hostNamed(comparableName(url.hostname))
    const base = url.pathname.endsWith('/') && rest.startsWith('/') ? url.pathname.slice(0, -1) : url.pathname
    return there === undefined ? undefined : { host: there, path: base + rest }
  }

  #hostNamed(name: string): Redirecting | undefined {
    return this.#named.get(name) ?? this.#patterns.find(({ pattern }) => pattern.matches(name))?.host
  }
}

function withoutQuery(target: string): string {
  return target.replace(/[?#].*/, '')
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

function wordsOf(way: readonly Stop[]): string {
  return way.map(({ host, path }) => `${host.names[0] ?? 'the first host'}${path}`).join(' -> ')
}
