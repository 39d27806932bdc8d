import type { FileLookup } from '../files/file-store.ts'
import type { Peer } from '../http/request/peer.ts'
import type { Request } from '../http/request/request.ts'
import type { Answer } from '../http/response/respond.ts'
import type { Identity } from './access.ts'
import type { HostSite } from './host-site.ts'
import type { LocalEnd } from './host-table.ts'
import type { Reason } from './reason.ts'
import type { Rules } from './rules.ts'

/** Whether the server is there for more requests, is to get no more from a balancer, or has been told to stop. */
export type ServerState = 'running' | 'draining' | 'stopping'

/** All that an answer may depend on, besides the configuration and the disk. */
export interface RequestContext {
  readonly request: Request
  readonly peer: Peer
  /** Where the client has come to; it may have to be asked for, so only what depends on it looks. */
  readonly local: LocalEnd
  /** Who the client is, where that had to be found out before the turn. */
  readonly identity: Identity | undefined
  readonly serverState: ServerState
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Who answers a request, and by which rules. */
export interface Place {
  readonly host: HostSite
  /** Those of the path that is asked for. */
  readonly rules: Rules
  /** Whether the request names the host. */
  readonly isNamed: boolean
}

/**
 * Decides what answers a request, or leaves that to the steps after it.
 *
 * But for those of {@link AccessStep}, steps judge nothing of a context but the request and the time: what they have
 * decided is remembered by the bytes of the request, and by the host that these lead to.
 */
export type Step = (context: RequestContext, place: Place) => Decision | undefined

/** Is asked for each request before anything that is remembered: it may judge who asks, and how the server is. */
export type AccessStep = (context: RequestContext, place: Place) => Decision<Answer> | undefined

/** What answers a request, and why. With a file it does so if the conditions of the request hold. */
export interface Decision<Subject = Answer | FileLookup | FolderSubject> {
  readonly answer: Subject
  readonly because: Reason
  /** Whether somebody else may have been answered otherwise: it is not remembered. */
  readonly isPersonal?: boolean
  /** Those of what answers, where it is at another path than was asked for. */
  readonly rules?: Rules
}

/** A folder to list: that which the path of the request names. */
interface FolderSubject {
  readonly kind: 'folder'
}
