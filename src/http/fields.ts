/**
 * The field lines of one message, in the order they came. Names are matched without regard to case.
 *
 * A message has a dozen fields, so a walk along an array is quicker than any map.
 */
export class Fields {
  readonly #names: string[] = []
  readonly #values: string[] = []

  add(name: string, value: string): void {
    this.#names.push(name.toLowerCase())
    this.#values.push(value)
  }

  get count(): number {
    return this.#names.length
  }

  /**
   * The value of the field with this lower-case name; several lines are joined by `, ` as RFC 9110 §5.3
   * allows, and an absent field is undefined.
   */
  get(name: string): string | undefined {
    const first = this.#names.indexOf(name)
    if (first < 0 || this.#names.indexOf(name, first + 1) < 0) return this.#values[first]
    return this.lines(name).join(', ')
  }

  /** The values of every line with this lower-case name. */
  lines(name: string): string[] {
    return this.#values.filter((_, index) => this.#names[index] === name)
  }

  has(name: string): boolean {
    return this.#names.includes(name)
  }

  /** Whether the comma-separated list in this field has the token, in any case (RFC 9110 §5.6.1). */
  hasToken(name: string, token: string): boolean {
    const list = this.get(name)
    return list !== undefined && listMembers(list).includes(token)
  }
}

/** The members of a comma-separated list in lower case; empty ones do not count (RFC 9110 §5.6.1.2). */
export function listMembers(list: string): string[] {
  return list
    .toLowerCase()
    .split(',')
    .map(member => member.trim())
    .filter(member => member !== '')
}
