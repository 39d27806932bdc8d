import { findClosedPart } from '../files/permission.ts'
import { readableText } from '../text/readable-text.ts'
import type { Reason } from './reason.ts'

/**
 * A reason in words, for the administrator: why, and where it can be helped, what to do.
 *
 * @param filename Where on the disk the request led, as an absolute path and a byte string.
 */
export function wordsFor(reason: Reason, filename: string | undefined): string {
  const path = filename === undefined ? 'what it names' : `"${readableText(filename)}"`
  switch (reason.kind) {
    case 'refused':
      return reason.what
    case 'directive':
      return reason.origin === undefined ? reason.name : `${reason.name} at ${reason.origin}`
    case 'host':
      return 'no host is called so (ServerName, ServerAlias), and only these are answered (StrictHostCheck)'
    case 'health':
      return 'how the server is (HealthPath)'
    case 'method':
      return 'no file is had by this method'
    case 'no path':
      return 'it names nothing that has a path on this server'
    case 'hidden':
      return 'names that begin with a dot are hidden, but for those of AllowDotNames'
    case 'found':
      return `found ${path}`
    case 'no slash':
      return `${path} is a folder, and was asked for without a slash at its end`
    case 'listed':
      return `${path} is a folder without an index (DirectoryIndex), to be listed (Options Indexes)`
    case 'no index':
      return `${path} is a folder without an index (DirectoryIndex), and not to be listed (Options)`
    case 'missing':
      return `no file is at ${path}`
    case 'forbidden':
      return FORBIDDEN[reason.why](path, filename)
    case 'condition':
      return 'the file is not of the version that the client names'
    case 'range':
      return `${path} has no bytes where the client wants them`
    case 'listing':
      return LISTING_FAULTS[reason.fault]
    case 'denied':
      return `client denied by server configuration: ${path} (Require)`
    case 'no credentials':
      return 'nobody has said who asks (Require)'
    case 'another scheme':
      return 'client used wrong authentication scheme'
    case 'wrong password':
      return `the password of user "${readableText(reason.user)}" is wrong`
    case 'unknown user':
      return `user "${readableText(reason.user)}" is not in the AuthUserFile`
    case 'unauthorized':
      return `user "${readableText(reason.user)}" is not among those of Require`
    case 'passwords busy':
      return 'more passwords wait to be checked than may: somebody may be guessing'
    case 'unjudged':
      return `nobody is let in: ${reason.why}`
    case 'fault':
      return 'a fault of the server'
    default:
      return reason satisfies never
  }
}

type ForbiddenReason = Extract<Reason, { readonly kind: 'forbidden' }>

const FORBIDDEN: Readonly<
  Record<ForbiddenReason['why'], (path: string, filename: string | undefined) => string>
> = {
  closed: (path, filename) => closedWords(path, filename),
  outside: path => `${path} leads out of DocumentRoot, to where no FollowSymLinksTo lets links lead`,
  linked: path => `a symbolic link is on the way to ${path}: only with Options FollowSymLinks is it followed`,
  unsettled: path => `${path} was something else each time it was looked at`,
}

const LISTING_FAULTS: Readonly<Record<Extract<Reason, { readonly kind: 'listing' }>['fault'], string>> = {
  'too long': 'the folder has more entries than a listing for programs may have',
  'no room': 'the listings under way have all the memory that listings may have',
  failed: 'the listing that it shared with others has failed',
}

function closedWords(path: string, filename: string | undefined): string {
  const closed = filename === undefined ? undefined : findClosedPart(filename)
  if (closed === undefined) return `permissions deny ${path} to this server`
  const mode = (closed.mode & 0o7777).toString(8).padStart(4, '0')
  const part = `"${readableText(closed.path)}"`
  return `${part} is closed to this server: mode ${mode}, user ${closed.uid}, group ${closed.gid}; give it to its group, or "chmod o+rX" it`
}
