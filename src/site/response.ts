import type { FoundFile } from '../files/found-file.ts'
import type { Field } from '../http/field.ts'
import type { BodyPart } from '../http/response/respond.ts'

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
