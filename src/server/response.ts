import type { FoundFile } from '../content/found-file.ts'
import type { Field } from '../http/field.ts'
import type { BodyPart } from '../http/respond.ts'
import { type ConnectionOption, formatResponseHead } from '../http/response-head.ts'
import { ResponseBody } from './response-body.ts'

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
  message?(connection: ConnectionOption): Message | undefined
}

/** Head and body in one. */
export interface Message {
  readonly bytes: Buffer
  readonly headSize: number
}

/** With longer ones messages are put together each time, in bytes: to keep them would cost much memory. */
const LONGEST_BODY = 16 * 1024

/** A response of memory that is sent again and again, and is put together once. */
export class RepeatedResponse implements Response {
  readonly status: number
  readonly fields: readonly Field[]
  readonly parts: readonly BodyPart[]
  readonly file: FoundFile | undefined
  readonly filename: string | undefined
  readonly #messages = new Map<ConnectionOption, Message>()

  constructor({ status, fields, parts, file, filename }: Response) {
    this.status = status
    this.fields = fields
    this.parts = parts
    this.file = file
    this.filename = filename
  }

  message(connection: ConnectionOption): Message | undefined {
    const known = this.#messages.get(connection)
    if (known !== undefined) return known
    const body = new ResponseBody(this.parts, this.file)
    if (body.left > LONGEST_BODY) return undefined

    const head = formatResponseHead(this.status, this.fields, connection)
    const bytes = Buffer.allocUnsafeSlow(head.length + body.left)
    bytes.write(head, 'latin1')
    body.take(bytes, head.length)
    const message: Message = { bytes, headSize: head.length }
    this.#messages.set(connection, message)
    return message
  }
}
