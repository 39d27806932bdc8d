import type { FileInMemory, FoundFile } from '../content/found-file.ts'
import type { Field } from '../http/field.ts'
import type { BodyPart } from '../http/respond.ts'
import { type ConnectionOption, formatResponseHead } from '../http/response-head.ts'

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
  /** All of it as it goes over the wire, when that is kept. */
  message?(connection: ConnectionOption): Message
}

/** A response as bytes: all of it, or all but its body. */
export interface Message {
  readonly bytes: Buffer
  readonly headSize: number
  readonly body: Buffer | undefined
}

/** Longer bodies are sent from where they are, in bytes: to keep copies of them would cost much memory. */
const LONGEST_COPY = 16 * 1024
const NOTHING = Buffer.alloc(0)

/** A response with a file of memory, or none, that is sent again and again, and is put together once. */
export class RepeatedResponse implements Response {
  readonly status: number
  readonly fields: readonly Field[]
  readonly parts: readonly BodyPart[]
  readonly file: FileInMemory | undefined
  readonly filename: string | undefined
  readonly #messages = new Map<ConnectionOption, Message>()

  /** @param file Which the response sends, as a whole. */
  constructor({ status, fields, parts, filename }: Response, file: FileInMemory) {
    this.status = status
    this.fields = fields
    this.parts = parts
    this.file = file
    this.filename = filename
  }

  message(connection: ConnectionOption): Message {
    const known = this.#messages.get(connection)
    if (known !== undefined) return known
    const message = this.#putTogether(formatResponseHead(this.status, this.fields, connection))
    this.#messages.set(connection, message)
    return message
  }

  #putTogether(head: string): Message {
    const body = this.parts.length === 0 ? NOTHING : (this.file?.bytes ?? NOTHING)
    const isSeparate = body.length > LONGEST_COPY
    const bytes = Buffer.allocUnsafeSlow(head.length + (isSeparate ? 0 : body.length))
    bytes.write(head, 'latin1')
    if (!isSeparate) body.copy(bytes, head.length)
    return { bytes, headSize: head.length, body: isSeparate ? body : undefined }
  }
}
