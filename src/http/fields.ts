import { listMembers, withoutBlanks } from './list.ts'

/** The beginning of a field line, after the end of the line before it, by the field's name in lower case. */
const lineStarts = new Map<string, string>()

/**
 * The field lines of one message, in the order they came. Names are matched without regard to case.
 *
 * Most fields of most requests are never asked for, so they stay a text that is searched. A value that was
 * asked for is remembered, since the same fields may come with many requests.
 */
export class Fields {
  readonly kind = 'fields'
  readonly #text: string
  readonly #lowerCase: string
  readonly #values = new Map<string, string | undefined>()
  readonly #judgements = new Map<(fields: Fields) => unknown, unknown>()

  /** @param text Field lines that are known to be well-formed, each with its CRLF. */
  constructor(text: string) {
    this.#text = `\n${text}`
    this.#lowerCase = this.#text.toLowerCase()
  }

  /**
   * The value of the field with this lower-case name; several lines are joined by `, ` as RFC 9110 §5.3
   * allows, and an absent field is undefined.
   */
  get(name: string): string | undefined {
    const known = this.#values.get(name)
    if (known !== undefined || this.#values.has(name)) return known
    const lines = this.lines(name)
    const value = lines.length === 0 ? undefined : lines.join(', ')
    this.#values.set(name, value)
    return value
  }

  /** The result of a pure function of these fields, which is remembered. */
  judge<Judgement>(judge: (fields: Fields) => Judgement): Judgement {
    // The map holds for each function only results of that function.
    const known = this.#judgements.get(judge) as Judgement | undefined
    if (known !== undefined) return known
    const judgement = judge(this)
    this.#judgements.set(judge, judgement)
    return judgement
  }

  /** The values of every line with this lower-case name. */
  lines(name: string): string[] {
    const lineStart = startOfLine(name)
    const values: string[] = []
    for (let at = this.#lowerCase.indexOf(lineStart); at >= 0; ) {
      values.push(this.#value(at + lineStart.length))
      at = this.#lowerCase.indexOf(lineStart, at + lineStart.length)
    }
    return values
  }

  has(name: string): boolean {
    return this.#lowerCase.includes(startOfLine(name))
  }

  /** Whether there is a field whose lower-case name begins so. */
  hasNameThatBegins(start: string): boolean {
    return this.#lowerCase.includes(`\n${start}`)
  }

  /** Whether the comma-separated list in this field has the token, in any case (RFC 9110 §5.6.1). */
  hasToken(name: string, token: string): boolean {
    const list = this.get(name)
    return list !== undefined && listMembers(list.toLowerCase()).includes(token)
  }

  /** The value from here to the end of the line, without the spaces and tabs (OWS) around it. */
  #value(from: number): string {
    return withoutBlanks(this.#text.slice(from, this.#text.indexOf('\r', from)))
  }
}

/** The names are those that the code and the log formats ask for, so these are few. */
function startOfLine(name: string): string {
  const known = lineStarts.get(name)
  if (known !== undefined) return known
  const lineStart = `\n${name}:`
  lineStarts.set(name, lineStart)
  return lineStart
}
