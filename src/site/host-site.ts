import type { Host } from '../config/config.ts'
import type { Found } from '../files/document-root.ts'
import type { Fields } from '../http/fields.ts'
import { RedirectRules } from '../http/response/redirect-rules.ts'
import { type RuledHost, Rules } from './rules.ts'
import type { Workshop } from './workshop.ts'

/**
 * What a path means to a host, and the rules of what was found: for an index those of the index itself. A `listing` is a folder
 * with its slash that has no index and may be listed, `unlisted` one that may not; a `folder` lacks its slash.
 */
export interface Finding {
  readonly found: Found | { readonly kind: 'listing' | 'unlisted' }
  readonly rules: Rules
}

const LISTING = { kind: 'listing' } as const
const UNLISTED = { kind: 'unlisted' } as const

/** One host: what its paths mean, and by which rules they are answered. */
export class HostSite implements RuledHost {
  readonly settings: Host
  readonly redirects: RedirectRules
  readonly #workshop: Workshop
  #rules: Rules | undefined

  constructor(settings: Host, workshop: Workshop) {
    this.settings = settings
    this.redirects = new RedirectRules(settings.redirect)
    this.#workshop = workshop
  }

  get serverName(): string {
    return this.settings.serverName
  }

  get documentRoot(): string {
    return this.settings.documentRoot
  }

  get origins(): Host['origins'] {
    return this.settings.origins
  }

  /** What holds for a path, and for a request without one. */
  rulesOf(_path: string | undefined): Rules {
    this.#rules ??= new Rules(this.settings, this, this.#workshop)
    return this.#rules
  }

  /**
   * @param path A decoded, normalised path that begins with a slash, as a byte string.
   * @param now Milliseconds since the epoch.
   * @param fields What the client says of encodings, and of what it has; without it files are found as they are.
   */
  find(path: string, now: number, fields?: Fields): Finding {
    const rules = this.rulesOf(path)
    if (!path.endsWith('/')) return { found: rules.root.find(path, now, fields), rules }
    for (const [place, name] of rules.directoryIndex.entries()) {
      const index = this.rulesOf(path + name)
      const found = index.root.find(path + name, now, fields)
      if (found.kind === 'forbidden') return { found, rules: index }
      if (found.kind === 'file')
        return { found: place === 0 ? found : { ...found, isSubstitute: true }, rules: index }
    }
    const found = rules.root.find(path, now)
    if (found.kind !== 'folder') return { found, rules }
    return { found: rules.indexes ? LISTING : UNLISTED, rules }
  }

  /** The page at a path, as it is. */
  readonly findPage = (path: string, now: number): Finding['found'] => this.find(path, now).found
}
