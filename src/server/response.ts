import type { FoundFile } from '../content/found-file.ts'
import type { Field } from '../http/field.ts'
import type { BodyPart } from '../http/respond.ts'
import { formatResponseHead } from '../http/response-head.ts'
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
  /** All of it as it goes over a connection that persists without a word (RFC 9112 §9.3), when that is kept. */
  readonly message?: Message | undefined
}

/** Head and body in one. */
export interface Message {
  readonly bytes: Buffer
  readonly headSize: number
}

/** Longer ones are put together each time: to keep them would cost more memory than time. */
const LONGEST_MESSAGE = 16 * 1024

/** A response of memory that is sent again and again, and is put together once. */
export class RepeatedResponse implements Response {
  readonly status: number
  readonly fields: readonly Field[]
  readonly parts: readonly BodyPart[]
  readonly file: FoundFile | undefined
  readonly filename: string | undefined
  #message: Message | undefined

  constructor({ status, fields, parts, file, filename }: Response) {
    this.status = status
    this.fields = fields
    this.parts = parts
    this.file = file
    this.filename = filename
  }

  get message(): Message | undefined {
    this.#message ??= this.#putTogether()
    return this.#message
  }

  #putTogether(): Message | undefined {
    const head = formatResponseHead(this.status, this.fields, undefined)
    const body = new ResponseBody(this.parts, this.file)
    const size = head.length + body.left
    if (size > LONGEST_MESSAGE) return undefined
    const bytes = Buffer.allocUnsafeSlow(size)
    bytes.write(head, 'latin1')
    body.take(bytes, head.length)
    return { bytes, headSize: head.length }
  }
}
