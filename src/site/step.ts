import type { FoundFile } from '../files/found-file.ts'
import type { Peer } from '../http/request/peer.ts'
import type { Request } from '../http/request/request.ts'
import type { Answer } from '../http/response/respond.ts'
import type { Reason } from './reason.ts'

/** All that an answer may depend on, besides the configuration and the disk. */
export interface RequestContext {
  readonly request: Request
  readonly peer: Peer
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Decides what answers a request, or leaves that to the steps after it.
 *
 * But for those of {@link AccessStep}, steps judge nothing of a context but the request and the time: what they have
 * decided is remembered by the bytes of the request.
 */
export type Step = (context: RequestContext) => Decision | undefined

/** Is asked for each request before anything that is remembered: it may judge who asks. */
export type AccessStep = (context: RequestContext) => Decision<Answer> | undefined

export interface Decision<Subject = Answer | FileSubject | FolderSubject> {
  readonly answer: Subject
  readonly because: Reason
}

/** A file to answer with, if the conditions of the request hold. Whoever has the decision disposes of the file. */
interface FileSubject {
  readonly kind: 'file'
  readonly file: FoundFile
  /** Whether it is sent only because what would be sent instead of it was not there just now. */
  readonly isSubstitute: boolean
}

/** A folder to list: that which the path of the request names. */
interface FolderSubject {
  readonly kind: 'folder'
}
