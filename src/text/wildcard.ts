/** What one character may be: a set, any at all, or itself. */
type Place =
  | string
  | 'any'
  | { readonly has: readonly (readonly [first: string, last: string])[]; readonly not: boolean }

/**
 * A pattern as of fnmatch(3), in which `*` stands for any characters, `?` for one, `[a-z]` for one of these and `[!a-z]` for one
 * of all others; a backslash takes the meaning from what follows it. It takes time in proportion to the text.
 */
export class Wildcard {
  readonly #first: readonly Place[]
  readonly #others: readonly (readonly Place[])[]

  constructor(pattern: string) {
    const [first = [], ...others] = partsOf(pattern)
    this.#first = first
    this.#others = others
  }

  matches(text: string): boolean {
    const others = this.#others
    if (!isAt(text, 0, this.#first)) return false
    let from = this.#first.length
    if (others.length === 0) return from === text.length
    const last = others.at(-1) ?? []
    const end = text.length - last.length
    for (const part of others.slice(0, -1)) {
      const found = find(text, from, part, end)
      if (found < 0) return false
      from = found + part.length
    }
    return from <= end && isAt(text, end, last)
  }
}

/** Whether a text has a character that means something in a {@link Wildcard}. */
export function isWildcard(text: string): boolean {
  return /[*?[\\]/.test(text)
}

/** What stands between the stars of a pattern. */
function partsOf(pattern: string): Place[][] {
  let part: Place[] = []
  const parts = [part]
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] ?? ''
    const closing =
      character === '[' ? pattern.indexOf(']', index + (pattern[index + 1] === '!' ? 3 : 2)) : -1
    if (character === '*') {
      part = []
      parts.push(part)
    } else if (character === '?') {
      part.push('any')
    } else if (closing > 0) {
      part.push(setOf(pattern.slice(index + 1, closing)))
      index = closing
    } else if (character === '\\' && index + 1 < pattern.length) {
      part.push(pattern[++index] ?? '')
    } else {
      part.push(character)
    }
  }
  return parts
}

function setOf(text: string): Place {
  const not = /^[!^]/.test(text)
  const members = not ? text.slice(1) : text
  const has: (readonly [string, string])[] = []
  for (let index = 0; index < members.length; index++) {
    const first = members[index] ?? ''
    const isRange = members[index + 1] === '-' && index + 2 < members.length
    has.push([first, isRange ? (members[index + 2] ?? first) : first])
    if (isRange) index += 2
  }
  return { has, not }
}

/** Where the first part of a text is that is as `part` has it, and ends at `end` at the latest; -1 for nowhere. */
function find(text: string, from: number, part: readonly Place[], end: number): number {
  for (let at = from; at + part.length <= end; at++) if (isAt(text, at, part)) return at
  return -1
}

function isAt(text: string, at: number, part: readonly Place[]): boolean {
  return at + part.length <= text.length && part.every((place, index) => fits(text[at + index] ?? '', place))
}

function fits(character: string, place: Place): boolean {
  if (place === 'any' || place === character) return true
  if (typeof place === 'string') return false
  return place.has.some(([first, last]) => first <= character && character <= last) !== place.not
}
