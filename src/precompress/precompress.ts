import { closeSync, type Dirent, readdirSync, type Stats } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isCompressible, LEAST_COMPRESSED } from '../encoding/compressible.ts'
import { codeOf } from '../errors.ts'
import { DotNames } from '../files/dot-names.ts'
import { systemPath } from '../files/file-system.ts'
import { readBeginning } from '../files/found-file.ts'
import { BEGINNING, type MediaTypes } from '../files/media-types.ts'
import type { RootFolder } from '../files/root-folder.ts'
import { isOfAnother } from '../files/sidecar-source.ts'
import { SIDECAR_EXTENSIONS } from '../files/sidecars.ts'
import { CONTENT_CODINGS, type ContentCoding } from '../http/encoding.ts'
import { writeSidecar } from './write-sidecar.ts'

const NOTHING = Buffer.alloc(0)

/** A file that may gain from encoding. */
interface Candidate {
  /** Below the folder, as a byte string that begins with a slash. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** The codings of which it has no sidecar, or an old or empty one. */
  readonly missing: readonly ContentCoding[]
}

/** The outcome of one file; `sidecars` are the bytes of those that were written. */
export type PrecompressOutcome =
  | { readonly kind: 'written'; readonly sidecars: Partial<Readonly<Record<ContentCoding, number>>> }
  | { readonly kind: 'up to date' }
  | { readonly kind: 'gains nothing' }
  /** A link that leads outside the folder, or a file that may not be read. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'failed'; readonly reason: string }

/** Observes the work; paths are byte strings that begin with a slash. */
export interface PrecompressObserver {
  /** @param bytes Bytes to be read in all: a file counts once for each sidecar that is to be made. */
  planned(files: number, bytes: number): void
  advanced(bytes: number): void
  finished(path: string, size: number, outcome: PrecompressOutcome): void
}

/**
 * Writes the sidecars that are missing, old or empty beside the files of a folder that gain from them. Hidden files
 * are left alone, and so is what links lead to outside it.
 *
 * @param signal Ends the work; what is written by then stays, and nothing is left half written.
 */
export async function precompress(
  root: RootFolder,
  mediaTypes: MediaTypes,
  observer: PrecompressObserver,
  signal: AbortSignal,
): Promise<void> {
  const candidates = [...findCandidates(root, mediaTypes, observer)]
  const bytes = candidates.reduce((sum, { size, missing }) => sum + size * missing.length, 0)
  observer.planned(candidates.length, bytes)

  const queue = candidates.values()
  const work = async () => {
    for (const candidate of queue) {
      if (signal.aborted) return
      const outcome = await writeMissing(root, candidate, observer, signal)
      if (!signal.aborted) observer.finished(candidate.path, candidate.size, outcome)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
}

function* findCandidates(
  root: RootFolder,
  mediaTypes: MediaTypes,
  observer: PrecompressObserver,
): Generator<Candidate> {
  for (const path of findFiles(root, '', observer)) {
    const { mediaType, coding } = mediaTypes.of(path, () => beginningOf(root, path))
    if (coding !== undefined || !isCompressible(mediaType)) continue
    const stats = root.stat(path)
    if (stats === undefined || !stats.isFile()) continue
    const missing = CONTENT_CODINGS.filter(coding => {
      const sidecarPath = path + SIDECAR_EXTENSIONS[coding]
      const sidecar = root.stat(sidecarPath)
      if (sidecar === undefined) return stats.size >= LEAST_COMPRESSED
      if (!sidecar.isFile()) return false
      return isStale(sidecar, stats) || isOfAnother(root.path + sidecarPath, sidecar, stats)
    })
    if (missing.length > 0 || stats.size >= LEAST_COMPRESSED) yield { path, size: stats.size, missing }
  }
}

/** Whether it cannot be of the file as it is, or was never whole. */
function isStale(sidecar: Stats, file: Stats): boolean {
  return sidecar.mtimeMs < file.mtimeMs || sidecar.size === 0
}

function beginningOf(root: RootFolder, path: string): Buffer {
  const opened = root.open(path)
  if (opened.kind !== 'file') return NOTHING
  using descriptor = new DisposableStack()
  descriptor.adopt(opened.descriptor, closeSync)
  return readBeginning(opened.descriptor, BEGINNING)
}

/** Whatever else is served of these belongs to programs that expect no more files in it, such as Git. */
const DOT_NAMES = new DotNames()

/**
 * Files and links to files, of this folder and those in it. Links to folders are not followed, for their
 * files are elsewhere, or outside.
 */
function* findFiles(root: RootFolder, within: string, observer: PrecompressObserver): Generator<string> {
  for (const entry of readFolder(root, within, observer)) {
    const path = `${within}/${entry.name}`
    if (DOT_NAMES.hides(path)) continue
    if (entry.isDirectory()) yield* findFiles(root, path, observer)
    else if (entry.isFile() || entry.isSymbolicLink()) yield path
  }
}

/** The entries of a folder in the order of their names; none of a folder that may not be read, which is reported. */
function readFolder(root: RootFolder, path: string, observer: PrecompressObserver): Dirent[] {
  try {
    const options = { withFileTypes: true, encoding: 'latin1' } as const
    const entries = readdirSync(systemPath(`${root.path}${path}/`), options)
    return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  } catch (error) {
    observer.finished(path, 0, failed(error))
    return []
  }
}

async function writeMissing(
  root: RootFolder,
  { path, missing }: Candidate,
  observer: PrecompressObserver,
  signal: AbortSignal,
): Promise<PrecompressOutcome> {
  if (missing.length === 0) return { kind: 'up to date' }
  try {
    const opened = root.open(path)
    if (opened.kind !== 'file') return { kind: 'skipped' }
    using held = new DisposableStack()
    held.adopt(opened.descriptor, closeSync)

    const source = { ...opened, path: root.path + path }
    const effects = { signal, advance: (bytes: number) => observer.advanced(bytes) }
    const sidecars: Partial<Record<ContentCoding, number>> = {}
    for (const coding of missing) {
      const size = await writeSidecar(source, coding, effects)
      if (size !== undefined) sidecars[coding] = size
    }
    return Object.keys(sidecars).length > 0 ? { kind: 'written', sidecars } : { kind: 'gains nothing' }
  } catch (error) {
    return failed(error)
  }
}

/** The outcome of a file that the system or an encoder has refused; the next may go well. */
function failed(error: unknown): PrecompressOutcome {
  if (error instanceof Error && codeOf(error) !== '') return { kind: 'failed', reason: error.message }
  throw error
}
