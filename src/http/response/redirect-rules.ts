import { byteString } from '../byte-string.ts'
import { type Answer, encodePath, encodeQuery, page } from './respond.ts'

/** A redirection, or an error, for a path and all below it. */
export interface RedirectRule {
  /** 301, 302, 303, 307 or 308 with a target, any error without one. */
  readonly status: number
  /** Decoded. */
  readonly path: string
  /** A URL, or a path on this server with one slash at its beginning; either as a URI reference in ASCII. */
  readonly target: string | undefined
}

/** What a request asks for, decoded, and its query with the `?`. */
interface Named {
  readonly path: string
  readonly query: string
}

interface CompiledRule extends RedirectRule {
  /** Where the paths below it begin. */
  readonly folder: string
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
    this.#rules = rules.map(rule => {
      const path = byteString(rule.path)
      return { ...rule, path, folder: path.endsWith('/') ? path : `${path}/` }
    })
  }

  /**
   * The answer to a request for this resource, and the place of its rule among all; undefined when none concerns it. It
   * holds for any method: that something is elsewhere does not depend on what is wanted of it.
   */
  find({ path, query }: Named): { readonly answer: Answer; readonly index: number } | undefined {
    const index = this.#rules.findIndex(each => path === each.path || path.startsWith(each.folder))
    const rule = this.#rules[index]
    if (rule === undefined) return undefined
    if (rule.target === undefined) return { answer: page(rule.status), index }
    const location = locate(rule.target, encodePath(path.slice(rule.path.length)), encodeQuery(query))
    return { answer: page(rule.status, ['Location', location]), index }
  }
}

/** One slash where both have one: two at the beginning of a path would make a host of what follows them. */
function locate(target: string, remainder: string, query: string): string {
  const hash = target.indexOf('#')
  const base = hash < 0 ? target : target.slice(0, hash)
  const rest = base.endsWith('/') && remainder.startsWith('/') ? remainder.slice(1) : remainder
  return base + rest + (base.includes('?') ? '' : query) + target.slice(base.length)
}
