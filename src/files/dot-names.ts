import { byteString } from '../http/byte-string.ts'

/** What RFC 8615 has reserved for programs. */
const WELL_KNOWN = '.well-known'

/** Which names that begin with a dot are served; all others are hidden. Names and paths are byte strings here. */
export class DotNames {
  readonly #served: ReadonlySet<string>

  /** @param served As text. */
  constructor(served: readonly string[] = [WELL_KNOWN]) {
    this.#served = new Set(served.map(byteString))
  }

  /** Whether a path has a hidden name. */
  hides(path: string): boolean {
    return (
      path.includes('/.') && path.split('/').some(name => name.startsWith('.') && !this.#served.has(name))
    )
  }

  /** Whether a name stands in listings: `.well-known`, which has nothing for people, does not. */
  lists(name: string): boolean {
    return !name.startsWith('.') || (name !== WELL_KNOWN && this.#served.has(name))
  }
}
