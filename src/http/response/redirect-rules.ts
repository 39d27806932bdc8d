import { Expression } from '../../text/expression.ts'
import { byteString } from '../byte-string.ts'
import { type Answer, encodePath, encodeQuery, page } from './respond.ts'

/** A redirection, or an error, for a path and all below it, or for all paths in which an expression is found. */
export interface RedirectRule {
  /** 301, 302, 303, 307 or 308 with a target, any error without one. */
  readonly status: number
  /** Decoded; an expression where `isExpression` says so. */
  readonly path: string
  readonly isExpression?: true
  /**
   * A URL, or a path on this server with one slash at its beginning; either as a URI reference in ASCII. That of an expression may
   * have `$0` to `$9` for what its groups have matched.
   */
  readonly target: string | undefined
}

/** What a request asks for, decoded, and its query with the `?`. */
interface Named {
  readonly path: string
  readonly query: string
}

/** What a rule makes of a request, if it concerns that: its location, or undefined for an error. */
interface CompiledRule {
  readonly status: number
  find(named: Named): { readonly location: string | undefined } | undefined
}

/**
 * Sends requests elsewhere: the first rule counts whose path is that of the request, or leads to it by whole
 * segments. What the path of the request has beyond it follows the target, and so does the query unless the
 * target brings its own.
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_alias.html#redirect
 */
export class RedirectRules {
  readonly #rules: readonly CompiledRule[]

  constructor(rules: readonly RedirectRule[]) {
    this.#rules = rules.map(rule => (rule.isExpression ? compileExpression(rule) : compilePath(rule)))
  }

  /**
   * The answer to a request for this resource, and the place of its rule among all; undefined when none concerns it. It
   * holds for any method: that something is elsewhere does not depend on what is wanted of it.
   */
  find(named: Named): { readonly answer: Answer; readonly index: number } | undefined {
    for (const [index, rule] of this.#rules.entries()) {
      const found = rule.find(named)
      if (found === undefined) continue
      const { location } = found
      return {
        answer: location === undefined ? page(rule.status) : page(rule.status, ['Location', location]),
        index,
      }
    }
    return undefined
  }
}

function compilePath({ status, path, target }: RedirectRule): CompiledRule {
  const start = byteString(path)
  const folder = start.endsWith('/') ? start : `${start}/`
  return {
    status,
    find({ path: asked, query }) {
      if (asked !== start && !asked.startsWith(folder)) return undefined
      if (target === undefined) return { location: undefined }
      return { location: locate(target, encodePath(asked.slice(start.length)), encodeQuery(query)) }
    },
  }
}

/** What a group has matched is encoded whole, so that no client can end a path or begin a query with it. */
function compileExpression({ status, path, target }: RedirectRule): CompiledRule {
  const expression = Expression.of(byteString(path))
  return {
    status,
    find({ path: asked, query }) {
      const groups = expression.groups(asked)
      if (groups === undefined) return undefined
      if (target === undefined) return { location: undefined }
      const filled = target.replace(/\$([0-9])/g, (_, digit: string) =>
        encodePath(groups[Number(digit)] ?? ''),
      )
      return { location: locate(withOneSlash(filled), '', encodeQuery(query)) }
    },
  }
}

/** Two slashes at the beginning of a path would make a host of what follows them, and that of what the client has sent. */
function withOneSlash(target: string): string {
  return target.startsWith('/') ? target.replace(/^\/+/, '/') : target
}

/** One slash where both have one: two at the beginning of a path would make a host of what follows them. */
function locate(target: string, remainder: string, query: string): string {
  const hash = target.indexOf('#')
  const base = hash < 0 ? target : target.slice(0, hash)
  const rest = base.endsWith('/') && remainder.startsWith('/') ? remainder.slice(1) : remainder
  return base + rest + (base.includes('?') ? '' : query) + target.slice(base.length)
}
