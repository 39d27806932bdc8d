import type { FileInMemory, FoundFile } from '../content/found-file.ts'
import type { Field } from '../http/field.ts'
import type { BodyPart } from '../http/respond.ts'
import { type ConnectionOption, formatResponseHead } from '../http/response-head.ts'

const CRLF = '\r\n'
const NOTHING = Buffer.alloc(0)

/** A response that needs nothing more but to be sent; whoever has sent it disposes of its file and what it holds. */
export interface Response {
  readonly status: number
  readonly fields: readonly Field[]
  /** In the order they are sent; ranges are of `file`. */
  readonly parts: readonly BodyPart[]
  readonly file: FoundFile | undefined
  /** The file it speaks of, as an absolute path, also when nothing of it is sent. */
  readonly filename: string | undefined
  readonly holds?: Disposable
}

/**
 * What is answered with a file of memory again and again. Its head is kept as bytes, and nothing in it changes but
 * the Date.
 */
export class RepeatedResponse implements Response {
  readonly status: number
  readonly parts: readonly BodyPart[]
  readonly file: FileInMemory
  readonly filename: string
  /** Until when it is what would be answered, in milliseconds since the epoch. */
  readonly validUntil: number
  readonly #others: readonly Field[]
  readonly #heads = new Map<ConnectionOption, Buffer>()
  #date: Field

  constructor(
    { status, fields: [date, ...others], parts }: Response,
    file: FileInMemory,
    validUntil: number,
  ) {
    if (date?.[0] !== 'Date') throw new Error('Expected a response to begin with its Date')
    this.status = status
    this.parts = parts
    this.file = file
    this.filename = file.path
    this.validUntil = validUntil
    this.#date = date
    this.#others = others
  }

  get fields(): readonly Field[] {
    return [this.#date, ...this.#others]
  }

  get body(): Buffer {
    return this.parts.length === 0 ? NOTHING : this.file.bytes
  }

  /** @param date The Date it is to have from now on. */
  at(date: Field): this {
    if (date === this.#date) return this
    this.#date = date
    for (const head of this.#heads.values()) head.write(date[1], this.#dateStart, 'latin1')
    return this
  }

  /** Its bytes change with the next Date, so they are not to be kept. */
  head(connection: ConnectionOption): Buffer {
    const known = this.#heads.get(connection)
    if (known !== undefined) return known
    const head = Buffer.from(formatResponseHead(this.status, this.fields, connection), 'latin1')
    this.#heads.set(connection, head)
    return head
  }

  get #dateStart(): number {
    return formatResponseHead(this.status, [], undefined).length - CRLF.length + 'Date: '.length
  }
}
