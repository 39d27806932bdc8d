import { RE2JS, RE2JSException } from 're2js'

/** The most instructions of a compiled expression: matching takes so many steps for each character at the most. */
const MOST_INSTRUCTIONS = 500
/** So many are kept compiled: hosts that are alike have the same. */
const MOST_KEPT = 256

const kept = new Map<string, Expression>()

/**
 * A regular expression in the syntax of RE2, which is Perl's without what could make it run long: it takes time in proportion
 * to the text. It is looked for anywhere in a text.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
export class Expression {
  readonly #compiled: RE2JS

  /** @throws An Error that says what is wrong with the pattern. */
  static of(pattern: string): Expression {
    const known = kept.get(pattern)
    if (known !== undefined) return known
    const compiled = new Expression(pattern)
    if (kept.size === MOST_KEPT) kept.clear()
    kept.set(pattern, compiled)
    return compiled
  }

  private constructor(pattern: string) {
    try {
      this.#compiled = RE2JS.compile(pattern)
    } catch (error) {
      if (error instanceof RE2JSException)
        throw new Error(error.message.replace(/^error parsing regexp: /, ''))
      throw error
    }
    const size = this.#compiled.programSize()
    if (size > MOST_INSTRUCTIONS) throw new Error(`it takes ${size} steps, of at most ${MOST_INSTRUCTIONS}`)
  }

  matches(text: string): boolean {
    return this.#compiled.matcher(text).find()
  }

  /** All of the match and its groups, those that have no part in it empty; undefined when nothing matches. */
  groups(text: string): readonly string[] | undefined {
    const matcher = this.#compiled.matcher(text)
    if (!matcher.find()) return undefined
    return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? '')
  }
}
