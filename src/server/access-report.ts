import type { ExchangeRecord } from '../exchange/exchange-record.ts'
import type { Reason } from '../site/reason.ts'
import { decodeUtf8 } from '../text/readable-text.ts'

/** A line of the error log. */
export interface AccessLine {
  /** The module of Apache that says it there. */
  readonly module: 'auth_basic' | 'authz_core'
  readonly message: string
}

/**
 * What Apache 2.4 says of somebody who is not let in, in its words, by which fail2ban and its like know whom to keep out;
 * undefined where it says nothing.
 */
export function accessLine(reason: Reason, record: ExchangeRecord): AccessLine | undefined {
  const path = decodeUtf8(record.path ?? '')
  switch (reason.kind) {
    case 'wrong password':
      return {
        module: 'auth_basic',
        message: `AH01617: user ${decodeUtf8(reason.user)}: authentication failure for "${path}": Password Mismatch`,
      }
    case 'unknown user':
      return { module: 'auth_basic', message: `AH01618: user ${decodeUtf8(reason.user)} not found: ${path}` }
    case 'another scheme':
      return { module: 'auth_basic', message: `AH01614: client used wrong authentication scheme: ${path}` }
    case 'unauthorized':
      return {
        module: 'authz_core',
        message: `AH01631: user ${decodeUtf8(reason.user)}: authorization failure for "${path}": `,
      }
    case 'denied':
      return {
        module: 'authz_core',
        message: `AH01630: client denied by server configuration: ${decodeUtf8(record.requestedFilename ?? path)}`,
      }
    default:
      return undefined
  }
}
