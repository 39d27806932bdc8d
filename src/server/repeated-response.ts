import type { FileInMemory } from '../content/found-file.ts'
import type { Field } from '../http/field.ts'
import type { BodyPart } from '../http/respond.ts'
import { type ConnectionOption, formatResponseHead } from '../http/response-head.ts'
import type { Response } from './response.ts'

/** A response as it goes over the wire: all of it, or all but a long body. */
export interface Message {
  readonly bytes: Buffer
  readonly headSize: number
  readonly body: Buffer | undefined
}

/** Between which times a response is what would be answered, in milliseconds since the epoch. */
export interface Validity {
  readonly from: number
  readonly until: number
}

export const ALWAYS: Validity = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }

/** Longer bodies are sent from where they are, in bytes. */
const LONGEST_COPY = 4096
const CRLF = '\r\n'
const NOTHING = Buffer.alloc(0)

/**
 * What is answered again and again with the same bytes of memory. It is kept as it goes over the wire, and nothing in
 * it changes but the Date.
 */
export class RepeatedResponse implements Response {
  readonly status: number
  readonly parts: readonly BodyPart[]
  /** Shared by all who are answered with it, so nothing becomes of it when one of them disposes of it. */
  readonly file: FileInMemory | undefined
  readonly filename: string | undefined
  readonly #validity: Validity
  readonly #body: Buffer
  readonly #others: readonly Field[]
  readonly #messages = new Map<ConnectionOption, Message>()
  #date: Field

  /** @param bytes What is sent, if the response has a body; of a file, if it is one. */
  constructor(response: Response, bytes: Buffer, file: FileInMemory | undefined, validity: Validity) {
    const [date, ...others] = response.fields
    if (date?.[0] !== 'Date') throw new Error('Expected a response to begin with its Date')
    this.status = response.status
    this.parts = response.parts
    this.file = file
    this.filename = response.filename
    this.#body = response.parts.length === 0 ? NOTHING : bytes
    this.#validity = validity
    this.#date = date
    this.#others = others
  }

  get fields(): readonly Field[] {
    return [this.#date, ...this.#others]
  }

  /** @param now Milliseconds since the epoch; clocks are set back at times. */
  isValidAt(now: number): boolean {
    return now >= this.#validity.from && now < this.#validity.until
  }

  /** @param date The Date it is to have from now on. */
  at(date: Field): this {
    if (date === this.#date) return this
    this.#date = date
    for (const { bytes } of this.#messages.values()) bytes.write(date[1], this.#dateStart, 'latin1')
    return this
  }

  /** Its bytes change with the next Date, unless the response lets go of them. */
  message(connection: ConnectionOption): Message {
    const known = this.#messages.get(connection)
    if (known !== undefined) return known
    const message = this.#putTogether(formatResponseHead(this.status, this.fields, connection))
    this.#messages.set(connection, message)
    return message
  }

  /** Some bytes are still needed as they are, for the kernel has not taken them all: gives what is said in them. */
  letGo(): Response {
    this.#messages.clear()
    const { status, fields, parts, file, filename } = this
    return { status, fields, parts, file, filename }
  }

  #putTogether(head: string): Message {
    const isShort = this.#body.length <= LONGEST_COPY
    const bytes = Buffer.allocUnsafeSlow(head.length + (isShort ? this.#body.length : 0))
    bytes.write(head, 'latin1')
    if (isShort) this.#body.copy(bytes, head.length)
    return { bytes, headSize: head.length, body: isShort ? undefined : this.#body }
  }

  get #dateStart(): number {
    return formatResponseHead(this.status, [], undefined).length - CRLF.length + 'Date: '.length
  }
}

/** The responses that one configuration repeats: one of each status for each file in memory, or page of our own. */
export class RepeatedResponses {
  readonly #byStatus = new Map<number, WeakMap<object, RepeatedResponse>>()

  /**
   * @param subject What it is about: the same object is the same content.
   * @param now Milliseconds since the epoch.
   */
  recall(status: number, subject: object, now: number): RepeatedResponse | undefined {
    const known = this.#byStatus.get(status)?.get(subject)
    return known?.isValidAt(now) === true ? known : undefined
  }

  keep(subject: object, response: RepeatedResponse): RepeatedResponse {
    const known = this.#byStatus.get(response.status) ?? new WeakMap<object, RepeatedResponse>()
    this.#byStatus.set(response.status, known)
    known.set(subject, response)
    return response
  }
}
