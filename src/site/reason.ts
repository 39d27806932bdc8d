import type { Forbidden } from '../files/root-folder.ts'

/** Why a request is answered as it is: what decided it, as far as that is not told by the request itself. */
export type Reason =
  /** The request cannot be served as it stands. */
  | { readonly kind: 'refused'; readonly what: string }
  | DirectiveReason
  /** It names a host that is none of ours. */
  | { readonly kind: 'host' }
  | { readonly kind: 'method' }
  /** It asks how the server is. */
  | { readonly kind: 'health' }
  /** It asks for nothing that has a path on this server. */
  | { readonly kind: 'no path' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'found' }
  /** A folder was asked for without its final slash. */
  | { readonly kind: 'no slash' }
  | { readonly kind: 'listed' }
  | { readonly kind: 'no index' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'forbidden'; readonly why: Forbidden['why'] }
  | { readonly kind: 'condition' }
  | { readonly kind: 'range' }
  | { readonly kind: 'listing'; readonly fault: 'too long' | 'no room' | 'failed' }
  /** Who asks may not have it, whoever it says to be. */
  | { readonly kind: 'denied' }
  | { readonly kind: 'no credentials' }
  | { readonly kind: 'another scheme' }
  /** A user, as a byte string, who is not the one, is not known, or has not what is required. */
  | { readonly kind: 'wrong password' | 'unknown user' | 'unauthorized'; readonly user: string }
  /** More passwords wait to be checked than may. */
  | { readonly kind: 'passwords busy' }
  /** It cannot be told whether it may be had. */
  | { readonly kind: 'unjudged'; readonly why: string }
  /** A fault of the server, or no descriptor was left. */
  | { readonly kind: 'fault' }

/** A line of the configuration. */
interface DirectiveReason {
  readonly kind: 'directive'
  readonly name: 'Redirect' | 'FallbackResource' | 'DirectorySlash' | 'CleanUrls'
  /** Its file, line and column; undefined for a default. */
  readonly origin: string | undefined
}
