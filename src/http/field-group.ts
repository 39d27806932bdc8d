export type Field = readonly [name: string, value: string]

/**
 * Fields of a response that belong together. Their text in its head is made once, because most groups are sent
 * again and again: what is said of a file, or the date for a second.
 */
export class FieldGroup {
  readonly fields: readonly Field[]
  #text: string | undefined

  constructor(fields: readonly Field[]) {
    this.fields = fields
  }

  /** As field lines, each with its CRLF (RFC 9112 §5). */
  get text(): string {
    this.#text ??= this.fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return this.#text
  }
}
