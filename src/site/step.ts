import type { FileLookup } from '../files/file-store.ts'
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

/** What answers a request, and why. With a file it does so if the conditions of the request hold. */
export interface Decision<Subject = Answer | FileLookup | FolderSubject> {
  readonly answer: Subject
  readonly because: Reason
}

/** A folder to list: that which the path of the request names. */
interface FolderSubject {
  readonly kind: 'folder'
}
