import { type Cacheable, FileInMemory, type KeptResponse } from '../files/found-file.ts'
import type { Field } from '../http/field.ts'
import type { BodyPart } from '../http/response/respond.ts'
import {
  type ConnectionOption,
  fieldsOfHead,
  formatResponseHead,
  withConnection,
} from '../http/response/response-head.ts'
import type { Response } from './response.ts'

/** A response as it goes over the wire: all of it, or all but a long body. */
export interface Message {
  readonly connection: ConnectionOption
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

/** Longer bodies are sent from where they are, in bytes, if there is no room for a head before them. */
const LONGEST_COPY = 4096
const NO_PARTS: readonly BodyPart[] = []
const NOTHING = Buffer.alloc(0)
const DATE = '\r\nDate: '

/**
 * What is answered again and again with the same bytes of memory. It is kept as it goes over the wire, and nothing in
 * it changes but the Date.
 */
export class CachedResponse implements Response, KeptResponse {
  readonly status: number
  /** There is nothing to put together: its body is part of its message. */
  readonly parts = NO_PARTS
  readonly filename: string | undefined
  readonly #validity: Validity
  readonly #dateStart: number
  /** As it is when nothing is said of the connection, and with the Date it was made with. */
  readonly #head: string
  readonly #hasBody: boolean
  /** Undefined once it was forgotten. */
  #content: Buffer | FileInMemory | undefined
  #date: Field
  /** The latest that was asked for: nearly always they are the same. */
  #message: Message | undefined

  /** @param content What is sent, if the response has a body: bytes of our own, or the file in memory. */
  constructor(response: Response, content: Buffer | FileInMemory, validity: Validity) {
    const [date] = response.fields
    if (date?.[0] !== 'Date') throw new Error('Expected a response to begin with its Date')
    this.status = response.status
    this.filename = response.filename
    this.#validity = validity
    this.#head = formatResponseHead(response.status, response.fields, undefined)
    this.#dateStart = this.#head.indexOf(DATE) + DATE.length
    this.#date = date
    this.#hasBody = response.parts.length > 0
    this.#content = content
  }

  /** Shared by all who are answered with it, so nothing becomes of it when one of them disposes of it. */
  get file(): FileInMemory | undefined {
    return this.#content instanceof FileInMemory ? this.#content : undefined
  }

  /** Whether what it is made of is in memory no longer. */
  get isForgotten(): boolean {
    return this.#content === undefined
  }

  get fields(): readonly Field[] {
    return fieldsOfHead(this.#head).with(0, this.#date)
  }

  /** @param now Milliseconds since the epoch; clocks are set back at times. */
  isValidAt(now: number): boolean {
    return now >= this.#validity.from && now < this.#validity.until
  }

  /** @param date The Date it is to have from now on. */
  at(date: Field): this {
    if (date === this.#date) return this
    this.#date = date
    this.#message?.bytes.write(date[1], this.#dateStart, 'latin1')
    return this
  }

  /** Its bytes change with the next Date, unless the response lets go of them. */
  message(connection: ConnectionOption): Message {
    const known = this.#message
    if (known !== undefined && known.connection === connection) return known
    const message = this.#putTogether(connection)
    message.bytes.write(this.#date[1], this.#dateStart, 'latin1')
    this.#message = message
    return message
  }

  /** Some bytes are still needed as they are, for the kernel has not taken them all: gives what is said in them. */
  letGo(): Response {
    this.#message = undefined
    const { status, fields, parts, file, filename } = this
    return { status, fields, parts, file, filename }
  }

  forget(): void {
    this.#content = undefined
    this.#message = undefined
  }

  #putTogether(connection: ConnectionOption): Message {
    const head = withConnection(this.#head, connection)
    const headSize = head.length
    const room = this.#hasBody ? this.file?.takeRoom(headSize) : undefined
    if (room !== undefined) {
      room.write(head, 'latin1')
      return { connection, bytes: room, headSize, body: undefined }
    }
    const body = this.#hasBody ? this.#bytes() : NOTHING
    const isShort = body.length <= LONGEST_COPY
    const bytes = Buffer.allocUnsafeSlow(headSize + (isShort ? body.length : 0))
    bytes.write(head, 'latin1')
    if (isShort) body.copy(bytes, headSize)
    return { connection, bytes, headSize, body: isShort ? undefined : body }
  }

  #bytes(): Buffer {
    const content = this.#content
    if (content === undefined) throw new Error('An answer was forgotten before it was sent')
    return content instanceof FileInMemory ? content.bytes : content
  }
}

/** @param now Milliseconds since the epoch. */
export function cachedResponse(
  { answers }: Cacheable,
  status: number,
  now: number,
): CachedResponse | undefined {
  for (const answer of answers) {
    if (answer.status === status && answer instanceof CachedResponse) {
      return answer.isValidAt(now) ? answer : undefined
    }
  }
  return undefined
}

/**
 * Keeps it with what it is answered with, in place of the one with that status. That lets go of its file now: when the
 * file leaves memory it will not be among the answers that are told, but requests may be remembered with it.
 */
export function cacheResponse(content: Cacheable, response: CachedResponse): CachedResponse {
  content.answers.find(({ status }) => status === response.status)?.forget()
  content.answers = [...content.answers.filter(({ status }) => status !== response.status), response]
  return response
}
