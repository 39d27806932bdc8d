import type { ContentCoding } from '../encoding.ts'

/** What a response says of the content it carries (RFC 9110 §8). */
export interface Representation {
  /** Bytes. */
  readonly size: number
  /** When it was last changed: milliseconds since the epoch. */
  readonly modified: number
  /** An entity-tag, with its quotes and, when weak, its `W/`. */
  readonly etag: string
  /** The Content-Type. */
  readonly mediaType: string
  /** The Content-Encoding; undefined when there is none. */
  readonly coding?: ContentCoding | undefined
  /** Whether another client may be sent this content in another coding. */
  readonly varies?: boolean
}

/** A file younger than this may change again without its time telling. */
const SETTLED_AFTER = 1000
/** Reproducible builds stamp every version of a file with one of the first two seconds of 1970. */
const FIRST_TRUE_TIME = 2000

/** What tells one version of a file from the others. */
export interface Version {
  /** Bytes. */
  readonly size: number
  /** When its content was last changed, as far as anybody says: milliseconds since the epoch. */
  readonly modified: number
  /** When the file was last changed on this machine in any way, which nobody can set: milliseconds since the epoch. */
  readonly changed: number
}

/**
 * The entity-tag of the version that was there at `lookedAt`: a weak one when it had just been written (RFC 9110 §8.8.1).
 * Hosts that have copies of one file give it the same tag, if its time tells anything about the version.
 *
 * @param form Begins with `-` and tells an encoded variant from the others.
 */
export function entityTag({ size, modified, changed }: Version, lookedAt: number, form = ''): string {
  const isTimeTrue = hasTrueTime({ modified })
  const time = isTimeTrue ? stampOf(modified) : `${stampOf(modified)}-${stampOf(changed)}`
  const opaque = `"${size.toString(16)}-${time}${form}"`
  const latest = isTimeTrue ? modified : Math.max(modified, changed)
  return lookedAt - latest < SETTLED_AFTER ? `W/${opaque}` : opaque
}

/** The microseconds of a time in milliseconds. */
function stampOf(milliseconds: number): string {
  return Math.round(milliseconds * 1000).toString(16)
}

/** Whether this content may change again without its entity-tag telling. */
export function isYoung({ etag }: Representation): boolean {
  return etag.startsWith('W/')
}

/**
 * The time for a Last-Modified, in milliseconds since the epoch; never later than the Date beside it
 * (RFC 9110 §8.8.2.1). That of young content is a second early, so that it never brings a 304: there are caches that
 * ask by date alone when the tag they hold is weak, and another version can come within the same second.
 */
export function lastModified(content: Representation, now: number): number {
  const modified = Math.min(content.modified, now)
  return isYoung(content) ? modified - SETTLED_AFTER : modified
}

/** Whether the time of change says anything about which version this is. */
export function hasTrueTime({ modified }: { readonly modified: number }): boolean {
  return modified >= FIRST_TRUE_TIME
}
