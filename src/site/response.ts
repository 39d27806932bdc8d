import type { FoundFile } from '../files/found-file.ts'
import type { Field } from '../http/field.ts'
import type { BodyPart } from '../http/response/respond.ts'
import type { Reason } from './reason.ts'

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

/** The response to a request, and why it is this one. */
export interface Reply {
  readonly response: Response
  readonly because: Reason
}

/** A response that takes its time: it pauses after each small bit of work, and whoever gives it up disposes of it. */
export type Preparation = Generator<undefined, Reply>
