import type { ContentCoding } from '../http/encoding.ts'
import type { Representation } from '../http/response/representation.ts'
import { type FileVersion, isSameFile } from './file-version.ts'
import { type FileInMemory, type FoundFile, OpenFile, type Variant } from './found-file.ts'
import type { RootFolder } from './root-folder.ts'
import type { SeenSidecars } from './sidecars.ts'
import type { Sighting } from './sighting.ts'

/** A file as it was when it was last looked at, with its content and variants in memory. */
export interface KeptFile {
  readonly path: string
  /** Each version of the file has an object of its own. */
  readonly version: FileVersion
  /** Undefined when none are looked for. */
  readonly sidecars: SeenSidecars | undefined
  readonly representation: Representation
  /** The file itself, which is its own representation; undefined when it is too large to be kept. */
  readonly file: FileInMemory | undefined
  readonly variants: readonly Variant[]
  /** Whether it was packed for a client that waited for it, or would not gain by that. */
  isPacked: boolean
  /** The codings in which it was ordered from the compressor; undefined when it is not to be compressed. */
  readonly ordered: Set<ContentCoding> | undefined
  /** When its path last led to this version, and to no better variants than these. */
  readonly sighting: Sighting
  /** When it was last read: milliseconds since the epoch. */
  readAt: number
  /** Whether the times of these files would tell of any change after they were read. */
  readonly settled: boolean
}

/** The file itself, opened if it is not in memory; undefined when it has changed. */
export function openKept(kept: KeptFile, root: RootFolder): FoundFile | undefined {
  if (kept.file !== undefined) return kept.file
  const opened = root.open(kept.path)
  if (opened.kind !== 'file') return undefined
  const file = new OpenFile(root.path + kept.path, kept.representation, opened.descriptor)
  if (isSameFile(kept.version, opened.stats)) return file
  file[Symbol.dispose]()
  return undefined
}
