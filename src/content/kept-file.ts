import type { Stats } from 'node:fs'
import type { ContentCoding } from '../http/encoding.ts'
import type { Representation } from '../http/representation.ts'
import { type FileInMemory, type FoundFile, OpenFile } from './found-file.ts'
import type { RootFolder } from './root-folder.ts'
import type { SeenSidecars } from './sidecars.ts'
import type { Sighting } from './sighting.ts'

/** A file as it was when it was last looked at, and what there is of it in memory. */
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
  /** The codings it was ordered in from the compressor; undefined when it is not to be compressed. */
  readonly ordered: Set<ContentCoding> | undefined
  /** That its path leads to this version, and to no better variants than these. */
  readonly sighting: Sighting
  /** When it was last read: milliseconds since the epoch. */
  readAt: number
  /** Whether the times of these files would tell of any change after they were read. */
  readonly settled: boolean
}

/**
 * What tells one version of a file from another: no more of its Stats than that, which would take three times the
 * memory.
 */
export type FileVersion = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>

export function versionOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): FileVersion {
  return { dev, ino, size, mtimeMs, ctimeMs }
}

/** An encoded form of a file. */
export interface Variant {
  readonly coding: ContentCoding
  /** Bytes. */
  readonly size: number
  /** Undefined when it is a sidecar that is not in memory. */
  readonly file: FileInMemory | undefined
}

/** The file itself, opened if it is not in memory; undefined when it is not what it was. */
export function openKept(kept: KeptFile, root: RootFolder): FoundFile | undefined {
  if (kept.file !== undefined) return kept.file
  const opened = root.open(kept.path)
  if (opened.kind !== 'file') return undefined
  const file = new OpenFile(root.path + kept.path, kept.representation, opened.descriptor)
  if (isSameFile(kept.version, opened.stats)) return file
  file[Symbol.dispose]()
  return undefined
}

/** Whether what was seen twice, if anything, is one version of one file. */
export function isSameFile(one: FileVersion | undefined, other: FileVersion | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return (
    one.ino === other.ino &&
    one.dev === other.dev &&
    one.size === other.size &&
    one.mtimeMs === other.mtimeMs &&
    one.ctimeMs === other.ctimeMs
  )
}

/** A file written within the last second may be written again without its times telling. */
export function isSettled({ mtimeMs, ctimeMs }: FileVersion, now: number): boolean {
  return now - Math.max(mtimeMs, ctimeMs) > 1000
}
