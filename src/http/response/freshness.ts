import { formatHttpDate } from '../date.ts'
import type { Field } from '../field.ts'
import { hasTrueTime, type Representation } from './representation.ts'

/** How long content may be reused, counted from when it was sent or from when it was last changed. */
export interface Lifetime {
  readonly from: 'access' | 'modification'
  readonly milliseconds: number
}

/**
 * Tells caches how long they may reuse content, by its media type (RFC 9111 §4.2.1).
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_expires.html
 */
export class Freshness {
  readonly #byType: ReadonlyMap<string, Lifetime>
  readonly #otherwise: Lifetime | undefined

  /** @param byType Keys such as `text/css` and `image/*`, in lower case; the exact one counts. */
  constructor(byType: ReadonlyMap<string, Lifetime>, otherwise: Lifetime | undefined) {
    this.#byType = byType
    this.#otherwise = otherwise
  }

  /** @param now Milliseconds since the epoch. */
  fieldsOf(content: Representation, now: number): readonly Field[] {
    const lifetime = this.#lifetimeOf(content.mediaType)
    if (lifetime === undefined) return []
    if (lifetime.from === 'modification' && !hasTrueTime(content)) return []
    const start = lifetime.from === 'access' ? now : content.modified
    const expires = start + lifetime.milliseconds
    return [
      ['Cache-Control', `max-age=${Math.max(0, Math.floor((expires - now) / 1000))}`],
      ['Expires', formatHttpDate(expires)],
    ]
  }

  #lifetimeOf(mediaType: string): Lifetime | undefined {
    if (this.#byType.size === 0) return this.#otherwise
    const [, type = '', group] = /^(([^/;]*)[^;\s]*)/.exec(mediaType.toLowerCase()) ?? []
    return this.#byType.get(type) ?? this.#byType.get(`${group}/*`) ?? this.#otherwise
  }
}
