import type { Credentials, Verdict } from '../access/accounts.ts'
import { type Judge, judgeOf, type User } from '../access/judge.ts'
import type { GroupFile, PasswordFile } from '../access/password-file.ts'
import { asksForUser } from '../access/requirement.ts'
import type { WatchedFile } from '../access/watched-file.ts'
import { missingFor } from '../config/access.ts'
import type { FolderSettings } from '../config/config.ts'
import { byteString } from '../http/byte-string.ts'
import type { Field } from '../http/field.ts'
import { parseCredentials } from '../http/request/credentials.ts'
import type { Peer } from '../http/request/peer.ts'
import type { Request } from '../http/request/request.ts'
import { type Answer, page } from '../http/response/respond.ts'
import type { Reason } from './reason.ts'

/** Who a client says to be, and whether it is. */
export interface Identity {
  readonly credentials: Credentials
  /** Of the password file that it was looked for in. */
  readonly file: WatchedFile<PasswordFile>
  readonly verdict: Verdict
}

/** What is judged of somebody who asks for something. */
interface Asking {
  readonly request: Request
  readonly peer: Peer
  readonly identity: Identity | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What somebody is answered who may not have it, and why. */
interface Refused {
  readonly answer: Answer
  readonly because: Reason
}

/** The files that passwords and groups are in, each once for all rules that name it. */
export interface AccessFiles {
  passwords(path: string): WatchedFile<PasswordFile>
  groups(path: string): WatchedFile<GroupFile>
}

/** For how long clients are asked to wait when there is no time for a password, in seconds. */
const RETRY_AFTER = '5'

/** Who may have what some rules are for. */
export class Access {
  /** Undefined where nobody is asked for a password. */
  readonly passwords: WatchedFile<PasswordFile> | undefined
  readonly #groups: WatchedFile<GroupFile> | undefined
  readonly #judge: Judge
  readonly #challenge: Field
  /** The directives without which nothing can be judged. */
  readonly #missing: readonly string[]

  constructor(settings: FolderSettings, files: AccessFiles) {
    const { authName = '', authUserFile, authGroupFile, require } = settings
    const isAsking = require.some(asksForUser) && authUserFile !== undefined
    this.passwords = isAsking ? files.passwords(authUserFile) : undefined
    this.#groups = authGroupFile === undefined ? undefined : files.groups(authGroupFile)
    this.#judge = judgeOf({ kind: 'any', requirements: require })
    this.#missing = missingFor(settings)
    const realm = byteString(authName).replace(/["\\]/g, '\\$&')
    this.#challenge = ['WWW-Authenticate', `Basic realm="${realm}", charset="UTF-8"`]
  }

  /** Whether a client at this address has to say who it is. */
  asks(address: string): boolean {
    return this.passwords !== undefined && this.#judge({ address, user: undefined }) === 'needs user'
  }

  /** The refusal; undefined for whoever may have it. */
  refuse(asking: Asking): Refused | undefined {
    if (this.#missing.length > 0)
      return unjudged(`${this.#missing.join(', ')} is missing for what is required`)
    const fulfilment = this.#judge({ address: asking.peer.address, user: undefined })
    switch (fulfilment) {
      case 'granted':
        return undefined
      case 'denied':
      case 'neutral':
      case 'unknown':
        return { answer: page(403), because: { kind: 'denied' } }
      case 'needs user':
        return this.#refuseStranger(asking)
      default:
        return fulfilment satisfies never
    }
  }

  #refuseStranger(asking: Asking): Refused | undefined {
    const { request, identity, now } = asking
    if (identity === undefined) {
      const isOther = request.head.fields.judge(parseCredentials).kind === 'another scheme'
      return { answer: this.#ask(), because: { kind: isOther ? 'another scheme' : 'no credentials' } }
    }
    // Who is known by another file is not known by this one.
    const verdict = identity.file === this.passwords ? identity.verdict : 'unknown user'
    switch (verdict) {
      case 'right':
        return this.#refuseUser(asking, identity.credentials.user)
      case 'wrong password':
      case 'unknown user':
        return { answer: this.#ask(), because: { kind: verdict, user: identity.credentials.user } }
      case 'busy':
        return { answer: page(503, ['Retry-After', RETRY_AFTER]), because: { kind: 'passwords busy' } }
      case 'fault':
        return unjudged(faultOf(this.passwords, now) ?? 'the password could not be checked')
      default:
        return verdict satisfies never
    }
  }

  #refuseUser({ peer, now }: Asking, name: string): Refused | undefined {
    const groups = this.#groups?.at(now)
    const isIn = (group: string) =>
      groups?.kind === 'contents' ? groups.contents.groups.get(group)?.has(name) === true : undefined
    const user: User = { name, isIn }
    const fulfilment = this.#judge({ address: peer.address, user })
    if (fulfilment === 'granted') return undefined
    if (fulfilment === 'unknown') return unjudged(faultOf(this.#groups, now) ?? 'AuthGroupFile is missing')
    return { answer: this.#ask(), because: { kind: 'unauthorized', user: name } }
  }

  #ask(): Answer {
    return page(401, this.#challenge)
  }
}

function unjudged(why: string): Refused {
  return { answer: page(500), because: { kind: 'unjudged', why } }
}

function faultOf(file: WatchedFile<unknown> | undefined, now: number): string | undefined {
  const found = file?.at(now)
  return found?.kind === 'fault' ? `cannot read "${file?.path}": ${found.why}` : undefined
}
