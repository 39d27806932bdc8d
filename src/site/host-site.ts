import { aliasOf, fileOf, rootOf } from '../config/alias.ts'
import type { Alias, FolderSection, Host } from '../config/config.ts'
import { restricts, settingsUnder } from '../config/folder-sections.ts'
import type { Found } from '../files/document-root.ts'
import type { Fields } from '../http/fields.ts'
import { remember } from '../http/remember.ts'
import { RedirectRules } from '../http/response/redirect-rules.ts'
import type { Access } from './access.ts'
import { guardedAs, type Namesake, namesakesOf } from './namesakes.ts'
import { Rules } from './rules.ts'
import { SectionMatcher } from './section-matcher.ts'
import type { Workshop } from './workshop.ts'

/**
 * What a path means to a host, and the rules of what was found: for an index those of the index itself. A `listing` is a folder
 * with its slash that has no index and may be listed, `unlisted` one that may not; a `folder` lacks its slash. One is `refused`
 * where an index is for others, by the rules of that, whether it is there or not.
 */
export interface Finding {
  readonly found: Found | { readonly kind: 'listing' | 'unlisted' | 'refused' }
  readonly rules: Rules
  /** Whether it was found so because of who asks. */
  readonly isPersonal: boolean
}

/** The sections of a namesake of a path, and the directive that makes it one. */
interface Guard {
  readonly directive: Namesake['directive']
  readonly sections: readonly FolderSection[]
}

export type MayHave = (rules: Rules) => boolean

const LISTING = { kind: 'listing' } as const
const UNLISTED = { kind: 'unlisted' } as const
const REFUSED = { kind: 'refused' } as const
const ABSENT = { kind: 'absent' } as const

/** Paths whose rules are remembered. */
const PATHS_REMEMBERED = { texts: 256, longest: 256 }
/** Sets of sections that hold together, for which rules are kept; a configuration has few. */
const MOST_RULES = 256

/** One host: what its paths mean, and by which rules they are answered. */
export class HostSite {
  readonly settings: Host
  readonly #workshop: Workshop
  #redirects: RedirectRules | undefined
  #sections: SectionMatcher | undefined
  /** Whether not all paths have the same rules. */
  readonly #differs: boolean
  /** By the origins of the sections that they were merged of. */
  readonly #rules = new Map<string, Rules>()
  readonly #rulesOfPath = remember(path => this.#decide(path), PATHS_REMEMBERED)
  #plain: Rules | undefined
  /** Whether some of its paths may be for others than the rest. */
  readonly isDivided: boolean

  /** Nothing is made ready before it is asked for: of a thousand hosts few are, most of the time. */
  constructor(settings: Host, workshop: Workshop) {
    this.settings = settings
    this.#workshop = workshop
    const { sections, alias } = settings
    this.#differs = sections.length + alias.length > 0
    this.isDivided = sections.some(restricts)
  }

  get redirects(): RedirectRules {
    this.#redirects ??= new RedirectRules(this.settings.redirect)
    return this.#redirects
  }

  /** What holds for a path; without one, what holds where no section does. */
  rulesOf(path: string | undefined): Rules {
    if (path !== undefined && this.#differs) return this.#rulesOfPath(path)
    this.#plain ??= this.#rulesUnder([], rootOf(this.settings))
    return this.#plain
  }

  /**
   * @param path A decoded, normalised path that begins with a slash, as a byte string.
   * @param now Milliseconds since the epoch.
   * @param mayHave Whether whoever asks may have what these rules are for; asked where they are not those of the path.
   * @param fields What the client says of encodings, and of what it has; without it files are found as they are.
   */
  find(path: string, now: number, mayHave: MayHave, fields?: Fields): Finding {
    const rules = this.rulesOf(path)
    if (!path.endsWith('/')) return { found: rules.find(path, now, fields), rules, isPersonal: false }
    let isPersonal = false
    let refusing: Rules | undefined
    for (const [place, name] of rules.directoryIndex.entries()) {
      const indexPath = indexOf(path, name)
      const index = this.rulesOf(indexPath)
      if (index.access !== rules.access) {
        isPersonal = true
        if (!mayHave(index)) {
          refusing ??= index
          continue
        }
      }
      const found = index.find(indexPath, now, fields)
      if (found.kind === 'forbidden') return { found, rules: index, isPersonal }
      if (found.kind === 'file')
        return { found: place === 0 ? found : { ...found, isSubstitute: true }, rules: index, isPersonal }
    }
    const found = rules.find(path, now)
    if (found.kind !== 'folder') return { found, rules, isPersonal }
    if (refusing !== undefined) return { found: REFUSED, rules: refusing, isPersonal }
    return { found: rules.indexes ? LISTING : UNLISTED, rules, isPersonal }
  }

  /** Those of a path, and of all that may be sent for it in its place. */
  *rulesBehind(path: string): Generator<Rules> {
    const rules = this.rulesOf(path)
    yield rules
    if (path.endsWith('/')) for (const name of rules.directoryIndex) yield this.rulesOf(indexOf(path, name))
    else if (rules.cleanUrls) yield this.rulesOf(`${path}.html`)
    if (rules.fallback !== undefined) yield this.rulesOf(rules.fallback.path)
  }

  /**
   * The page at a path, as it is; none that is for others than those to whom this access applies, and so have been refused, or
   * let in, by it.
   */
  readonly findPage = (path: string, now: number, access: Access | undefined): Finding['found'] => {
    const mayHave = (rules: Rules) => rules.access === undefined || rules.access === access
    return mayHave(this.rulesOf(path)) ? this.find(path, now, mayHave).found : ABSENT
  }

  #decide(path: string): Rules {
    const alias = aliasOf(path, this.settings)
    const guards = this.isDivided ? namesakesOf(path).map(each => this.#guardOf(each, alias)) : []
    return this.#rulesUnder(this.#sectionsFor(path, alias), alias, guards)
  }

  #guardOf({ path, directive }: Namesake, alias: Alias): Guard {
    return { directive, sections: this.#sectionsFor(path, alias) }
  }

  #sectionsFor(path: string, alias: Alias): readonly FolderSection[] {
    this.#sections ??= new SectionMatcher(this.settings.sections)
    return this.#sections.match(path, fileOf(path, alias))
  }

  /** The same for the same sections: how many paths there are costs nothing. */
  #rulesUnder(sections: readonly FolderSection[], alias: Alias, guards: readonly Guard[] = []): Rules {
    const originsOf = (several: readonly FolderSection[]) => several.map(({ origin }) => origin)
    const ofGuards = guards.map(guard => [guard.directive, ...originsOf(guard.sections)])
    const key = JSON.stringify([alias.path, originsOf(sections), ofGuards])
    const known = this.#rules.get(key)
    if (known !== undefined) return known
    if (this.#rules.size === MOST_RULES) this.#rules.clear()
    const rules = new Rules(this.#settingsUnder(sections, guards), alias, this.findPage, this.#workshop)
    this.#rules.set(key, rules)
    return rules
  }

  #settingsUnder(sections: readonly FolderSection[], guards: readonly Guard[]): Host {
    let settings = settingsUnder(this.settings, sections)
    for (const guard of guards) {
      const others = settingsUnder(this.settings, guard.sections)
      if (others[guard.directive]) settings = guardedAs(others, settings)
    }
    return settings
  }
}

function indexOf(folder: string, name: string): string {
  return name.startsWith('/') ? name : folder + name
}
