import { libc } from '../libc.ts'

/** What of a file tells it from its other versions, also where it was copied to. */
export interface SourceVersion {
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly mtimeMs: number
}

/** An extended attribute of a sidecar, of the kind that everybody may set on their own files (xattr(7)). */
const ATTRIBUTE = Buffer.from('user.webserver.source\0', 'latin1')

const value = Buffer.alloc(64)

/**
 * Notes beside a sidecar of which version of its file it was made. Where the file system takes no such note, the times of both
 * must do.
 *
 * @param sidecar Its absolute path, as a byte string.
 */
export function noteSource(sidecar: string, source: SourceVersion): void {
  const note = Buffer.from(noteOf(source), 'latin1')
  libc?.setxattr(pathFor(sidecar), ATTRIBUTE, note, BigInt(note.length), 0)
}

/**
 * Whether a sidecar says that it was made of another version than this one: the file may have been put back to an older one
 * with its time, which the sidecar's does not tell.
 *
 * @param sidecar Its absolute path, as a byte string.
 * @param found What was found there.
 */
export function isOfAnother(sidecar: string, found: SourceVersion, source: SourceVersion): boolean {
  const note = readNote(sidecar)
  // Whoever has written the sidecar anew gave it a time of its own, and left the note.
  if (note === undefined || Math.abs(secondOf(found) - Number(note.split(' ')[1])) > 1) return false
  return note !== noteOf(source)
}

function readNote(sidecar: string): string | undefined {
  if (libc === undefined) return undefined
  const length = Number(libc.getxattr(pathFor(sidecar), ATTRIBUTE, value, BigInt(value.length)))
  return length < 0 ? undefined : value.toString('latin1', 0, length)
}

/** Copies of a file may lose all of its time but the seconds. */
function noteOf(source: SourceVersion): string {
  return `${source.size} ${secondOf(source)}`
}

function secondOf({ mtimeMs }: SourceVersion): number {
  return Math.floor(mtimeMs / 1000)
}

function pathFor(path: string): Buffer {
  return Buffer.from(`${path}\0`, 'latin1')
}
